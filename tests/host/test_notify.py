"""What a service manager is told, at a socket of ours in its place."""

import os
import socket
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from antiphon.config.machine import NOBODY, Supervision, supervision
from antiphon.host.notify import Notifier


def listening(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(f"\0{address[1:]}" if address.startswith("@") else address)
    listener.settimeout(5)
    return listener


def addresses() -> Sequence[str]:
    return ("path", "@abstract") if sys.platform.startswith("linux") else ("path",)


@pytest.fixture(params=addresses())
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"@antiphon-test-{os.getpid()}" if request.param == "@abstract" else str(tmp_path / "notify")


@pytest.fixture
def listener(address: str) -> Generator[socket.socket]:
    with listening(address) as listener:
        yield listener


def test_a_message_has_a_line_for_each_thing_that_is_said(address: str, listener: socket.socket) -> None:
    Notifier(address).tell(ready=True, status="two\nlines, and a tab\there", needs=1.5)
    assert listener.recv(4096).decode().split("\n") == [
        "READY=1",
        "STATUS=two lines, and a tab here",
        "EXTEND_TIMEOUT_USEC=1500000",
    ]
    Notifier(address).tell(alive=True)
    assert listener.recv(4096) == b"WATCHDOG=1"
    Notifier(address).tell(stopping=True, needs=30)
    assert listener.recv(4096) == b"STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000"


def test_nobody_who_listens_is_no_failure_and_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = Notifier(str(tmp_path / "nobody"))
    for _ in range(3):
        gone.tell(alive=True)
    assert len(caplog.records) == 1
    Notifier("").tell(ready=True)
    assert len(caplog.records) == 1


def test_a_manager_that_reads_nothing_holds_nobody_up(address: str, listener: socket.socket) -> None:
    notifier = Notifier(address)
    for _ in range(2000):  # more than its buffer takes
        notifier.tell(status="x" * 150)
    assert listener.recv(4096) == b"STATUS=" + b"x" * 150


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({}, NOBODY),
        ({"NOTIFY_SOCKET": "/run/notify"}, Supervision("/run/notify")),
        ({"NOTIFY_SOCKET": "@abstract", "WATCHDOG_USEC": "60000000"}, Supervision("@abstract", 60.0)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2", "WATCHDOG_PID": "42"}, Supervision("/n", 2e-6)),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "2", "WATCHDOG_PID": "43"}, Supervision("/n")),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"}, Supervision("/n")),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "0"}, Supervision("/n")),
        ({"NOTIFY_SOCKET": "vsock:2:1234"}, NOBODY),
        ({"WATCHDOG_USEC": "60000000"}, NOBODY),
    ],
)
def test_the_environment_says_who_listens(env: dict[str, str], found: Supervision) -> None:
    assert supervision(env, 42) == found
