"""Merging back: the commits of a session's tree in their target branch, and nobody's work written over."""

from pathlib import Path

import pytest

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.merging import Conflicts, Merged, merge_back
from antiphon.agent.git.worktrees import Worktrees
from antiphon.core.coordination.worktrees import Merge, Worktree, WorktreeSettings
from antiphon.errors import NotDone
from git.repositories import around, commit, git, made, new, worktrees

DISK = DiskThreads()
HOWS: tuple[Merge, ...] = ("merge", "rebase", "squash")


@pytest.fixture
def trees(tmp_path: Path) -> Worktrees:
    (tmp_path / "home").mkdir()
    return worktrees(tmp_path / "home")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return made(tmp_path / "project")


async def worked(trees: Worktrees, repository: Path, title: str = "Fix it", **files: str) -> Worktree:
    """A tree with two commits."""
    tree = await new(trees, repository, title)
    commit(tree.root, "First part", **(files or {"b_txt": "b\n"}))
    commit(tree.root, "Second part", **{f"{title.split()[-1]}_md": "more\n"})
    return tree


@pytest.mark.parametrize("how", HOWS)
async def test_commits_come_into_the_target_and_its_files(trees: Worktrees, repository: Path, how: Merge) -> None:
    tree = await worked(trees, repository)
    commit(repository, "meanwhile", m_txt="m\n")
    assert await merge_back(trees, tree, how, DISK) == Merged(2)
    assert (repository / "b.txt").read_text() == "b\n"
    assert (repository / "m.txt").is_file()
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "rev-parse", "main") == git(tree.root, "rev-parse", "HEAD")
    assert (tree.root / "m.txt").is_file()
    assert (await trees.state(tree)).may_go


@pytest.mark.parametrize(
    ("how", "subjects"),
    [
        ("merge", ["Merge branch 'antiphon/fix-it' into main", "Second part", "First part", "first"]),
        ("rebase", ["Second part", "First part", "first"]),
        ("squash", ["Fix it", "first"]),
    ],
)
async def test_the_history_is_what_the_project_wants(
    trees: Worktrees, repository: Path, how: Merge, subjects: list[str]
) -> None:
    await merge_back(trees, await worked(trees, repository), how, DISK)
    assert git(repository, "log", "--format=%s", "--topo-order").splitlines() == subjects


