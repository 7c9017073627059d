"""Sessions at once do not clobber one another: from the second on each works in a working tree of its own, and what
they did comes together by /worktree."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import shown as turns

from antiphon.standin.client_shapes import walk, words_of

from chain import Chain, Json, button

WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid")


def git(directory: Path, *words: str) -> str:
    """What git says of a directory."""
    done = subprocess.run(["git", *WHO, *words], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n")


def commits(file: str, text: str) -> str:
    """A prompt that writes and commits a file."""
    who = " ".join(WHO)
    return f"bash: echo {text} > {file} && git add {file} && git {who} commit -qm 'Add {file}'"


def trees(chain: Chain) -> list[Path]:
    return [one for one in sorted((chain.project / ".claude" / "worktrees").glob("*")) if one.is_dir()]


async def two_sessions(chain: Chain, second: str = "bash: echo second > two.txt") -> tuple[str, str, Path]:
    """Two threads, one after the other, and the tree of the second."""
    first = await chain.ask("bash: echo first > one.txt")
    await chain.ended(first)
    place = await chain.ask(second)
    await chain.ended(place)
    (own,) = trees(chain)
    return first, place, own


async def worktree(chain: Chain, place: str) -> Json:
    """What /worktree shows to Ada: the newest list."""
    before = len(answers(chain, place))
    assert (await chain.ada.command(place, "worktree")).kind == "success"
    return (await chain.ada.until(lambda _: answers(chain, place)[before:]))[-1]


def answers(chain: Chain, place: str) -> list[Json]:
    """What Ada alone was shown with buttons or menus of trees."""
    return [
        one for one in chain.ada.messages(place) if any(id_.startswith("a1:tree:") for id_ in turns.custom_ids(one))
    ]


async def pressed(chain: Chain, message: Json, label: str, sign: str | Callable[[str], bool]) -> Json:
    """Ada presses a button of the list; the list, once it says that."""
    assert (await chain.ada.click(message, button(message, label))).kind == "success"
    says = sign if callable(sign) else lambda text: sign in text

    def found(_: object) -> list[Json]:
        now = chain.ada.message(message)
        return [now] if now is not None and says(words_of(now)) else []

    return (await chain.ada.until(found, 30))[0]


@pytest.mark.slow
async def test_a_second_session_works_in_a_tree_of_its_own_and_goes_on_there(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    first, second, own = await two_sessions(chain)
    assert (chain.project / "one.txt").read_text() == "first\n"
    assert not (chain.project / "two.txt").exists()
    assert (own / "two.txt").read_text() == "second\n"
    assert git(chain.project, "status", "--porcelain") == "?? one.txt"
    await chain.shown(second, "is in the project's directory")
    await chain.restart()
    await chain.ask("bash: echo again > three.txt", second)
    await chain.ended(second, turns=2)
    assert (own / "three.txt").read_text() == "again\n"
    await chain.ask("bash: echo again > four.txt", first)
    await chain.ended(first, turns=2)
    assert (chain.project / "four.txt").is_file()


@pytest.mark.slow
async def test_what_a_session_did_is_merged_back_and_its_tree_removed(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, own = await two_sessions(chain, commits("two.txt", "second"))
    found = await worktree(chain, place)
    assert "1 commit to merge into master" in words_of(found)
    found = await pressed(chain, found, "Merge back", "Merged 1 commit into")
    assert (chain.project / "two.txt").read_text() == "second\n"
    await chain.shown(place, "merged 1 commit into")
    found = await pressed(chain, found, "Remove", "Removed, with its branch.")
    assert not own.exists()
    assert git(chain.project, "branch", "--list", "antiphon/*") == ""
    await chain.ask("bash: pwd", place)
    await chain.ended(place, turns=2)
    assert trees(chain)  # the other one still works there


@pytest.mark.slow
async def test_what_would_be_lost_is_shown_before_a_tree_is_removed(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, own = await two_sessions(chain, commits("two.txt", "second") + " && echo more > left.txt")
    found = await worktree(chain, place)
    assert "1 file not committed" in words_of(found)
    found = await pressed(chain, found, "Remove", "would be lost")
    assert "left.txt" in words_of(found)
    assert "Add two.txt" in words_of(found)
    (own / "later.txt").write_text("not shown yet\n")
    found = await pressed(chain, found, "Remove all the same", lambda text: "later.txt" in text)
    assert own.exists()
    await pressed(chain, found, "Remove all the same", "Removed, with its branch.")
    assert not own.exists()


@pytest.mark.slow
async def test_claude_commits_what_is_not_committed(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, _ = await two_sessions(chain)
    found = await pressed(chain, await worktree(chain, place), "Have Claude commit", "is asked to commit")
    await chain.shown(place, "asked Claude to commit its changes")
    await chain.ended(place, turns=2)
    assert "Commit what you have changed" in chain.prompts()[-1]
    assert button(found, "Remove")


@pytest.mark.slow
async def test_conflicts_go_to_the_session_and_then_it_is_merged(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, own = await two_sessions(chain, commits("notes.txt", "mine"))
    (chain.project / "notes.txt").write_text("theirs\n")
    git(chain.project, "add", "notes.txt")
    git(chain.project, "commit", "-qm", "theirs")
    found = await pressed(chain, await worktree(chain, place), "Merge back", "Claude resolves that now")
    await chain.shown(place, "First Claude resolves the conflicts in `notes.txt`")
    await chain.ended(place, turns=2)
    assert "Merge master into your branch here" in chain.prompts()[-1]
    resolve = f"bash: git {' '.join(WHO)} merge master -X ours -qm 'Both'"
    await chain.ask(resolve, place)
    await chain.ended(place, turns=3)
    await pressed(chain, await worktree(chain, place), "Merge back", "Merged 2 commits into")
    assert (chain.project / "notes.txt").read_text() == "mine\n"
    assert git(own, "rev-parse", "HEAD") == git(chain.project, "rev-parse", "HEAD")
    assert found


@pytest.mark.slow
async def test_a_first_session_gets_a_tree_by_one_button(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    place = await chain.ask("bash: echo before > before.txt")
    await chain.ended(place)
    found = await worktree(chain, place)
    assert "works in the project's directory" in words_of(found)
    await pressed(chain, found, "Use its own working tree", "From the next turn on")
    (own,) = trees(chain)
    await chain.ask("bash: echo after > after.txt", place)
    await chain.ended(place, turns=2)
    assert (own / "after.txt").is_file()
    assert "remember" not in chain.last_request()
    assert "echo before" in chain.last_request()  # the conversation is the same


@pytest.mark.slow
async def test_a_tree_from_another_thread_is_chosen_in_the_list(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    first, place, _ = await two_sessions(chain, commits("two.txt", "second"))
    found = await worktree(chain, first)
    menu = next(part for part in walk(found["components"]) if part.get("type") == 3)
    assert [option["value"] for option in menu["options"]] == [place]
    assert (await chain.ada.select(found, menu["custom_id"], [place])).kind == "success"
    await chain.ada.until(lambda ada: "Add two.txt" in words_of(ada.message(found) or {}))
    await pressed(chain, chain.ada.message(found) or {}, "Merge back", "Merged 1 commit into")
    assert (chain.project / "two.txt").is_file()


@pytest.mark.slow
async def test_a_tree_that_somebody_has_deleted_is_made_again(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, own = await two_sessions(chain, commits("two.txt", "second"))
    await chain.restart()
    git(chain.project, "worktree", "remove", "--force", str(own))
    await chain.ask("bash: cat two.txt", place)
    assert "Done" in await chain.ended(place, turns=2)
    await chain.shown(place, "was gone and is made again")
    assert (own / "two.txt").read_text() == "second\n"


@pytest.mark.slow
async def test_a_tree_that_cannot_be_made_runs_nothing_and_says_what_to_do(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    first = await chain.ask("bash: echo first > one.txt")
    await chain.ended(first)
    (chain.project / ".claude").mkdir(exist_ok=True)
    (chain.project / ".claude" / "worktrees").write_text("a file in the way\n")
    place = await chain.ask("bash: echo second > two.txt")
    assert "Failed" in await chain.ended(place)
    await chain.shown(place, "/worktree")
    assert not (chain.project / "two.txt").exists()
    (chain.project / ".claude" / "worktrees").unlink()
    await chain.ask("bash: echo second > two.txt", place)
    await chain.ended(place, turns=2)
    assert len(trees(chain)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["shared", "off"])
async def test_a_project_may_want_all_in_one_directory(unstarted: Chain, isolation: str) -> None:
    chain = await unstarted.start_configured(isolation=isolation)
    first = await chain.ask("bash: echo first > one.txt")
    await chain.ended(first)
    second = await chain.ask("bash: echo second > two.txt")
    await chain.ended(second)
    assert (chain.project / "two.txt").is_file()
    assert not trees(chain)


@pytest.mark.slow
async def test_a_kill_while_a_tree_is_made_leaves_one_tree(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    first = await chain.ask("bash: echo first > one.txt")
    await chain.ended(first)
    second = await chain.ask("bash: echo second > two.txt")
    await chain.ada.until(lambda _: trees(chain))
    await chain.restart()
    await chain.ended(second)
    assert len(trees(chain)) == 1
    assert len(git(chain.project, "worktree", "list").splitlines()) == 2


@pytest.mark.slow
async def test_whoever_may_not_use_the_project_sees_and_changes_nothing(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    _, place, _ = await two_sessions(chain, commits("two.txt", "second"))
    await chain.mallory.command(place, "worktree")
    await chain.told(place, "You may not", chain.mallory)
    assert "two" not in "".join(chain.private(place, chain.mallory))
