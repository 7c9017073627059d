"""Working trees of sessions, made out of every kind of repository, and what they lose: nothing."""

import asyncio
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.merging import merge_back
from antiphon.agent.git.trees import repository_of
from antiphon.agent.git.worktrees import Worktrees
from antiphon.core.coordination.worktrees import WorktreeSettings
from antiphon.errors import NotDone
from git.repositories import around, commit, environment, git, made, new, worktrees


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def trees(home: Path) -> Worktrees:
    return worktrees(home)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return made(tmp_path / "project")


@pytest.fixture
def another_disk(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk here")
    with TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


async def test_a_tree_has_a_branch_of_its_own_and_git_does_not_show_it(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository, "Fix the login")
    assert tree.root == repository / ".claude" / "worktrees" / "fix-the-login"
    assert git(tree.root, "branch", "--show-current") == tree.branch == "antiphon/fix-the-login"
    assert (tree.root / "a.txt").read_text() == "one\ntwo\nthree\n"
    assert git(repository, "status", "--porcelain") == ""
    assert tree.target == "main"


async def test_names_that_are_taken_are_passed_over(trees: Worktrees, repository: Path) -> None:
    git(repository, "branch", "antiphon/fix-it")
    git(repository, "branch", "antiphon/fix-it-2/more")
    (repository / ".claude" / "worktrees" / "Fix-It-3").mkdir(parents=True)
    tree = await new(trees, repository)
    assert tree.branch == "antiphon/fix-it-4"
    assert (await new(trees, repository)).branch == "antiphon/fix-it-5"


async def test_a_branch_in_the_way_of_the_prefix_is_no_error(trees: Worktrees, repository: Path) -> None:
    git(repository, "branch", "antiphon")
    assert (await new(trees, repository)).branch == "antiphon-fix-it"


async def test_a_part_of_a_repository_has_the_same_part_in_its_tree(trees: Worktrees, tmp_path: Path) -> None:
    repository = made(tmp_path / "whole", packages__app__a_txt="a\n", b_txt="b\n")
    found = await around(repository / "packages" / "app")
    assert (found.root, found.part) == (repository, Path("packages/app"))
    tree, _ = await trees.plan(found, WorktreeSettings(), "Fix it")
    await trees.make(tree)
    assert (tree.root / found.part / "a.txt").is_file()


async def test_a_directory_that_is_no_repository_or_has_no_commit_has_no_tree(trees: Worktrees, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert await repository_of(tmp_path / "plain") is None
    (tmp_path / "young").mkdir()
    git(tmp_path / "young", "init", "-q")
    with pytest.raises(NotDone, match="no commit yet"):
        await trees.plan(await around(tmp_path / "young"), WorktreeSettings(), "Fix it")


@pytest.mark.parametrize("layout", ["bare.git", "hidden"])
async def test_a_bare_repository_gets_trees(trees: Worktrees, repository: Path, tmp_path: Path, layout: str) -> None:
    bare = tmp_path / layout
    if layout == "hidden":  # the directory of a project that holds nothing but trees
        bare.mkdir()
        git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare / ".bare"))
        (bare / ".git").write_text("gitdir: ./.bare\n")
    else:
        git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    found = await around(bare)
    assert found.bare
    tree = await new(trees, bare)
    assert (tree.root / "a.txt").is_file()
    assert tree.root.is_relative_to(bare)
    await trees.remove(tree)
    assert not tree.root.exists()


async def test_a_shallow_clone_gets_trees(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    commit(repository, "second", b_txt="b\n")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(tmp_path / "shallow"))
    tree = await new(trees, tmp_path / "shallow")
    assert (tree.root / "b.txt").is_file()


