"""Sessions at once do not clobber one another: from the second on each works in a working tree of its own."""

import subprocess
from pathlib import Path

from chain import Chain


def git(directory: Path, *words: str) -> str:
    """What git says of a directory."""
    done = subprocess.run(["git", *words], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n")


def tree(chain: Chain, name: str) -> Path:
    return chain.project / ".claude" / "worktrees" / name


async def test_a_second_session_works_in_a_tree_of_its_own_and_goes_on_there(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    first = await chain.ask("bash: echo first > one.txt")
    await chain.ended(first)
    second = await chain.ask("bash: echo second > two.txt")
    await chain.ended(second)
    (own,) = (chain.project / ".claude" / "worktrees").glob("*/")
    assert (chain.project / "one.txt").read_text() == "first\n"
    assert not (chain.project / "two.txt").exists()
    assert (own / "two.txt").read_text() == "second\n"
    assert git(chain.project, "status", "--porcelain") == "?? one.txt"
    await chain.shown(second, "is working in the project's directory")
    await chain.restart()
    await chain.ask("bash: echo again > three.txt", second)
    await chain.ended(second, turns=2)
    assert (own / "three.txt").read_text() == "again\n"
    await chain.ask("bash: echo again > four.txt", first)
    await chain.ended(first, turns=2)
    assert (chain.project / "four.txt").is_file()