async def test_a_squashed_commit_of_one_keeps_its_message(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    commit(tree.root, "Why it was wrong\n\nA long story.", b_txt="b\n")
    await merge_back(trees, tree, "squash", DISK)
    assert git(repository, "log", "-1", "--format=%B") == "Why it was wrong\n\nA long story."


@pytest.mark.parametrize("how", HOWS)
async def test_a_conflict_changes_nothing_and_names_the_files(trees: Worktrees, repository: Path, how: Merge) -> None:
    tree = await worked(trees, repository, a_txt="mine\ntwo\nthree\n")
    before = commit(repository, "theirs", a_txt="theirs\ntwo\nthree\n")
    head = git(tree.root, "rev-parse", "HEAD")
    assert await merge_back(trees, tree, how, DISK) == Conflicts(("a.txt",))
    assert git(repository, "rev-parse", "main") == before
    assert git(tree.root, "rev-parse", "HEAD") == head
    assert git(tree.root, "status", "--porcelain") == ""
    assert git(tree.root, "branch", "--show-current") == tree.branch


@pytest.mark.parametrize("how", ["merge", "squash"])
async def test_four_trees_come_back_one_after_the_other(trees: Worktrees, repository: Path, how: Merge) -> None:
    made_ = [await worked(trees, repository, f"Part {n}", **{f"part{n}_txt": f"{n}\n"}) for n in range(4)]
    for tree in made_:
        assert await merge_back(trees, tree, how, DISK) == Merged(2)
    assert git(repository, "ls-files", "part*").splitlines() == [f"part{n}.txt" for n in range(4)]
    for tree in made_:
        assert (await trees.state(tree)).may_go


@pytest.mark.parametrize("how", HOWS)
async def test_a_tree_goes_on_after_it_was_merged(trees: Worktrees, repository: Path, how: Merge) -> None:
    tree = await worked(trees, repository)
    await merge_back(trees, tree, how, DISK)
    commit(tree.root, "Third part", b_txt="b, and more\n")
    assert await merge_back(trees, tree, how, DISK) == Merged(1)
    assert (repository / "b.txt").read_text() == "b, and more\n"


async def test_what_is_not_committed_in_the_tree_is_not_merged_in_part(trees: Worktrees, repository: Path) -> None:
    tree = await worked(trees, repository)
    (tree.root / "left.txt").write_text("not committed\n")
    with pytest.raises(NotDone, match=r"left\.txt.*not committed"):
        await merge_back(trees, tree, "merge", DISK)


@pytest.mark.parametrize(("how", "known"), [("merge", True), ("merge", False), ("rebase", True), ("squash", False)])
async def test_what_somebody_changes_in_the_project_is_not_written_over(
    trees: Worktrees, repository: Path, how: Merge, known: bool
) -> None:
    name = "a.txt" if known else "new.txt"
    tree = await worked(trees, repository, **{name.replace(".", "_"): "by the session\n"})
    (repository / name).write_text("by somebody\n")
    before = git(repository, "rev-parse", "main")
    with pytest.raises(NotDone, match=name):
        await merge_back(trees, tree, how, DISK)
    assert (repository / name).read_text() == "by somebody\n"
    assert git(repository, "rev-parse", "main") == before


async def test_a_file_that_git_ignores_is_not_written_over_either(trees: Worktrees, repository: Path) -> None:
    tree = await worked(trees, repository, notes_md="by the session\n")
    (repository / ".git" / "info" / "exclude").write_text("notes.md\n")
    (repository / "notes.md").write_text("by somebody\n")
    with pytest.raises(NotDone):
        await merge_back(trees, tree, "merge", DISK)
    assert (repository / "notes.md").read_text() == "by somebody\n"


async def test_other_changes_in_the_project_stay_as_they_are(trees: Worktrees, repository: Path) -> None:
    tree = await worked(trees, repository)
    (repository / "a.txt").write_text("being changed\n")
    assert await merge_back(trees, tree, "merge", DISK) == Merged(2)
    assert (repository / "a.txt").read_text() == "being changed\n"


async def test_a_target_that_nobody_has_checked_out_moves_alone(trees: Worktrees, repository: Path) -> None:
    tree = await worked(trees, repository)
    git(repository, "checkout", "-q", "-b", "elsewhere")
    assert await merge_back(trees, tree, "merge", DISK) == Merged(2)
    assert git(repository, "show", "main:b.txt") == "b"
    assert not (repository / "b.txt").exists()


async def test_without_a_target_or_something_to_merge_the_reason_is_told(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    with pytest.raises(NotDone, match="has all of its commits"):
        await merge_back(trees, tree, "merge", DISK)
    git(repository, "checkout", "-q", "--detach")
    loose = await worked(trees, repository, "On no branch")
    with pytest.raises(NotDone, match="on no branch"):
        await merge_back(trees, loose, "merge", DISK)
    commit(tree.root, "work", c_txt="c\n")
    git(repository, "branch", "-m", "main", "renamed")
    with pytest.raises(NotDone, match="no branch main"):
        await merge_back(trees, tree, "merge", DISK)


async def test_the_branch_that_claude_has_switched_to_is_the_one_that_is_merged(
    trees: Worktrees, repository: Path
) -> None:
    tree = await new(trees, repository)
    git(tree.root, "checkout", "-q", "-b", "feature/of-its-own")
    commit(tree.root, "work", c_txt="c\n")
    assert len((await trees.state(tree)).unmerged) == 1
    assert await merge_back(trees, tree, "merge", DISK) == Merged(1)
    assert (repository / "c.txt").is_file()


async def test_whoever_has_no_name_still_commits(trees: Worktrees, repository: Path) -> None:
    await merge_back(trees, await worked(trees, repository), "merge", DISK)
    assert git(repository, "log", "-1", "--format=%an <%ae>") == "Antiphon <antiphon@localhost>"


async def test_the_users_name_is_that_of_the_merge(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.invalid\n")
    trees = worktrees(tmp_path / "somebody")
    await merge_back(trees, await worked(trees, repository), "merge", DISK)
    assert git(repository, "log", "-1", "--format=%cn") == "Ada"


@pytest.mark.parametrize("how", HOWS)
async def test_nothing_is_merged_while_a_rebase_is_unfinished(trees: Worktrees, repository: Path, how: Merge) -> None:
    tree = await worked(trees, repository, a_txt="mine\ntwo\nthree\n")
    commit(repository, "theirs", a_txt="theirs\ntwo\nthree\n")
    git(tree.root, "rebase", "main", check=False)  # left in the middle
    git(tree.root, "checkout", "-q", "--theirs", "a.txt")
    git(tree.root, "add", "a.txt")
    git(tree.root, "commit", "-qm", "resolved in the middle")
    with pytest.raises(NotDone, match="unfinished"):
        await merge_back(trees, tree, how, DISK)
    git(tree.root, "rebase", "--abort")
    assert await merge_back(trees, tree, how, DISK) == Conflicts(("a.txt",))


async def test_a_target_that_somebody_rebases_is_left_alone(trees: Worktrees, repository: Path) -> None:
    tree = await worked(trees, repository)
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, "side", a_txt="side\n")
    git(repository, "checkout", "-q", "main")
    commit(repository, "main", a_txt="main\n")
    git(repository, "rebase", "side", check=False)
    with pytest.raises(NotDone, match="unfinished"):
        await merge_back(trees, tree, "merge", DISK)


@pytest.mark.parametrize("how", HOWS)
async def test_an_ignored_file_of_the_tree_is_not_written_over(trees: Worktrees, repository: Path, how: Merge) -> None:
    tree = await worked(trees, repository)
    commit(repository, "settings", settings_ini="default\n")
    (repository / ".git" / "info" / "exclude").write_text("settings.ini\n")
    (tree.root / "settings.ini").write_text("my own\n")
    with pytest.raises(NotDone):
        await merge_back(trees, tree, how, DISK)
    assert (tree.root / "settings.ini").read_text() == "my own\n"
    assert not (repository / "b.txt").exists()


async def test_a_bare_repository_is_merged_into(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(tmp_path / "bare.git"))
    tree = await worked(trees, tmp_path / "bare.git")
    assert await merge_back(trees, tree, "squash", DISK) == Merged(2)
    assert git(tmp_path / "bare.git", "show", "main:b.txt") == "b"


async def test_a_tree_out_of_a_tree_is_merged_where_that_one_is(trees: Worktrees, repository: Path) -> None:
    """A fork of a session goes on from its commits."""
    parent = await worked(trees, repository)
    child, _ = await trees.plan(await around(parent.root), WorktreeSettings(), "Fork", parent)
    await trees.make(child)
    assert (child.root / "b.txt").is_file()
    assert (child.source, child.target) == (repository, "main")
    commit(child.root, "more", c_txt="c\n")
    assert await merge_back(trees, child, "merge", DISK) == Merged(3)
    assert (await trees.state(parent)).may_go
