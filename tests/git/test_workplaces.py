"""Where sessions work is settled once, in the database: no two of them share a working tree that wants to be alone."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.worktrees import Worktrees
from antiphon.agent.process.workplaces import KEPT_FOR, SettledWorkplaces
from antiphon.core.blocks import NoteBlock
from antiphon.core.coordination.claims import LIVE_FOR
from antiphon.core.coordination.worktrees import WORKED_BEFORE, Isolation, WorktreeSettings
from antiphon.core.events import AgentEvent
from antiphon.core.projects import in_session
from antiphon.core.records import InboxEntry, Lease
from antiphon.core.values import Asker, PlaceId, Project, Prompt, Session, SessionId, TurnId, first_claude_session
from antiphon.errors import AgentError
from antiphon.store import Store, open_store
from git.repositories import commit, environment, git, made


@dataclass
class World:
    """A store, a worker, and a project that is a repository. `now`: epoch seconds."""

    store: Store
    lease: Lease
    project: Project
    home: Path
    now: list[float] = field(default_factory=lambda: [1_000_000.0])
    said: list[str] = field(default_factory=list)

    @property
    def workplaces(self) -> SettledWorkplaces:
        """As of a bridge that has just been started."""
        disk = DiskThreads()
        trees = Worktrees(environment(self.home), disk)
        return SettledWorkplaces(self.store, self.lease, trees, disk, lambda: self.now[0])

    async def session(self, n: int, title: str = "Fix it", **more: object) -> Session:
        id_ = SessionId(f"s{n}")
        one = Session(id_, PlaceId(n), self.project.name, first_claude_session(id_), title)
        one = replace(one, **more)  # type: ignore[arg-type]
        await self.store.adopt(one, "local")
        return one

    async def settled(self, session: Session) -> Path:
        """Where a session works."""
        settled = await self.workplaces.settle(session, self.project, self.hear)
        return in_session(self.project, settled).directory

    def hear(self, event: AgentEvent) -> None:
        if isinstance(event, NoteBlock):
            self.said.append(event.text)

    def isolated(self, isolation: Isolation) -> None:
        self.project = replace(self.project, worktrees=WorktreeSettings(isolation))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    (tmp_path / "home").mkdir()
    directory = made(tmp_path / "project")
    now = [1_000_000.0]
    async with open_store(tmp_path / "antiphon.db", lambda: now[0]) as store:
        lease = await store.hold("worker:local", "test", 3600.0)
        assert lease is not None
        yield World(store, lease, Project("site", directory, frozenset()), tmp_path / "home", now)


async def test_of_ten_at_once_one_gets_the_directory_and_each_other_its_own_tree(world: World) -> None:
    sessions = [await world.session(n) for n in range(1, 11)]
    workplaces = world.workplaces
    found = await asyncio.gather(*(workplaces.settle(one, world.project, world.hear) for one in sessions))
    where = [in_session(world.project, one).directory for one in found]
    assert len(set(where)) == 10
    assert where.count(world.project.directory) == 1
    assert len(git(world.project.directory, "worktree", "list").splitlines()) == 10


async def test_a_session_goes_on_where_it_was_settled_after_every_restart(world: World) -> None:
    first, second = await world.session(1), await world.session(2)
    before = await world.settled(first), await world.settled(second)
    for _ in range(3):
        assert (await world.settled(second), await world.settled(first)) == (before[1], before[0])


async def test_a_directory_that_nobody_has_used_for_long_is_free_again(world: World) -> None:
    await world.settled(await world.session(1))
    world.now[0] += LIVE_FOR - 60
    assert await world.settled(await world.session(2)) != world.project.directory
    world.now[0] += 120
    assert await world.settled(await world.session(3)) == world.project.directory


async def test_a_tree_of_its_own_is_never_free_for_others(world: World) -> None:
    await world.settled(await world.session(1))
    own = await world.settled(await world.session(2))
    commit(own, "work", w_txt="w\n")
    world.now[0] += 100 * LIVE_FOR
    fork = await world.settled(await world.session(3, "Fork", directory=own))
    assert fork not in (own, world.project.directory)
    assert (fork / "w.txt").is_file()  # it goes on from there


async def test_projects_in_one_repository_share_its_tree(world: World) -> None:
    part = world.project.directory / "part"
    part.mkdir()
    (part / "p.txt").write_text("p\n")
    git(world.project.directory, "add", "-A")
    git(world.project.directory, "commit", "-qm", "a part")
    await world.settled(await world.session(1))
    world.project = replace(world.project, directory=part)
    own = await world.settled(await world.session(2))
    assert own.name == "part"
    assert own.is_relative_to(world.project.directory.parent / ".claude" / "worktrees")


@pytest.mark.parametrize("isolation", ["shared", "off"])
async def test_all_share_the_directory_where_the_project_wants_that(world: World, isolation: Isolation) -> None:
    world.isolated(isolation)
    for n in range(1, 4):
        assert await world.settled(await world.session(n)) == world.project.directory
    assert world.said == []


async def test_a_directory_without_a_repository_or_a_commit_is_shared(world: World, tmp_path: Path) -> None:
    for name in ("plain", "young"):
        (tmp_path / name).mkdir()
    git(tmp_path / "young", "init", "-q")
    for n, name in enumerate(("plain", "plain", "young", "young")):
        world.project = replace(world.project, directory=tmp_path / name)
        assert await world.settled(await world.session(n + 1)) == tmp_path / name
    assert len(world.said) == 1
    assert "no commit yet" in world.said[0]


async def test_a_session_from_before_goes_on_in_the_directory(world: World) -> None:
    await world.settled(await world.session(1))
    assert await world.settled(await world.session(2, tree=WORKED_BEFORE)) == world.project.directory


async def test_a_tree_that_cannot_be_made_is_tried_again_and_nothing_is_stored(world: World) -> None:
    await world.settled(await world.session(1))
    (world.project.directory / ".claude").mkdir()
    (world.project.directory / ".claude" / "worktrees").write_text("in the way\n")
    second = await world.session(2)
    with pytest.raises(AgentError, match="did not start"):
        await world.settled(second)
    known = await world.store.known(second.id)
    assert known is not None
    assert (known.tree, known.worktree) == (None, None)
    (world.project.directory / ".claude" / "worktrees").unlink()
    assert (await world.settled(second)).is_relative_to(world.project.directory / ".claude" / "worktrees")


async def test_a_killed_bridge_makes_no_second_tree(world: World) -> None:
    """At each point of the making: it is written down first."""
    await world.settled(await world.session(1))
    second = await world.session(2)
    making = asyncio.create_task(world.workplaces.settle(second, world.project, world.hear))
    while (known := await world.store.known(second.id)) is None or known.worktree is None:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    making.cancel()
    await asyncio.wait({making})
    own = await world.settled(second)
    assert own == known.worktree.root
    assert len(git(world.project.directory, "worktree", "list").splitlines()) == 2


async def test_people_are_told_where_a_session_works_and_why(world: World) -> None:
    await world.settled(await world.session(1, "The other one"))
    await world.settled(await world.session(2))
    (said,) = world.said
    assert said == (
        "Claude works in its own working tree here, fix-it, because “The other one” is in the project's directory. "
        "/worktree merges it back."
    )


async def test_trees_that_nobody_uses_are_removed_where_nothing_is_lost(world: World) -> None:
    await world.settled(await world.session(1))
    sessions = [await world.session(n, f"Part {n}") for n in range(2, 6)]
    merged, unmerged, changed, used = [await world.settled(one) for one in sessions]
    commit(unmerged, "work", w_txt="w\n")
    (changed / "left.txt").write_text("left\n")
    world.now[0] += KEPT_FOR - 60
    await world.workplaces.tidy()
    assert merged.is_dir()
    await world.store.keep(world.lease, sessions[3])  # it has had a turn
    world.now[0] += 120
    await world.workplaces.tidy()
    assert [one.is_dir() for one in (merged, unmerged, changed, used)] == [False, True, True, True]
    assert await world.settled(sessions[0]) == world.project.directory
    assert git(world.project.directory, "branch", "--list", "antiphon/part-2") == ""


async def test_a_tree_is_not_removed_from_under_a_session_that_begins_to_work(world: World) -> None:
    await world.settled(await world.session(1))
    second = await world.session(2)
    own = await world.settled(second)
    world.now[0] += 2 * KEPT_FOR
    prompt = Prompt(TurnId("t"), "go on", Asker("Ada"), None)
    await world.store.accept(InboxEntry("k", "local", second, prompt))
    await world.workplaces.tidy()
    assert own.is_dir()
    assert await world.settled(second) == own


async def test_a_session_that_comes_back_to_a_directory_in_use_is_told_so_once(world: World) -> None:
    first = await world.session(1)
    await world.settled(first)
    world.now[0] += LIVE_FOR + 60
    await world.settled(await world.session(2, "The newcomer"))
    workplaces = world.workplaces
    for _ in range(2):
        await workplaces.settle(first, world.project, world.hear)
    (said,) = world.said
    assert said.startswith("“The newcomer” works in this directory by now, too.")
