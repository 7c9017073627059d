"""What a shell is told of what waits, and of a bridge that does not answer as it should."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from antiphon.attach import client, shell, wording
from antiphon.attach import state as attach_state
from antiphon.attach.client import DOWN, REFUSED, UNCLEAR, Asker, Outcome, Utterance, listed
from antiphon.attach.state import AttachState

NOW = datetime(2026, 3, 4, 15, 0).astimezone().timestamp()
SAID = Utterance("docs", "hello", str(uuid4()))
Answer = Callable[[Any], tuple[int, bytes] | None]


def session(**more: Any) -> dict[str, Any]:
    found = {"id": "terminal-x", "claude": "abcd1111-0000", "title": "Write docs", "project": "playground"}
    return {**found, "thread": "1449", "terminal": {"name": "tmux %1", "open": True}, "waiting": [], **more}


def waiting(text: str = "say: later", state: str = "queued", since: float = NOW - 60) -> dict[str, Any]:
    return {"by": "Ada", "text": text, "since": since, "state": state}


# What is printed


def test_what_waits_is_told_by_session() -> None:
    hosted = session(terminal=None, waiting=[waiting(), waiting("do it", "held", NOW - 86_400)])
    assert listed([session(), hosted], NOW) == [
        "abcd1111  Write docs · playground · tmux %1 · thread 1449",
        "  nothing waits",
        "abcd1111  Write docs · playground · thread 1449",
        "  Ada, since 14:59: say: later",
        "  Ada, since 2026-03-03 15:00 (held until somebody releases it): do it",
    ]


def test_what_keeps_a_prompt_is_told() -> None:
    closed = session(terminal={"name": "tmux %1", "open": False}, thread=None, waiting=[waiting()])
    busy = session(waiting=[waiting(state="handed")])
    assert listed([closed, busy], NOW) == [
        "abcd1111  Write docs · playground · tmux %1 (closed)",
        "  Ada, since 14:59 (until the session is open in a terminal again): say: later",
        "abcd1111  Write docs · playground · tmux %1 · thread 1449",
        "  Ada, since 14:59 (Claude reads it at its next step): say: later",
    ]


def test_where_there_is_nothing_that_is_told() -> None:
    assert listed([], NOW) == [wording.NOTHING_THERE]


@pytest.mark.parametrize("evil", ["\x1b]0;owned\x07", "a\r\nb", "\u202etxt.exe", "\x9b31m", "\udc80", "\x00"])
def test_nobodys_words_do_anything_to_the_terminal(evil: str) -> None:
    lines = listed([session(title=evil, waiting=[{**waiting(evil), "by": evil}])], NOW)
    assert all(line.isprintable() for line in lines)


def test_a_line_is_cut() -> None:
    assert wording.plain("word " * 100, 20) == "word word word word…"


# What is asked for


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "hello",
        {"session": "a", "text": "b"},
        {"session": "a", "text": "b", "key": 1},
        {"session": "a", "text": "b", "key": "k"},
        {"session": "a", "text": "x" * (shell.LONGEST + 1), "key": SAID.key},
        {"session": ["a"], "text": "b", "key": SAID.key},
    ],
)
async def test_what_is_not_understood_does_nothing(given: object) -> None:
    actions: Any = None  # none is asked
    status, told = await shell.Shell(actions, "grace").say("", given)
    assert (status, list(told)) == (400, ["error"])


# A bridge that does not answer as it should


@contextmanager
def answering(directory: Path, answer: Answer) -> Generator[list[Any]]:
    """A server where the bridge should be, and what it is asked. `answer` None: the connection closes without one."""
    asked: list[Any] = []

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append({**(json.loads(given) if given else {}), "as": self.headers.get("X-Antiphon-Session")})
            reply = answer(len(asked))
            if reply is not None:
                self.send_response(reply[0])
                self.end_headers()
                self.wfile.write(reply[1])

        do_GET = do_POST  # noqa: N815 - the same

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Requests) as server:
        attach_state.write(directory, AttachState(server.server_port, "hush"))
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield asked
        finally:
            server.shutdown()
            serving.join()


def replied(status: int, told: object) -> Answer:
    return lambda _: (status, json.dumps(told).encode())


def test_where_nothing_is_attached_or_no_bridge_runs_nothing_else_is_tried(tmp_path: Path) -> None:
    assert client.say(Asker(tmp_path), SAID) == Outcome(wording.ATTACH_FIRST, DOWN)
    assert client.inbox(Asker(tmp_path), as_json=True, now=NOW) == Outcome(wording.ATTACH_FIRST, DOWN)
    attach_state.write(tmp_path, attach_state.create(""))
    assert client.say(Asker(tmp_path), SAID) == Outcome(wording.NONE_RUNS, DOWN)
    assert client.inbox(Asker(tmp_path), as_json=True, now=NOW) == Outcome(wording.NONE_RUNS, DOWN)


def test_a_lost_reply_is_asked_for_again_under_the_same_key(tmp_path: Path) -> None:
    done = json.dumps({"session": session(), "again": True, "waits": False, "shown": False}).encode()
    with answering(tmp_path, lambda n: None if n == 1 else (200, done)) as asked:
        told = client.say(Asker(tmp_path, "claude"), SAID)
    assert told == Outcome("Said before to “Write docs” (playground); it is said once.")
    assert asked == [{"session": "docs", "text": "hello", "key": SAID.key, "as": "claude"}] * 2


def test_where_no_reply_comes_it_says_how_to_try_again(tmp_path: Path) -> None:
    with answering(tmp_path, lambda _: None) as asked:
        told = client.say(Asker(tmp_path), SAID)
        assert (told.code, SAID.key in told.text, len(asked)) == (REFUSED, True, 3)
        assert client.inbox(Asker(tmp_path), as_json=False, now=NOW) == Outcome(wording.NO_ANSWER, REFUSED)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (403, b""),
        lambda _: (404, b"404: Not Found"),
        lambda _: (200, b"<html>"),
        lambda _: (200, b"[]"),
        lambda _: (404, b'{"detail": "Not Found"}'),
    ],
)
def test_what_is_no_bridge_of_ours_is_told_apart(tmp_path: Path, answer: Answer) -> None:
    with answering(tmp_path, answer):
        told = client.say(Asker(tmp_path), SAID)
    assert (told.code, "hush" in told.text, told.text.count("\n")) == (DOWN, False, 0)
    assert told.text.startswith("No bridge can be asked")


def test_a_refusal_is_told_in_the_bridges_words(tmp_path: Path) -> None:
    with answering(tmp_path, replied(403, {"error": "No.\x1b[1m"})):
        assert client.say(Asker(tmp_path), SAID) == Outcome("No. [1m", REFUSED)
    with answering(tmp_path, lambda _: (500, b"500 Internal Server Error")):
        assert client.say(Asker(tmp_path), SAID) == Outcome(wording.FAILED, REFUSED)


def test_those_that_may_be_meant_are_listed(tmp_path: Path) -> None:
    with answering(tmp_path, replied(404, {"error": "Which?", "candidates": [session()] * 25})):
        told = client.say(Asker(tmp_path), SAID)
    first, *others, last = told.text.splitlines()
    assert (told.code, first, last) == (UNCLEAR, "Which?", "  and 5 more")
    assert others == ["  abcd1111  Write docs · playground · tmux %1 · thread 1449"] * 20


def test_nothing_is_not_said(tmp_path: Path) -> None:
    nothing = Utterance("docs", " \n", SAID.key)
    assert client.say(Asker(tmp_path), nothing) == Outcome(wording.NOTHING_TO_SAY, UNCLEAR)


def test_whatever_stands_in_the_environment_is_asked_as(tmp_path: Path) -> None:
    with answering(tmp_path, replied(200, {"sessions": []})) as asked:
        for claude in ("5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6", "a\r\nX-Evil: 1 é\udc80"):
            assert client.inbox(Asker(tmp_path, claude), as_json=True, now=NOW) == Outcome('{"sessions": []}')
    assert [one["as"] for one in asked] == ["5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6", "a%0D%0AX-Evil%3A%201%20%C3%A9%3F"]
