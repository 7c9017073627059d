"""Commits that Claude makes in a session name whoever has prompted or answered in it, where the project says how."""

import asyncio
from collections.abc import Sequence

import pytest

from acceptance.steps import button_id, open_request, start_asking

from chain import Chain

COMMIT = "bash: git -c user.name=Claude -c user.email=claude@example.invalid commit -q --allow-empty -m made"


async def git(chain: Chain, *words: str) -> str:
    """What git says in the project."""
    env = chain.world.environment()
    pipe = asyncio.subprocess.PIPE
    done = await asyncio.create_subprocess_exec("git", *words, cwd=chain.project, env=env, stdout=pipe)
    return (await done.communicate())[0].decode()


async def co_authors(chain: Chain, commits: int = 1) -> Sequence[str]:
    """Those of the last commit, once there are so many beside the first."""
    assert (await git(chain, "rev-list", "--count", "HEAD")).strip() == str(commits + 1)
    said = await git(chain, "log", "-1", "--format=%(trailers:key=Co-authored-by,valueonly)")
    return said.split("\n")[:-2] if said.strip() else []


@pytest.mark.slow
async def test_commits_name_who_prompted_and_who_allowed_them(unstarted: Chain) -> None:
    names = {unstarted.ada.id: "Ada Lovelace <ada@example.org>", unstarted.mallory.id: "Mallory <m@example.org>"}
    chain = await start_asking(unstarted, {"projects.playground.co_authors": names})
    place = await chain.ask("say: mine")
    await chain.ended(place)
    await chain.ada.command(place, "invite", {"person": chain.mallory.id, "answer": True})
    await chain.shown(place, "Ada invited")
    await chain.ask(COMMIT, place)
    await chain.mallory.click(dict(request := await open_request(chain, place)), button_id(request, "allow"))
    assert "Done" in await chain.ended(place, 2)
    assert await co_authors(chain) == list(names.values())
    await chain.restart()
    await chain.ask(COMMIT, place)
    await chain.ada.click(dict(request := await open_request(chain, place)), button_id(request, "allow"))
    assert "Done" in await chain.ended(place, 3)
    assert await co_authors(chain, 2) == list(names.values())
    other = await chain.ask(COMMIT)
    await chain.ada.click(dict(request := await open_request(chain, other)), button_id(request, "allow"))
    assert "Done" in await chain.ended(other)
    said = await git(chain, "log", "--all", "--not", "HEAD", "--format=%(trailers:key=Co-authored-by,valueonly)")
    assert said.split("\n")[0] == names[chain.ada.id]  # in a working tree of its own, where Mallory said nothing
    assert "Mallory" not in said


@pytest.mark.slow
async def test_without_entries_nothing_is_in_the_environment(chain: Chain) -> None:
    place = await chain.ask("bash: env | grep -c GIT_CONFIG; echo checked")
    await chain.ended(place)
    assert "The first line of the result: 0" in chain.answer(place)
    await chain.ask(COMMIT, place)
    await chain.ended(place, 2)
    assert await co_authors(chain) == []
    assert not (chain.world.root / "state" / "git-hooks").exists()
