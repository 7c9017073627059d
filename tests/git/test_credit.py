"""Whoever had a say in a session is named in its commits, once, and git does with a repository's hooks what it does
without us. Real git, real hooks."""

import asyncio
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from repositories import environment, git, made

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.credit import NAMES, Credit
from antiphon.core.values import PersonId

ADA, BEN, EVE = PersonId(7), PersonId(8), PersonId(9)
LINES = ((ADA, "Ada Lovelace <ada@example.org>"), (BEN, 'Bén "O" $(x) <ben@example.org>'))
OURS = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0")
NAMED = [f"Co-authored-by: {line}" for _, line in LINES]


async def joined(state: Path, *people: PersonId, lines: tuple[tuple[PersonId, str], ...] = LINES) -> Mapping[str, str]:
    """The environment of a session in which these have prompted."""
    credit = Credit(state, "1001", lines, DiskThreads())
    env = await credit.prepare()
    for one in people:
        credit.add(one)
    await credit.save()
    return env


@pytest.fixture
async def env(tmp_path: Path) -> dict[str, str]:
    """What Claude's git sees, in a session of Ada's and Ben's."""
    who = {f"GIT_{one}_{what}": "claude" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    user = {**environment(tmp_path), **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true", "LANG": "C.UTF-8"}
    return {**user, **await joined(tmp_path / "state", ADA, BEN)}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return made(tmp_path / "site")


def run(env: Mapping[str, str], where: Path, *words: str, given: str = "") -> tuple[int, str]:
    """git as Claude runs it: its exit code, and what it and hooks say."""
    done = subprocess.run(["git", *words], cwd=where, env=env, capture_output=True, text=True, input=given, check=False)
    return done.returncode, done.stdout + done.stderr


def change(env: Mapping[str, str], where: Path, message: str, *words: str) -> None:
    """One more commit."""
    with (where / "a.txt").open("a") as file:
        file.write("more\n")
    code, said = run(env, where, "commit", "-qam", message, *words)
    assert code == 0, said


def trailers(where: Path, commit: str = "HEAD") -> list[str]:
    """Those of a commit's message."""
    return [one for one in git(where, "log", "-1", "--format=%(trailers:only,unfold)", commit).splitlines() if one]


def hook(directory: Path, name: str, script: str) -> Path:
    """A hook of the repository's own."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


async def test_commits_name_whoever_has_joined_so_far_and_each_once(
    tmp_path: Path, repository: Path, env: dict[str, str]
) -> None:
    change(env, repository, "Fix it\n\nWhy.\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    assert trailers(repository) == ["Co-Authored-By: Claude <noreply@anthropic.com>", *NAMED]
    assert run(env, repository, "commit", "--amend", "--no-edit", "-q")[0] == 0
    assert trailers(repository) == ["Co-Authored-By: Claude <noreply@anthropic.com>", *NAMED]
    change(env, repository, f"Again\n\n{NAMED[0]}")
    assert trailers(repository) == NAMED
    change(env, repository, "A title alone")
    assert git(repository, "log", "-1", "--format=%B").splitlines()[:2] == ["A title alone", ""]
    again = await joined(tmp_path / "state", EVE)  # a later process: Eve has no entry
    assert again == {name: env[name] for name in OURS}
    change(env, repository, "Later")
    assert trailers(repository) == NAMED
    await joined(tmp_path / "state", lines=((BEN, "Ben <b@example.org>"), (EVE, "Eve <e@example.org>")))
    change(env, repository, "With other entries")
    assert trailers(repository) == ["Co-authored-by: Ben <b@example.org>", "Co-authored-by: Eve <e@example.org>"]


async def test_without_entries_nothing_is_set_and_nothing_written(tmp_path: Path) -> None:
    assert await joined(tmp_path / "state", ADA, lines=()) == {}
    assert not (tmp_path / "state").exists()


async def test_a_state_directory_that_takes_nothing_leaves_git_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    assert await joined(tmp_path / "state", ADA) == {}


def test_every_hook_of_the_repository_runs_as_without_us(tmp_path: Path, repository: Path, env: dict[str, str]) -> None:
    """The same hooks with the same arguments, input and configuration, in the same order."""
    say = 'printf "%s|%s|%s|%s\\n" "${0##*/}" "$*" "$(cat)" "$(git config core.hooksPath)" >> "$LOG"'
    bare = tmp_path / "remote.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    for directory in (repository / ".git", bare):
        for name in NAMES:
            hook(directory / "hooks", name, say)
    without = {name: value for name, value in env.items() if name not in OURS}
    logs: list[list[str]] = []
    for n, one in enumerate((without, env)):
        copy, log = tmp_path / f"copy{n}", tmp_path / f"log{n}"
        shutil.copytree(repository, copy)
        (copy / "b.txt").write_text("new\n")
        for words in (
            "add .",
            "commit -qm one",
            "checkout -qb side",
            "commit -q --allow-empty -m two",
            "checkout -q main",
            "merge -q --no-ff -m joined side",
            "commit -q --amend -m again",
            "rebase -q --force-rebase HEAD~1",
            "gc --auto",
            f"push -q {bare} HEAD:refs/heads/other",
            f"push -q {bare} :refs/heads/other",
        ):
            code, said = run({**one, "LOG": str(log)}, copy, *words.split())
            assert code == 0, said
        lines = [re.sub(r"\b[0-9a-f]{7,40}\b", "id", line) for line in log.read_text().splitlines()]
        logs.append([line for line in lines if line != "post-index-change|0 0||"])  # git's own clock says when
    assert logs[0] == logs[1]
    for name in ("pre-commit", "commit-msg", "post-checkout", "pre-merge-commit", "post-rewrite", "pre-push", "update"):
        assert [line for line in logs[1] if line.startswith(f"{name}|")]


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
def test_a_hook_that_refuses_a_commit_does_so_with_its_words(repository: Path, env: dict[str, str], name: str) -> None:
    hook(repository / ".git" / "hooks", name, "echo no such commit >&2; exit 7")
    head = git(repository, "rev-parse", "HEAD")
    code, said = run(env, repository, "commit", "-q", "--allow-empty", "-m", "x")
    assert (code, "no such commit" in said) == (1, True)
    assert git(repository, "rev-parse", "HEAD") == head
    code, _ = run(env, repository, "commit", "-q", "--allow-empty", "--no-verify", "-m", "x")
    assert (code == 0) == (name != "prepare-commit-msg")
    if code == 0:
        assert trailers(repository) == NAMED


def test_a_hooks_path_of_the_repositorys_own_counts(repository: Path, env: dict[str, str]) -> None:
    """As husky has it: relative to the top, and hooks that look beside themselves."""
    git(repository, "config", "core.hooksPath", ".husky/_")
    (repository / ".husky").mkdir()
    hook(repository / ".husky" / "_", "pre-commit", '. "$(dirname "$0")/h"')
    (repository / ".husky" / "_" / "h").write_text("echo husky ran; exit 0\n")
    hook(repository / ".git" / "hooks", "pre-commit", "exit 1")
    (repository / "below").mkdir()
    code, said = run(env, repository / "below", "commit", "--allow-empty", "-m", "x")
    assert (code, "husky ran" in said) == (0, True)
    assert trailers(repository) == NAMED


def test_working_trees_and_submodules_have_their_own_hooks(
    tmp_path: Path, repository: Path, env: dict[str, str]
) -> None:
    hook(repository / ".git" / "hooks", "pre-commit", "echo of the repository")
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"))
    code, said = run(env, tmp_path / "tree", "commit", "--allow-empty", "-m", "x")
    assert (code, "of the repository" in said) == (0, True)
    assert trailers(tmp_path / "tree") == NAMED
    other = made(tmp_path / "other")
    git(repository, "submodule", "--quiet", "add", str(other), "sub")
    hook(repository / ".git" / "modules" / "sub" / "hooks", "pre-commit", "echo of the submodule")
    code, said = run(env, repository / "sub", "commit", "--allow-empty", "-m", "x")
    assert (code, "of the submodule" in said, "of the repository" in said) == (0, True, False)
    assert trailers(repository / "sub") == NAMED


def test_a_configuration_that_the_command_brings_stays(repository: Path, env: dict[str, str]) -> None:
    hook(repository / ".git" / "hooks", "pre-commit", 'git config some.thing; git config core.hooksPath || echo "none"')
    more = {**env, "GIT_CONFIG_COUNT": "3"}
    more |= {"GIT_CONFIG_KEY_1": "some.thing", "GIT_CONFIG_VALUE_1": "it's kept"}
    more |= {"GIT_CONFIG_KEY_2": "user.name", "GIT_CONFIG_VALUE_2": "somebody"}
    code, said = run(more, repository, "commit", "--allow-empty", "-m", "x")
    assert (code, "it's kept\nnone\n" in said) == (0, True)
    elsewhere = repository / "elsewhere"
    hook(elsewhere, "pre-commit", "echo mine alone")
    code, said = run(env, repository, "-c", f"core.hooksPath={elsewhere}", "commit", "--allow-empty", "-m", "y")
    assert (code, "mine alone" in said) == (0, True)
    assert trailers(repository) == []


def test_commits_of_others_that_are_moved_or_merged_stay_as_they_are(repository: Path, env: dict[str, str]) -> None:
    git(repository, "checkout", "-qb", "side")
    (repository / "b.txt").write_text("theirs\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "theirs")
    git(repository, "checkout", "-q", "main")
    change(env, repository, "ours")
    for words in (
        ("cherry-pick", "side"),
        ("reset", "-q", "--hard", "HEAD~1"),
        ("merge", "-q", "--no-ff", "--no-edit", "side"),
        ("reset", "-q", "--hard", "HEAD~1"),
    ):
        code, said = run(env, repository, *words)
        assert code == 0, said
        if words[0] != "reset":
            assert trailers(repository) == []
    git(repository, "checkout", "-q", "side")
    for words in ("rebase -q main", "rebase -q -i --exec true HEAD~1", "rebase -q --apply --force-rebase HEAD~1"):
        code, said = run(env, repository, *words.split())
        assert code == 0, said
        assert (git(repository, "log", "-1", "--format=%s"), trailers(repository)) == ("theirs", [])
    assert trailers(repository, "main") == NAMED
    git(repository, "checkout", "-q", "main")
    code, said = run(env, repository, "merge", "-q", "--squash", "side")
    assert (code, run(env, repository, "commit", "-q", "--no-edit")[0]) == (0, 0), said
    assert trailers(repository) == []


def test_what_is_no_message_ends_a_commit_as_ever(repository: Path, env: dict[str, str]) -> None:
    head = git(repository, "rev-parse", "HEAD")
    for more in ((), ("-v",), ("-s",), ("-m", "")):
        code, said = run(env, repository, "commit", "--allow-empty", *more)
        assert code == 1, said
    assert git(repository, "rev-parse", "HEAD") == head
    editor = {**env, "GIT_EDITOR": "sh -c 'echo Written with care > \"$0\"'"}
    (repository / "a.txt").write_text("changed\n")
    code, said = run(editor, repository, "commit", "-qav")
    assert code == 0, said
    assert (git(repository, "log", "-1", "--format=%s"), trailers(repository)) == ("Written with care", NAMED)


@pytest.mark.parametrize("spoilt", ["no file", "a directory", "unreadable", "nobody", "no hooks"])
def test_whatever_is_wrong_with_the_people_a_commit_is_made(
    tmp_path: Path, repository: Path, env: dict[str, str], spoilt: str
) -> None:
    home = tmp_path / "state" / "credit" / "1001"
    people = home / "trailers"
    people.unlink()
    match spoilt:
        case "a directory":
            people.mkdir()
        case "unreadable":
            people.write_bytes(b"\xff\xfe\x00broken\n")
        case "nobody":
            people.write_text("\n\n")
        case "no hooks":
            (home / "hooks").unlink()
        case _:
            pass
    change(env, repository, "made all the same")
    assert git(repository, "log", "-1", "--format=%s") == "made all the same"


async def test_what_was_installed_among_our_hooks_is_taken_away_again(
    tmp_path: Path, repository: Path, env: dict[str, str]
) -> None:
    hooks = tmp_path / "state" / "git-hooks"
    assert stat.S_IMODE(hooks.stat().st_mode) == 0o500
    hooks.chmod(0o700)
    (hooks / "run").chmod(0o700)
    (hooks / "run").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-push").unlink()
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    await joined(tmp_path / "state")
    change(env, repository, "made again")
    assert trailers(repository) == NAMED
    assert os.readlink(hooks / "pre-push") == "run"


async def test_many_sessions_start_at_once(tmp_path: Path) -> None:
    disk = DiskThreads()
    every = [Credit(tmp_path / "state", str(n), LINES, disk) for n in range(12)]
    assert all(await asyncio.gather(*(one.prepare() for one in every)))
    assert sorted(one.name for one in (tmp_path / "state" / "git-hooks").iterdir()) == sorted([*NAMES, "run"])


async def test_people_are_kept_for_the_next_process(tmp_path: Path, repository: Path) -> None:
    await joined(tmp_path / "state", BEN)
    now = await joined(tmp_path / "state", ADA, EVE)
    assert now
    git(repository, "-c", f"core.hooksPath={now['GIT_CONFIG_VALUE_0']}", "commit", "-q", "--allow-empty", "-m", "x")
    assert trailers(repository) == [NAMED[1], NAMED[0]]