async def test_a_tree_of_a_tree_lies_in_it(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    tree = await new(trees, tmp_path / "side")
    assert tree.root.is_relative_to(tmp_path / "side")
    assert tree.target == "side"
    assert git(tmp_path / "side", "status", "--porcelain") == ""


async def test_trees_lie_where_the_project_wants_them_also_on_another_disk(
    trees: Worktrees, repository: Path, another_disk: Path
) -> None:
    tree = await new(trees, repository, settings=WorktreeSettings(directory=another_disk))
    assert tree.root == another_disk / "fix-it"
    assert (tree.root / "a.txt").is_file()
    assert not (another_disk / ".gitignore").exists()
    await trees.remove(tree)


async def test_files_that_git_ignores_come_along_where_the_project_names_them(
    trees: Worktrees, repository: Path, tmp_path: Path
) -> None:
    (repository / ".gitignore").write_text(".env*\nbuild/\nlink\n")
    (repository / ".worktreeinclude").write_text(".env*\nnotes.txt\nlink\nconfig/\n")
    commit(repository, "what is ignored")
    (repository / ".env").write_text("SECRET=1\n")
    (repository / ".env").chmod(0o600)
    (repository / "notes.txt").write_text("git does not ignore this\n")
    (repository / "build").mkdir()
    (repository / "build" / "big").write_text("not named\n")
    (tmp_path / "outside").write_text("somebody's\n")
    (repository / "link").symlink_to(tmp_path / "outside")
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    notes = (await trees.make(tree)).notes
    assert (tree.root / ".env").read_text() == "SECRET=1\n"
    assert stat.S_IMODE((tree.root / ".env").stat().st_mode) == 0o600
    assert not (tree.root / "notes.txt").exists()
    assert not (tree.root / "build").exists()
    assert not (tree.root / "link").exists()
    assert [note for note in notes if "link" in note]


async def test_what_comes_along_lands_nowhere_but_in_the_tree(
    trees: Worktrees, repository: Path, tmp_path: Path
) -> None:
    """The commit has a link where the project's directory has a folder by now."""
    (tmp_path / "outside").mkdir()
    (repository / "data").symlink_to(tmp_path / "outside")
    (repository / ".gitignore").write_text("*.key\n")
    (repository / ".worktreeinclude").write_text("*.key\n")
    commit(repository, "a link")
    (repository / "data").unlink()
    (repository / "data").mkdir()
    (repository / "data" / "a.key").write_text("key\n")
    tree = await new(trees, repository)
    assert not list((tmp_path / "outside").iterdir())
    assert (tree.root / "data").is_symlink()


async def test_submodules_are_filled_without_a_network(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    inner, part = made(tmp_path / "inner", i_txt="inner\n"), made(tmp_path / "part", p_txt="part\n")
    git(part, "submodule", "--quiet", "add", str(inner), "inner")
    commit(part, "with one of its own")
    git(repository, "submodule", "--quiet", "add", str(part), "part")
    git(repository, "submodule", "--quiet", "update", "--init", "--recursive")
    commit(repository, "with a part")
    (tmp_path / "part").rename(tmp_path / "gone")
    (tmp_path / "inner").rename(tmp_path / "gone too")
    tree = await new(trees, repository)
    assert (tree.root / "part" / "p.txt").read_text() == "part\n"
    assert (tree.root / "part" / "inner" / "i.txt").read_text() == "inner\n"
    assert git(tree.root / "part", "config", "remote.origin.url") == str(part)
    assert (await trees.state(tree)).may_go
    (tree.root / "part" / "inner" / "i.txt").write_text("changed\n")
    assert (await trees.state(tree)).uncommitted == ("part/inner/i.txt",)
    await trees.remove(tree)
    assert not tree.root.exists()


async def test_a_sparse_checkout_stays_sparse(trees: Worktrees, tmp_path: Path) -> None:
    repository = made(tmp_path / "sparse", wanted__a_txt="a\n", other__b_txt="b\n")
    git(repository, "sparse-checkout", "set", "wanted")
    tree = await new(trees, repository)
    assert (tree.root / "wanted" / "a.txt").is_file()
    assert not (tree.root / "other").exists()


async def test_a_tree_that_was_removed_is_made_again_from_its_branch(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    kept = commit(tree.root, "work", c_txt="work\n")
    git(repository, "worktree", "remove", "--force", str(tree.root))
    await trees.make(tree)
    assert git(tree.root, "rev-parse", "HEAD") == kept
    for path in sorted(tree.root.rglob("*"), reverse=True):  # by somebody who does not know git
        path.unlink() if not path.is_dir() else path.rmdir()
    tree.root.rmdir()
    await trees.make(tree)
    assert (tree.root / "c.txt").is_file()


async def test_where_the_branch_is_gone_too_the_tree_begins_anew(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    await trees.remove(tree)
    commit(repository, "second", b_txt="b\n")
    await trees.make(tree)
    assert git(tree.root, "branch", "--show-current") == tree.branch
    assert not (tree.root / "b.txt").exists()


async def test_what_lies_in_the_way_is_named_and_left_alone(trees: Worktrees, repository: Path) -> None:
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    tree.root.mkdir(parents=True)
    (tree.root / "mine").write_text("kept\n")
    with pytest.raises(NotDone, match="Move it away"):
        await trees.make(tree)
    assert (tree.root / "mine").read_text() == "kept\n"
    assert git(repository, "branch", "--list", tree.branch) == ""


async def test_a_link_does_not_lead_trees_out_of_the_project(
    trees: Worktrees, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (repository / ".claude").mkdir()
    (repository / ".claude" / "worktrees").symlink_to(tmp_path / "outside")
    tree = await new(trees, repository)
    assert not list((tmp_path / "outside").iterdir())
    assert tree.root.is_relative_to(repository / ".git")
    assert (tree.root / "a.txt").is_file()
    await trees.remove(tree)


async def test_a_full_disk_leaves_nothing_behind(home: Path, repository: Path, tmp_path: Path) -> None:
    """A git that fails as on a full disk: half of the tree is there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    real = next(Path(one) / "git" for one in os.get_exec_path() if (Path(one) / "git").is_file())
    script = (
        "#!/bin/sh\n"
        f'case "$*" in *"worktree add"*) {real} "$@"; echo half > .git/HALF; '
        'echo "fatal: write error: No space left on device" >&2; exit 128;; esac\n'
        f'exec {real} "$@"\n'
    )
    (programs / "git").write_text(script)
    (programs / "git").chmod(0o755)
    trees = Worktrees({**environment(home), "PATH": f"{programs}:{os.environ['PATH']}"}, DiskThreads())  # noqa: TID251
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    with pytest.raises(NotDone, match="No space left"):
        await trees.make(tree)
    assert not tree.root.exists()
    assert git(repository, "branch", "--list", tree.branch) == ""
    assert git(repository, "worktree", "list").count("\n") == 0
    (programs / "git").unlink()  # there is room again
    await trees.make(tree)
    assert (tree.root / "a.txt").is_file()


async def test_a_tree_whose_making_was_killed_is_made_anew(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    own = repository / ".git" / "worktrees" / tree.root.name
    (own / "locked").write_text("initializing")  # as git leaves it
    (own / "antiphon").unlink()
    (tree.root / "a.txt").unlink()
    await trees.make(tree)
    assert (tree.root / "a.txt").is_file()
    assert not (own / "locked").exists()


async def test_a_tree_that_is_cancelled_leaves_nothing(trees: Worktrees, repository: Path) -> None:
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    making = asyncio.create_task(trees.make(tree))
    while not tree.root.exists() and not making.done():  # noqa: ASYNC110 - git makes it, and tells nobody
        await asyncio.sleep(0)
    making.cancel()
    await asyncio.wait({making})
    if making.cancelled():
        assert not tree.root.exists()
        assert git(repository, "branch", "--list", tree.branch) == ""
    await trees.make(tree)
    assert (tree.root / "a.txt").is_file()


async def test_a_git_that_was_killed_while_it_wrote_keeps_no_other_git_from_running(
    trees: Worktrees, repository: Path
) -> None:
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    await trees.make(tree)
    (own,) = (repository / ".git" / "worktrees").iterdir()
    (own / "commondir").write_bytes(b"")
    (own / "locked").write_text("initializing\n")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "branch", "--list")
    for left in tree.root.iterdir():
        if left.name != ".git":
            left.unlink()
    await trees.make(tree)
    assert (tree.root / "a.txt").is_file()
    assert tree.branch in git(repository, "branch", "--list", tree.branch)


async def test_nothing_that_the_repository_names_is_run(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = f"sh -c 'echo ran >> {ran}; cat'"
    (repository / ".gitattributes").write_text("*.txt filter=own merge=own diff=own\n")
    commit(repository, "filters", b_txt="b\n")
    for key in ("filter.own.smudge", "filter.own.clean", "filter.own.process", "merge.own.driver", "core.sshCommand",
                "core.fsmonitor", "core.editor", "diff.own.command", "diff.external", "credential.helper"):  # fmt: skip
        git(repository, "config", key, program)
    for hook in ("post-checkout", "reference-transaction", "pre-commit", "post-merge", "post-rewrite"):
        path = repository / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\necho {hook} >> {ran}\n")
        path.chmod(0o755)
    tree = await new(trees, repository)
    (tree.root / "b.txt").write_text("changed\n")
    assert (await trees.state(tree)).uncommitted == ("b.txt",)
    await trees.remove(tree)
    assert not ran.exists()


async def test_the_users_own_filters_count(home: Path, repository: Path) -> None:
    """As for large files: what is checked out without them is a pointer."""
    (repository / ".gitattributes").write_text("*.big filter=large\n")
    commit(repository, "a pointer", b_big="pointer\n")
    (home / ".gitconfig").write_text('[filter "large"]\n\tsmudge = sed s/pointer/content/\n\trequired = true\n')
    tree = await new(worktrees(home), repository)
    assert (tree.root / "b.big").read_text() == "content\n"


async def test_what_is_lost_with_a_tree_is_told_first(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    assert (await trees.state(tree)).may_go
    commit(tree.root, "Work that counts", c_txt="work\n")
    (tree.root / "new.txt").write_text("new\n")
    (tree.root / "a.txt").write_text("changed\n")
    state = await trees.state(tree)
    assert sorted(state.uncommitted) == ["a.txt", "new.txt"]
    assert [line.partition(" ")[2] for line in state.unmerged] == ["Work that counts"]
    git(repository, "merge", "-q", tree.branch)
    assert (await trees.state(tree)).unmerged == ()


async def test_commits_that_are_in_the_target_as_others_are_merged(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    commit(tree.root, "work", c_txt="work\n")
    commit(repository, "meanwhile", d_txt="d\n")
    git(repository, "cherry-pick", tree.branch)
    assert (await trees.state(tree)).may_go


async def test_a_tree_whose_directory_is_gone_still_has_commits(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    commit(tree.root, "work", c_txt="work\n")
    git(repository, "worktree", "remove", "--force", str(tree.root))
    state = await trees.state(tree)
    assert not state.there
    assert len(state.unmerged) == 1
    await trees.remove(tree)
    assert git(repository, "branch", "--list", tree.branch) == ""


async def test_a_tree_may_begin_with_the_remotes_default_branch(
    trees: Worktrees, repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(repository), str(tmp_path / "clone"))
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "-b", "feature")
    commit(clone, "on a feature", f_txt="f\n")
    settings = WorktreeSettings(base="default")
    tree, notes = await trees.plan(await around(clone), settings, "Fix it")
    await trees.make(tree)
    assert tree.target == "main"
    assert not (tree.root / "f.txt").exists()
    assert "could not be fetched" in notes[0]  # a path on this machine is no place to fetch from
    git(clone, "remote", "remove", "origin")
    tree, notes = await trees.plan(await around(clone), settings, "Fix that")
    assert tree.target == "feature"
    assert "no remote" in notes[0]


async def test_a_repository_that_names_another_directory_as_its_tree_has_none(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    git(repository, "config", "core.worktree", str(tmp_path / "victim"))
    assert await repository_of(repository) is None


async def test_no_way_of_naming_a_program_is_open(trees: Worktrees, repository: Path, tmp_path: Path) -> None:
    """What a hostile reader found: signatures, conditional includes, proxies, and a configuration that is too long."""
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran >> {ran}\ncat\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("*.txt filter=own\n")
    signed = commit(repository, "first signed", s_txt="s\n")
    body = git(repository, "cat-file", "commit", signed).replace("\n\n", "\ngpgsig -----BEGIN\n x\n -----END\n\n", 1)
    (tmp_path / "body").write_text(body + "\n")
    git(
        repository,
        "reset",
        "-q",
        "--hard",
        git(repository, "hash-object", "-t", "commit", "-w", str(tmp_path / "body")),
    )
    (tmp_path / "more").write_text(f'[filter "own"]\n\tsmudge = {program}\n\tclean = {program}\n')
    for key, value in (
        ("gpg.program", str(program)),
        ("log.showSignature", "true"),
        ("merge.verifySignatures", "true"),
        ("core.gitproxy", str(program)),
        ("includeIf.gitdir:**/.git/worktrees/**.path", str(tmp_path / "more")),
        ("remote.origin.url", "git://127.0.0.1:9/x.git"),
    ):
        git(repository, "config", key, value)
    tree = await new(trees, repository)
    git(tree.root, "-c", "filter.own.clean=", "-c", "filter.own.smudge=", "commit", "-q", "--allow-empty", "-m", "work")
    ran.unlink(missing_ok=True)  # the test's own git is nobody's
    assert len((await trees.state(tree)).unmerged) == 1
    await merge_back(trees, tree, "merge", DiskThreads())
    await trees.plan(await around(repository), WorktreeSettings(base="default"), "Fresh")
    assert not ran.exists()
    config = repository / ".git" / "config"
    config.write_text("".join(f"[x{'z' * 80}{n}]\n\ty = z\n" for n in range(70_000)) + config.read_text())
    with pytest.raises(NotDone, match="too long"):
        await trees.state(tree)


async def test_commits_in_a_submodule_of_the_tree_alone_are_not_lost(
    trees: Worktrees, repository: Path, tmp_path: Path
) -> None:
    part = made(tmp_path / "part", p_txt="part\n")
    git(repository, "submodule", "--quiet", "add", str(part), "part")
    commit(repository, "with a part")
    tree = await new(trees, repository)
    commit(tree.root / "part", "inside", q_txt="q\n")
    commit(tree.root, "the pointer")
    with pytest.raises(NotDone, match="submodule alone"):
        await merge_back(trees, tree, "merge", DiskThreads())
    git(repository, "merge", "-q", tree.branch)
    assert not (await trees.state(tree)).may_go


async def test_what_the_repository_hides_from_status_is_seen(trees: Worktrees, repository: Path) -> None:
    git(repository, "config", "status.showUntrackedFiles", "no")
    tree = await new(trees, repository)
    (tree.root / "work.txt").write_text("work\n")
    assert (await trees.state(tree)).uncommitted == ("work.txt",)


async def test_what_is_shown_as_lost_is_known_by_its_content(trees: Worktrees, repository: Path) -> None:
    tree = await new(trees, repository)
    (tree.root / "work.txt").write_text("work\n")
    first = await trees.state(tree)
    assert (await trees.state(tree)).digest == first.digest
    (tree.root / "work.txt").write_text("more work\n")
    assert (await trees.state(tree)).digest != first.digest


async def test_a_large_tree_that_is_cancelled_can_be_made_at_once(trees: Worktrees, tmp_path: Path) -> None:
    """git's own children are ended too, so that nothing is written behind our back."""
    repository = made(tmp_path / "large", **{f"f{n}_txt": "x\n" for n in range(4000)})
    tree, _ = await trees.plan(await around(repository), WorktreeSettings(), "Fix it")
    for _ in range(3):
        making = asyncio.create_task(trees.make(tree))
        while not (tree.root / "f1.txt").exists() and not making.done():  # noqa: ASYNC110 - git tells nobody
            await asyncio.sleep(0)
        making.cancel()
        await asyncio.wait({making})
    await trees.make(tree)
    assert (await trees.state(tree)).may_go
