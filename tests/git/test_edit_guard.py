"""The guard of a session's edits: what it holds, what it lets pass, and what it finds out after a command."""

import os
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.written import written_since
from antiphon.agent.permissions.edit_guard import EditGuard, GuardPorts
from antiphon.agent.process.others import Others
from antiphon.core.blocks import HeldBlock, NoteBlock
from antiphon.core.coordination.claims import Claim
from antiphon.core.coordination.worktrees import Worktree
from antiphon.core.events import AgentEvent
from antiphon.core.records import Lease
from antiphon.core.values import NOWHERE, PlaceId, Session, SessionId, Terminal, ToolUseId, first_claude_session
from antiphon.store import Store, open_store
from git.repositories import commit, made


@dataclass
class Room:
    """Sessions in one directory."""

    store: Store
    lease: Lease
    root: Path
    said: list[AgentEvent] = field(default_factory=list)
    calls: int = 0

    async def session(self, n: int, **more: object) -> Session:
        id_ = SessionId(f"s{n}")
        one = Session(id_, PlaceId(n), "site", first_claude_session(id_), f"Session {n}", tree=self.root)
        one = replace(one, **more)  # type: ignore[arg-type]
        await self.store.adopt(one, "local")
        return one

    async def guard(self, n: int, **more: object) -> EditGuard:
        one = await self.session(n, **more)
        ports = GuardPorts(self.store, DiskThreads(), time.time)
        return EditGuard(one, one.tree or self.root, ports, self.said.append)

    async def run(self, guard: EditGuard, tool: str, path: str, *, done: bool = True) -> str:
        """A call from its beginning to its end; why it is held."""
        self.calls += 1
        call, given = ToolUseId(f"toolu_{self.calls}"), {"file_path": path, "notebook_path": path}
        held = await guard.before(call, tool, given)
        if not held:
            await guard.after(call, tool, given, done=done)
        return held


@pytest.fixture
async def room(tmp_path: Path) -> AsyncGenerator[Room]:
    root = made(tmp_path / "project", a_txt="a\n", b_txt="b\n")
    async with open_store(tmp_path / "antiphon.db", time.time) as store:
        lease = await store.hold("worker:local", "test", 1e6)
        assert lease is not None
        yield Room(store, lease, root)


@pytest.mark.parametrize("tool", ["Edit", "MultiEdit", "Write", "NotebookEdit"])
async def test_each_tool_that_writes_is_held_until_the_file_is_read_again(room: Room, tool: str) -> None:
    one, two = await room.guard(1), await room.guard(2)
    await room.run(one, "Read", "a.txt")
    assert not await room.run(two, "Edit", "a.txt")
    assert "Session 2" in await room.run(one, tool, "a.txt")
    (held,) = [event for event in room.said if isinstance(event, HeldBlock)]
    assert held.path == str(room.root / "a.txt")
    await room.run(one, "Read", "a.txt")
    assert not await room.run(one, tool, "a.txt")


@pytest.mark.parametrize("named", ["a.txt", "./a.txt", "sub/../a.txt", "{root}/a.txt", "{root}//./a.txt", "link.txt"])
async def test_a_file_is_the_same_however_it_is_named(room: Room, named: str) -> None:
    (room.root / "sub").mkdir()
    (room.root / "link.txt").symlink_to("a.txt")
    one, two = await room.guard(1), await room.guard(2)
    resource = await two.resource(named.format(root=room.root))
    await room.store.take_claim(Claim(resource, SessionId("s2"), "", NOWHERE, 0, time.time() + 60))
    assert await room.run(one, "Edit", "a.txt")
    assert not await room.run(two, "Edit", named.format(root=room.root))


async def test_a_claim_counts_in_every_tree_of_the_project(room: Room, tmp_path: Path) -> None:
    own = Worktree(tmp_path / "tree", room.root, "antiphon/x", "main", "")
    own.root.mkdir()
    one, two = await room.guard(1), await room.guard(2, tree=own.root, worktree=own)
    resource = await two.resource("a.txt")
    assert resource == await one.resource("a.txt")
    await room.store.take_claim(Claim(resource, SessionId("s2"), "", NOWHERE, 0, time.time() + 60))
    assert await room.run(one, "Edit", "a.txt")


async def test_what_a_session_did_itself_or_failed_to_do_holds_nothing(room: Room) -> None:
    one, two = await room.guard(1), await room.guard(2)
    for _ in range(2):
        assert not await room.run(one, "Write", "a.txt")
    await room.run(two, "Read", "b.txt")
    await room.run(one, "Edit", "b.txt", done=False)
    assert not await room.run(two, "Edit", "b.txt")


