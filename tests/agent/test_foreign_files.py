"""What others put where we read files: pipes, devices, links, files without an end, lines of no shape that we know."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from antiphon.agent import wording
from antiphon.agent.content import content
from antiphon.agent.disk import archive, transcripts
from antiphon.agent.disk.cli_processes import in_terminals
from antiphon.agent.disk.reading import ANYWHERE, DiskThreads, open_regular, read_regular
from antiphon.agent.disk.session_files import LocalFiles
from antiphon.agent.disk.skills import skills
from antiphon.agent.files import SendableFiles
from antiphon.agent.git import diff as git_diff
from antiphon.agent.permissions.proposals import proposed
from antiphon.core.values import Attachments, File, MessageId, SessionId, TurnId

from fakes import prompt

AT_ONCE = 20.0  # seconds, on a machine that is busy; whoever waits for a pipe waits for ever


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's name has room for 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def process(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def directory(path: Path) -> None:
    path.mkdir()


def circle(path: Path) -> None:
    path.symlink_to(path.name)


def gone(path: Path) -> None:
    path.symlink_to("nowhere")


KINDS: tuple[Callable[[Path], None], ...] = (pipe, unix_socket, device, process, directory, circle, gone)
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True)
def _is_quick() -> object:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < AT_ONCE


@kinds
def test_only_regular_files_are_opened(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    kind(tmp_path / "x")
    with pytest.raises(OSError, match=r"."):
        open_regular(tmp_path / "x")
    with pytest.raises(OSError, match=r"."):
        open_regular(tmp_path / "x", below=tmp_path)


def test_a_link_is_followed_only_where_it_may_lead(tmp_path: Path) -> None:
    inside, outside = tmp_path / "project", tmp_path / "secret"
    inside.mkdir()
    outside.write_text("key")
    (inside / "real").write_text("ours")
    (inside / "out").symlink_to(outside)
    (inside / "in").symlink_to("real")
    assert read_regular(inside / "in", 9, below=inside) == b"ours"
    assert read_regular(inside / "out", 9, ANYWHERE) == b"key"
    for refused, below in (("out", inside), ("in", None)):
        with pytest.raises(OSError, match=r"."):
            read_regular(inside / refused, 9, below)


def test_a_file_without_an_end_is_read_as_far_as_it_may_be(tmp_path: Path) -> None:
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(1 << 42)
    assert len(read_regular(tmp_path / "endless", 1000)) == 1000


@kinds
def test_skills_are_listed_without_what_is_no_file(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    for place, name in (("commands", "pipe.md"), ("skills/pipe", "SKILL.md")):
        (tmp_path / ".claude" / place).mkdir(parents=True)
        kind(tmp_path / ".claude" / place / name)
    (tmp_path / ".claude" / "commands" / "good.md").write_text("do it")
    assert [one.name for one in skills(tmp_path, tmp_path / "home")] == ["good"]


def test_a_command_of_the_project_that_links_out_of_it_shows_nothing_of_what_it_leads_to(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    (project / ".claude" / "commands").mkdir(parents=True)
    (home / "commands").mkdir(parents=True)
    (tmp_path / "credentials").write_text("sk-secret")
    (project / ".claude" / "commands" / "cred.md").symlink_to(tmp_path / "credentials")
    (home / "commands" / "mine.md").symlink_to(tmp_path / "credentials")  # the user's own may lead where he likes
    assert [one.name for one in skills(project, home)] == ["mine"]


@pytest.mark.parametrize("linked", [".claude", ".claude/commands", ".claude/skills"])
def test_a_project_whose_folder_of_commands_leads_elsewhere_has_none(tmp_path: Path, linked: str) -> None:
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    for place in ("commands", "skills/x", "x"):
        (elsewhere / place).mkdir(parents=True, exist_ok=True)
    for file in ("commands/a.md", "skills/x/SKILL.md", "x/SKILL.md", "b.md"):
        (elsewhere / file).write_text("secret")
    (project / linked).parent.mkdir(parents=True)
    (project / linked).symlink_to(elsewhere)
    assert skills(project, tmp_path / "home") == ()


@kinds
def test_a_transcript_that_is_no_file_is_not_listed_and_was_not_received(
    tmp_path: Path, kind: Callable[[Path], None]
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    ours = archive.Archive(tmp_path / "home", (project,))
    folder = ours._of(project)  # pyright: ignore[reportPrivateUsage]
    folder.mkdir(parents=True)
    kind(folder / f"{uuid4()}.jsonl")
    assert ours.sessions() == ()
    (path,) = folder.iterdir()
    assert transcripts.received(path, {TurnId("a"): "text"}) == {"a"}  # nobody knows: it is not run twice


@kinds
def test_what_is_open_in_terminals_is_known_whatever_lies_beside(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    kind(folder / "1.json")
    (folder / f"{os.getpid()}.json").write_text(json.dumps({"entrypoint": "cli", "sessionId": "open"}))
    (folder / "3.json").write_text('["a list"]')
    assert in_terminals(tmp_path) == {"open"}


@kinds
def test_an_attachment_that_was_replaced_is_named_to_claude(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    kind(tmp_path / "a.txt")
    asked = prompt(1, "look")
    asked = type(asked)(
        asked.turn,
        asked.text,
        asked.asker,
        asked.message,
        attachments=Attachments((File("a.txt", str(tmp_path / "a.txt"), 3),)),
    )
    assert "it is not there any more" in str(content(asked))


@kinds
async def test_a_file_of_a_session_that_is_none_is_neither_found_nor_read_nor_written_into(
    tmp_path: Path, kind: Callable[[Path], None]
) -> None:
    files, home, message = LocalFiles(tmp_path, DiskThreads()), SessionId("1"), MessageId(2)
    place = tmp_path / "1" / "in" / "2"
    place.mkdir(parents=True)
    kind(place / "x")
    assert await files.find(home, message, "x", 0) is None
    with pytest.raises(OSError, match=r"."):
        await files.read(home, str(place / "x"))


@kinds
def test_claude_is_told_which_file_is_not_sent(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    kind(tmp_path / "x")
    (tmp_path / "good").write_text("good")
    sent, refused = SendableFiles(tmp_path, (tmp_path,), tmp_path / "out", tmp_path / ".claude").copy(["x", "good"])
    assert [file.name for file in sent] == ["good"]
    assert len(refused) == 1


@kinds
async def test_what_a_call_would_write_is_told_where_nothing_can_be_compared(
    tmp_path: Path, kind: Callable[[Path], None]
) -> None:
    kind(tmp_path / "x")
    shown = await proposed("Write", {"file_path": f"{tmp_path}/x", "content": "new"}, tmp_path, DiskThreads())
    assert shown == "new"


@kinds
async def test_a_diff_names_what_is_no_file(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    git = await asyncio.create_subprocess_exec("git", "init", "-q", str(tmp_path))
    assert await git.wait() == 0
    kind(tmp_path / "x")
    (tmp_path / "good").write_text("good\n")
    told = await git_diff.diff(tmp_path, DiskThreads())
    assert "+good" in told.diff


# Lines of no shape that we know


@pytest.mark.parametrize(
    "line",
    [
        {"type": "user", "uuid": ["x"]},
        {"type": ["user"], "uuid": "x"},
        {"type": "user", "uuid": "u", "parentUuid": {"a": 1}},
        {"type": "last-prompt", "explicit": True, "leafUuid": [1]},
        {"type": "assistant", "uuid": "u", "message": {"id": ["m"]}},
        {"type": "assistant", "uuid": "u", "message": "text"},
        {"type": "attachment", "uuid": "u", "attachment": {"type": "queued_command", "source_uuid": []}},
        {"type": "file-history-snapshot", "messageId": {}},
        ["a list"],
        "a text",
        None,
    ],
    ids=json.dumps,
)
def test_a_line_of_another_shape_is_left_out_and_the_others_are_read(tmp_path: Path, line: object) -> None:
    good = {"type": "user", "uuid": "good", "message": {"role": "user", "content": "hello"}}
    path = tmp_path / "s.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (line, good)) + "\n")
    assert transcripts.received(path, {TurnId("good"): "hello", TurnId("x"): "y"}) == {"good"}
    read = transcripts.read(path)
    assert [one.text for one in read.messages()] == ["hello"]
    transcripts.copy(read, "good", tmp_path)


# A disk that does not answer


async def test_a_disk_that_does_not_answer_holds_up_only_who_asks_for_what_lies_on_it() -> None:
    answered = threading.Event()
    disk, dead, other = DiskThreads(0.2), Path("/dead"), Path("/other")
    stuck = [disk.run(dead, answered.wait) for _ in range(20)]
    failures, *answers = await asyncio.gather(
        asyncio.gather(*stuck, return_exceptions=True), *(disk.run(other, lambda: 1) for _ in range(20))
    )
    assert {type(failure) for failure in failures} == {TimeoutError}
    assert answers == [1] * 20
    answered.set()
    assert await disk.run(dead, lambda: 2) == 2  # it answers again


def test_a_disk_that_never_answers_does_not_hold_up_the_end_of_the_process() -> None:
    program = (
        "import asyncio, pathlib, threading\n"
        "from antiphon.agent.disk import reading\n"
        "async def main():\n"
        "    try:\n"
        "        await reading.DiskThreads(0.1).run(pathlib.Path('/dead'), threading.Event().wait)\n"
        "    except TimeoutError as error:\n"
        "        print(error.strerror)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert wording.DISK_SILENT in done.stdout
