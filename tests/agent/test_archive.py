"""What is told of sessions without their process: lists, forks, transcripts, what git sees."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from claude_agent_sdk import project_key_for_directory

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git import diff as git_diff
from antiphon.agent.git import trees
from antiphon.core.requests import (
    DescribeSession,
    DiffText,
    ForkSession,
    ListSessions,
    ReadTranscript,
    ReplyT,
    Request,
    Rewind,
    SessionList,
    TranscriptTail,
)
from antiphon.core.values import ClaudeSessionId, TurnId
from antiphon.errors import AgentError
from antiphon.store.encoding import reply_body, reply_to
from studio import Ear, Studio, say

from fakes import SESSION, prompt

STEERED = "say: steered"


async def look(studio: Studio, request: Request[ReplyT]) -> ReplyT:
    """Ask, and make sure that the reply can be stored."""
    reply: Any = await studio.agent.look(studio.project, request)
    assert reply_to(request, json.loads(json.dumps(reply_body(reply), ensure_ascii=False).encode())) == reply
    return reply


def home(studio: Studio) -> Path:
    return studio.project.directory.parent / "home" / ".claude"


def bytes_of(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def text_of(path: str) -> str:
    return Path(path).read_text()


async def prompts_of(studio: Studio, claude: str) -> list[str]:
    """What people have said in a session, as its transcript tells it."""
    told = await look(studio, ReadTranscript(claude, 50))
    return [one.text for one in told.messages if one.role == "user"]


async def continued(studio: Studio, claude: str, *texts: str) -> Ear:
    """Go on with a conversation; what was heard."""
    ear = Ear([], asyncio.Event())
    session = replace(SESSION, claude=ClaudeSessionId(claude), begun=True)
    async with studio.agent.open(session, studio.project, ear.post) as link:
        for text in texts:
            await link.send(replace(prompt(1, text), turn=str(uuid4())))
            await ear.turn()
    return ear


async def test_a_session_is_listed_with_what_it_is_about(studio: Studio) -> None:
    assert await look(studio, ListSessions(9)) == SessionList(())
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: one\nsay: more")
        await say(link, ear, 2, "say: two")
        (told,) = (await look(studio, ListSessions(5))).sessions
    assert told.claude == SESSION.claude
    assert told.first == told.title == "say: one say: more"
    assert told.cwd == str(studio.project.directory)
    assert (told.origin, told.branch) == ("discord", "")
    assert told.live is False


async def test_a_session_that_a_terminal_has_open_is_live_until_its_process_ends(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: one")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    start = text_of(f"/proc/{process.pid}/stat").rpartition(")")[2].split()[19]
    entry = {"pid": process.pid, "sessionId": SESSION.claude, "procStart": start, "entrypoint": "cli"}
    file = home(studio) / "sessions" / f"{process.pid}.json"
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text(json.dumps(entry))
        assert (await look(studio, DescribeSession(SESSION.claude))).live
        file.write_text(json.dumps({**entry, "procStart": "1"}))
        assert not (await look(studio, DescribeSession(SESSION.claude))).live, "another process has that number now"
        file.write_text(json.dumps(entry))
    finally:
        await process.communicate(b"\n")
    assert not (await look(studio, DescribeSession(SESSION.claude))).live


async def test_the_command_for_a_terminal_survives_any_directory_name(studio: Studio) -> None:
    odd = studio.project.directory / "it's $HOME; here"
    odd.mkdir()
    studio = replace(studio, project=replace(studio.project, directory=odd))
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: one")
    told = await look(studio, DescribeSession(SESSION.claude))
    words = ("-c", told.command.replace("claude --resume", "pwd; echo"))
    shell = await asyncio.create_subprocess_exec("sh", *words, stdout=asyncio.subprocess.PIPE)
    shown, _ = await shell.communicate()
    assert shown.decode().splitlines() == [str(odd), SESSION.claude]


@pytest.mark.parametrize("claude", ["", "../../etc/passwd", "not-an-id", "5b0f3b0e-0000-4000-8000-000000000000"])
@pytest.mark.parametrize("what", [DescribeSession, ForkSession, lambda claude: ReadTranscript(claude, 1)])
async def test_what_is_no_session_of_the_project_is_refused(
    studio: Studio, what: Callable[[str], Request[Any]], claude: str
) -> None:
    with pytest.raises(AgentError, match=r"no such session|not a session's ID"):
        await look(studio, what(claude))


async def test_a_session_of_another_project_is_nobodys_business(studio: Studio, tmp_path: Path) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: secret")
    (tmp_path / "elsewhere").mkdir()
    other = replace(studio, project=replace(studio.project, directory=tmp_path / "elsewhere"))
    assert await look(other, ListSessions(9)) == SessionList(())
    with pytest.raises(AgentError, match="no such session"):
        await look(other, ReadTranscript(SESSION.claude, 5))


async def test_a_session_of_a_worktree_is_the_projects_and_a_neighbours_is_not(studio: Studio) -> None:
    work = studio.project.directory
    git(work, "init", "-q", "-b", "main")
    git(work, "commit", "-q", "--allow-empty", "-m", "first")
    git(work, "worktree", "add", "-q", str(work.parent / "tree"))
    (work.parent / "work-neighbour").mkdir()
    for name in ("tree", "work-neighbour"):
        other = replace(studio, project=replace(studio.project, directory=work.parent / name))
        heard = Ear([], asyncio.Event())
        session = replace(SESSION, claude=ClaudeSessionId(str(uuid4())))
        async with other.agent.open(session, other.project, heard.post) as link:
            await say(link, heard, 1, f"say: {name}")
    (told,) = (await look(studio, ListSessions(9))).sessions
    assert (told.title, told.branch) == ("say: tree", "tree")
    assert (await look(studio, ReadTranscript(told.claude, 1))).messages[0].text == "tree"


async def test_a_directory_whose_folder_has_the_same_name_is_another_project(studio: Studio) -> None:
    """Claude Code keeps the sessions of `web-api` and of `web/api` in one folder."""
    root = studio.project.directory
    api, other = root / "web-api", root / "web" / "api"
    for directory, text in ((api, "ours"), (other, "theirs")):
        directory.mkdir(parents=True)
        heard = Ear([], asyncio.Event())
        project = replace(studio.project, directory=directory)
        session = replace(SESSION, claude=ClaudeSessionId(str(uuid4())))
        async with studio.agent.open(session, project, heard.post) as link:
            await say(link, heard, 1, f"say: {text}")
    ours = replace(studio, project=replace(studio.project, directory=api))
    (told,) = (await look(ours, ListSessions(9))).sessions
    assert told.title == "say: ours"
    theirs = session.claude
    for request in (DescribeSession(theirs), ForkSession(theirs), ReadTranscript(theirs, 1)):
        with pytest.raises(AgentError, match="no such session"):
            await ours.agent.look(ours.project, cast("Request[Any]", request))


async def test_a_session_that_begins_with_a_large_picture_is_listed_and_copied(studio: Studio) -> None:
    """Claude Code writes the directory behind the message, in the same line."""
    work, claude = studio.project.directory, ClaudeSessionId(str(uuid4()))
    folder = home(studio) / "projects" / project_key_for_directory(work)
    folder.mkdir(parents=True)
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}}
    said = {"role": "user", "content": [{"type": "text", "text": "what is this?"}, picture]}
    line = {"type": "user", "uuid": str(uuid4()), "message": said, "cwd": str(work), "sessionId": claude}
    named = {"type": "custom-title", "customTitle": "A picture", "sessionId": claude}
    (folder / f"{claude}.jsonl").write_text(f"{json.dumps(line)}\n{json.dumps(named)}\n")
    (told,) = (await look(studio, ListSessions(9))).sessions
    assert told.title == "A picture"
    assert (await look(studio, ForkSession(claude))).claude != claude


async def test_a_repository_that_names_a_directory_as_its_worktree_does_not_make_it_one(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for directory in (mine, other):
        directory.mkdir()
        git(directory, "init", "-q", "-b", "main")
        git(directory, "commit", "-q", "--allow-empty", "-m", "first")
    git(mine, "worktree", "add", "-q", str(tmp_path / "tree"))
    (mine / ".git" / "worktrees" / "tree" / "gitdir").write_text(f"{other}/.git\n")
    assert await trees.worktrees(mine, DiskThreads()) == (mine, mine)
    (mine / ".git" / "worktrees" / "tree" / "gitdir").write_text(f"{tmp_path}/tree/.git\n")
    assert await trees.worktrees(mine, DiskThreads()) == (mine, mine, tmp_path / "tree")


async def test_a_hundred_sessions_are_listed_at_once(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: one\nparallel 3")
    (archive,) = (home(studio) / "projects").iterdir()
    lines = (archive / f"{SESSION.claude}.jsonl").read_text()
    for _ in range(300):
        id_ = str(uuid4())
        (archive / f"{id_}.jsonl").write_text(lines.replace(SESSION.claude, id_) + " " * 100_000)
    begun = time.process_time()  # the machine may be busy with other things
    assert len((await look(studio, ListSessions(100))).sessions) == 100
    assert time.process_time() - begun < 1.5


async def test_a_transcript_is_what_was_said(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "bash: echo noise\nsay: done")
        await link.send(prompt(2, "sleep 1"))
        await ear.until(lambda heard: sum(type(event).__name__ == "ToolBlock" for event in heard) == 2)
        await link.send(prompt(3, STEERED))
        await ear.turn()
        await say(link, ear, 4, "/effort low", "claude")
    told = await look(studio, ReadTranscript(SESSION.claude, 50))
    assert told.total == len(told.messages)
    said = [one.text for one in told.messages if one.role == "user"]
    assert said == ["bash: echo noise\nsay: done", "sleep 1", STEERED, "/effort low"]
    assert "done" in [one.text for one in told.messages if one.role == "assistant"]
    assert "steered" in [one.text for one in told.messages if one.role == "assistant"]
    assert all(one.at.startswith("20") for one in told.messages)
    last = await look(studio, ReadTranscript(SESSION.claude, 2))
    assert last == TranscriptTail(told.messages[-2:], told.total)


async def test_a_fork_goes_its_own_way_and_the_old_one_stays_to_the_byte(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "remember one\nparallel 3")
        await say(link, ear, 2, "remember two")
    before = bytes_of(home(studio) / "projects")
    claude = (await look(studio, ForkSession(SESSION.claude))).claude
    heard = await continued(studio, claude, "remember three", "recall")
    assert all(word in heard.texts()[-1] for word in ("one", "two", "three"))
    after = bytes_of(home(studio) / "projects")
    assert {path: after[path] for path in before} == before
    async with studio.session() as (link, ear):
        await say(link, ear, 3, "recall")
    assert "three" not in ear.texts()[-1]


async def test_a_fork_from_a_prompt_holds_what_was_before_it(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        first = await say(link, ear, 1, "remember one")
        second = await say(link, ear, 2, "remember two")
        await say(link, ear, 3, "remember three")
    claude = (await look(studio, ForkSession(SESSION.claude, second.turn))).claude
    assert await prompts_of(studio, claude) == ["remember one"]
    with pytest.raises(AgentError, match="nothing before"):
        await look(studio, ForkSession(SESSION.claude, first.turn))
    with pytest.raises(AgentError, match="no longer in the conversation"):
        await look(studio, ForkSession(SESSION.claude, TurnId(str(uuid4()))))


async def test_a_fork_leaves_out_what_a_rewind_has_cut(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "remember one")
        cut = await say(link, ear, 2, "remember two")
        await link.rewind(Rewind(cut.turn, conversation=True))
        whole = (await look(studio, ForkSession(SESSION.claude))).claude
        third = await say(link, ear, 3, "remember three")
    before = (await look(studio, ForkSession(SESSION.claude, third.turn))).claude
    assert await prompts_of(studio, whole) == await prompts_of(studio, before) == ["remember one"]
    assert await prompts_of(studio, SESSION.claude) == ["remember one", "remember three"]
    heard = await continued(studio, before, "recall")
    assert "one" in heard.texts()[-1]
    assert "two" not in heard.texts()[-1]


async def test_a_fork_keeps_the_files_of_its_prompts(studio: Studio) -> None:
    readme = studio.project.directory / "README.md"
    readme.write_text("as it was\n")
    studio = studio.with_claude(permission_mode="acceptEdits")
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: hello")
        changing = await say(link, ear, 2, "edit README.md")
        await say(link, ear, 3, "say: bye")
    claude = (await look(studio, ForkSession(SESSION.claude))).claude
    session = replace(SESSION, claude=ClaudeSessionId(claude), begun=True)
    async with studio.agent.open(session, studio.project, Ear([], asyncio.Event()).post) as link:
        assert (await link.rewind(Rewind(changing.turn, files=True))).files == ("README.md",)
    assert readme.read_text() == "as it was\n"


async def test_a_fork_of_what_was_compacted_goes_on(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "remember one")
        second = await say(link, ear, 2, "remember two")
        await say(link, ear, 3, "/compact", "claude")
        await say(link, ear, 4, "remember four")
    whole = (await look(studio, ForkSession(SESSION.claude))).claude
    heard = await continued(studio, whole, "recall")
    assert "four" in heard.texts()[-1]
    before = (await look(studio, ForkSession(SESSION.claude, second.turn))).claude
    heard = await continued(studio, before, "recall")
    assert "one" in heard.texts()[-1]
    assert "four" not in heard.texts()[-1]


# --- git


def git(directory: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    env = {"PATH": os.environ["PATH"], "HOME": str(directory), **who}  # noqa: TID251
    subprocess.run(["git", *words], cwd=directory, check=True, capture_output=True, env=env)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repository"
    directory.mkdir()
    git(directory, "init", "-q", "-b", "main")
    (directory / "kept.txt").write_text("one\ntwo\n")
    (directory / "gone.txt").write_text("away\n")
    git(directory, "add", ".")
    git(directory, "commit", "-qm", "first")
    return directory


async def test_a_diff_shows_changed_deleted_staged_and_new_files(repository: Path) -> None:
    (repository / "kept.txt").write_text("one\n2\n")
    (repository / "gone.txt").unlink()
    (repository / "staged.txt").write_text("staged\n")
    git(repository, "add", "staged.txt")
    (repository / "new é.txt").write_text("new\nend")
    (repository / "empty").write_text("")
    (repository / "picture").write_bytes(b"\0\1")
    told = await git_diff.diff(repository, DiskThreads())
    assert (told.files, told.added, told.removed) == (6, 4, 2)
    assert told.untracked == ("empty", "new é.txt", "picture")
    assert not told.cut
    assert "-two\n+2\n" in told.diff
    assert "+++ b/staged.txt\n@@ -0,0 +1 @@\n+staged\n" in told.diff
    assert "+++ b/new é.txt\n@@ -0,0 +1,2 @@\n+new\n+end\n\\ No newline at end of file\n" in told.diff
    assert "Binary files /dev/null and b/picture differ" in told.diff


async def test_a_diff_can_be_applied(repository: Path, tmp_path: Path) -> None:
    (repository / "kept.txt").write_text("one\n2")
    (repository / "new.txt").write_text("a\n\nb")
    (repository / "staged.txt").write_text("x\r\n")
    told = await git_diff.diff(repository, DiskThreads())
    git(repository, "worktree", "add", "-q", str(tmp_path / "other"))
    (tmp_path / "patch").write_text(told.diff, newline="")
    git(tmp_path / "other", "apply", str(tmp_path / "patch"))
    for name in ("kept.txt", "new.txt", "staged.txt"):
        assert (tmp_path / "other" / name).read_bytes() == (repository / name).read_bytes()
    assert (tmp_path / "other").resolve() in await trees.worktrees(repository, DiskThreads())


async def test_nothing_changed_and_nothing_committed_are_no_errors(repository: Path, tmp_path: Path) -> None:
    assert await git_diff.diff(repository, DiskThreads()) == DiffText("")
    bare = tmp_path / "young"
    bare.mkdir()
    git(bare, "init", "-q")
    (bare / "a").write_text("a\n")
    git(bare, "add", "a")
    assert (await git_diff.diff(bare, DiskThreads())).added == 1


async def test_a_directory_without_a_repository_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="not in a git repository"):
        await git_diff.diff(tmp_path, DiskThreads())
    assert await trees.worktrees(tmp_path, DiskThreads()) == (tmp_path,)


async def test_only_the_projects_part_of_a_repository_is_shown(repository: Path) -> None:
    part = repository / "part"
    part.mkdir()
    (part / "inside.txt").write_text("in\n")
    (repository / "outside.txt").write_text("out\n")
    (repository / "kept.txt").write_text("changed\n")
    told = await git_diff.diff(part, DiskThreads())
    assert told.untracked == ("inside.txt",)
    assert told.files == 1


async def test_no_program_of_the_repository_runs(repository: Path) -> None:
    trap = repository.parent / "trap.sh"
    trap.write_text('#!/bin/sh\ntouch "$(dirname "$0")/sprung-$1"\ncat\n')
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text("*.txt filter=trap diff=trap\n*.long filter=long\n")
    for key in ("fsmonitor", "pager", "sshCommand", "alternateRefsCommand", "editor"):
        git(repository, "config", f"core.{key}", f"{trap} {key}")
    for key in ("filter.trap.clean", "filter.trap.smudge", "diff.trap.command", "diff.trap.textconv", "diff.external"):
        git(repository, "config", key, f"{trap} {key}")
    git(repository, "config", "filter.long.process", f"{trap} process")
    git(repository, "config", "filter.long.required", "true")
    git(repository, "config", "filter.a=b.clean", f"{trap} clean2")
    hooks = repository / ".git" / "hooks"
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).write_text(f"#!/bin/sh\n{trap} {hook} </dev/null\n")
        (hooks / hook).chmod(0o755)
    part = repository / "part"  # another repository inside
    part.mkdir()
    git(part, "init", "-q")
    (part / "a.txt").write_text("a\n")
    git(part, "add", ".")
    git(part, "commit", "-qm", "first")
    git(repository, "-c", "core.fsmonitor=false", "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},part")
    git(part, "config", "core.fsmonitor", f"{trap} submodule")
    (part / "a.txt").write_text("b\n")
    for sprung in repository.parent.glob("sprung-*"):  # by what was asked of git here
        sprung.unlink()
    (repository / "kept.txt").write_text("one\n2\n")
    (repository / "a.long").write_text("long\n")
    told = await git_diff.diff(repository, DiskThreads())
    assert "+2" in told.diff
    await trees.worktrees(repository, DiskThreads())
    assert [path.name for path in repository.parent.glob("sprung-*")] == []


async def test_a_diff_without_end_is_cut_and_says_so(repository: Path) -> None:
    (repository / "kept.txt").write_text("x" * 79 + "\n")
    git(repository, "add", ".")
    (repository / "kept.txt").write_text(("y" * 79 + "\n") * 100_000)
    told = await git_diff.diff(repository, DiskThreads())
    assert told.cut
    assert len(told.diff) <= 5 * 1024 * 1024
    assert told.added == 100_000


async def test_a_link_or_a_pipe_that_is_new_is_not_read(repository: Path) -> None:
    os.symlink("/etc/passwd", repository / "link")
    os.mkfifo(repository / "pipe")
    told = await git_diff.diff(repository, DiskThreads())
    assert "root" not in told.diff
    assert "Binary files /dev/null and b/link differ" in told.diff