async def test_a_read_counts_from_before_it_began(room: Room) -> None:
    one, two = await room.guard(1), await room.guard(2)
    given = {"file_path": "a.txt"}
    await one.before(ToolUseId("r"), "Read", given)
    await room.run(two, "Edit", "a.txt")
    await one.after(ToolUseId("r"), "Read", given, done=True)
    assert await room.run(one, "Edit", "a.txt")


async def test_a_session_that_is_left_out_is_not_named(room: Room) -> None:
    secret = Terminal(1, left_out=True)
    one, two = await room.guard(1), await room.guard(2, terminal=secret)
    await room.run(two, "Edit", "a.txt")
    held = await room.run(one, "Edit", "a.txt")
    assert "another session" in held
    assert "Session 2" not in held


async def test_odd_names_hold_nothing_and_break_nothing(room: Room) -> None:
    one = await room.guard(1)
    for name in ("", "\0", "a" * 5000, "loop/x", "\udcff"):
        (room.root / "loop").symlink_to("loop") if not (room.root / "loop").is_symlink() else None
        assert not await room.run(one, "Edit", name)
    assert not await one.before(ToolUseId("x"), "Edit", {"file_path": 7})


async def command(guard: EditGuard, room: Room, name: str, text: str) -> str:
    """A command that writes a file; what Claude is told."""
    await guard.before(ToolUseId(name), "Bash", {"command": "x"})
    (room.root / name).write_text(text)
    return await guard.after(ToolUseId(name), "Bash", {"command": "x"}, done=True)


async def test_what_a_command_has_written_over_is_told_and_holds_others(room: Room) -> None:
    one, two = await room.guard(1), await room.guard(2)
    await room.run(two, "Edit", "a.txt")
    assert "a.txt: changed by the session “Session 2”" in await command(one, room, "a.txt", "over\n")
    assert [event.text for event in room.said if isinstance(event, NoteBlock)]
    assert await room.run(two, "Edit", "a.txt")
    assert await command(one, room, "new.txt", "new\n") == ""


async def test_what_another_session_writes_meanwhile_is_not_taken_for_the_commands(room: Room) -> None:
    one, two = await room.guard(1), await room.guard(2)
    await one.before(ToolUseId("c"), "Bash", {})
    (room.root / "a.txt").write_text("by the other\n")
    await room.run(two, "Edit", "a.txt")
    assert await one.after(ToolUseId("c"), "Bash", {}, done=True) == ""
    assert not await room.run(two, "Edit", "a.txt")


async def test_a_session_alone_is_not_looked_after(room: Room) -> None:
    one = await room.guard(1)
    assert await command(one, room, "a.txt", "alone\n") == ""
    assert await room.store.changed_between(SessionId("s2"), 0, time.time() + 1) == frozenset()


@pytest.mark.parametrize("git", [True, False])
async def test_files_that_were_written_lately_are_found(tmp_path: Path, git: bool) -> None:
    root = made(tmp_path / "p", old_txt="old\n", c_txt="c\n", d_txt="d\n") if git else tmp_path / "p"
    if not git:
        (root / ".hidden").mkdir(parents=True)
        (root / ".hidden" / "x").write_text("x\n")
        for name in ("old.txt", "c.txt", "d.txt"):
            (root / name).write_text("old\n")
    long_ago = time.time() - 3600
    for name in ("old.txt", "c.txt", "d.txt"):
        os.utime(root / name, (long_ago, long_ago))
    since = time.time()
    (root / "c.txt").write_text("changed\n")
    (root / "new é.txt").write_text("new\n")
    if git:
        commit(root, "by the command", d_txt="committed\n")
    else:
        (root / "d.txt").write_text("changed\n")
    found = await written_since(root, since, DiskThreads())
    assert {path.name for path in found} == {"c.txt", "new é.txt", "d.txt"}


async def test_a_session_is_told_of_the_others_when_something_has_changed(room: Room) -> None:
    mine = await room.session(1)
    others = Others(mine, room.store)
    assert await others.news() == ""
    two = await room.guard(2)
    told = await others.news()
    assert "“Session 2” in your directory" in told
    assert await others.news() == ""
    await room.run(two, "Edit", "a.txt")
    assert "has changed a.txt" in await others.news()
    await room.store.take_claim(Claim("port:1", SessionId("s2"), "", NOWHERE, 0, time.time() + 60, "a server"))
    assert "port:1 by “Session 2” until" in await others.news()
    await room.store.abandon(PlaceId(2))
    assert "No other session" in await others.news()
    assert await others.news() == ""
