"""Further states of `make screenshots`: sessions at once."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bench.states import LIMIT, Stage, State

WHO = "git -c user.name=Ada -c user.email=ada@example.invalid"
FREE = {"permission_mode": "acceptEdits", "allowed_tools": ["Bash", "Read", "Edit", "Write"]}
WORKS = f"bash: echo 'MIT' > LICENSE && git add LICENSE && {WHO} commit -qm 'Add a licence' && echo draft > NOTES.md"
QUESTION = {
    "question": "To which index?",
    "header": "Index",
    "multiSelect": False,
    "options": [{"label": "Test", "description": "first"}, {"label": "Public", "description": "at once"}],
}
CLAIM = 'call mcp__antiphon__claim {"files": ["hello.py"], "note": "a rewrite"}'


async def at_once(stage: Stage, isolation: str) -> str:
    """Two sessions, one after the other: the place of the second."""
    await stage.restart(project={**FREE, "isolation": isolation})
    await stage.ask("Make the greeting friendlier")
    await stage.shows("Done")
    place = await stage.ask("Add a licence")
    await stage.shows("Done")
    await then(stage, place, WORKS)
    return place


async def then(stage: Stage, place: str, text: str) -> None:
    """One more turn in a place: the thread is named after what was asked first."""
    await stage.ada.say(place, text)
    for page in stage.pages.values():
        await stage.articles(page).filter(has_text="Done in").nth(1).wait_for(timeout=LIMIT * 1000)


async def worktree_started(stage: Stage) -> State:
    await at_once(stage, "worktree")
    await stage.shows("its own working tree")
    yield
    await stage.restart()


async def worktree_page(stage: Stage) -> State:
    await at_once(stage, "worktree")
    await stage.type("/worktree")
    await stage.shows("Have Claude commit")
    yield
    await stage.restart()


async def worktree_loss(stage: Stage) -> State:
    place = await at_once(stage, "worktree")
    await stage.type("/worktree")
    await stage.shows("Have Claude commit")
    await stage.press(place, "Remove")
    await stage.shows("would be lost")
    yield
    await stage.restart()


async def edit_held(stage: Stage) -> State:
    await stage.restart(project=FREE)
    place = await stage.ask("Rewrite the greeting")
    await stage.shows("Done")
    await then(stage, place, CLAIM)
    await stage.ask("edit hello.py")
    await stage.shows("Not written")
    await stage.shows("Done")
    yield
    await stage.restart()


async def at_work(stage: Stage, sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Three sessions: one waits for Ada, one works, one is done; their places."""
    await stage.restart(sections, project={"permission_mode": "default", "allowed_tools": []})
    places = [await stage.ask("Say hello in French", "say: Bonjour!")]
    await stage.shows("Done")
    places.append(await stage.ask("Clean up and release 1.4.0", "bash: git tag v1.4.0"))
    await stage.shows("Claude wants to run")
    places.append(await stage.ask("Explain the release process", "slow 300"))
    await stage.shows("Working")
    return places


@asynccontextmanager
async def at_the_board(stage: Stage) -> AsyncGenerator[None]:
    places = await at_work(stage, {})
    await stage.go_to(stage.general)
    await stage.shows("1 waiting for somebody")
    yield
    await stage.press(places[1], "Deny")
    await stage.press(places[2], "Stop")
    await stage.restart()


async def board(stage: Stage) -> State:
    async with at_the_board(stage):
        yield


async def board_answer(stage: Stage) -> State:
    async with at_the_board(stage):
        await stage.press(stage.general, "Answer")
        await stage.shows("Claude wants to run")
        yield


async def coordination_channel(stage: Stage) -> State:
    channel = str(stage.world.about["channels"]["random"])
    sections = {"coordination": {"channel": int(channel), "board": "off"}}
    places = await at_work(stage, sections)
    await stage.press(places[1], "Allow once")
    await stage.press(places[2], "Stop")
    await stage.shows("Stopped")
    await stage.restart(sections, project=FREE)
    place = await stage.ask("Rewrite the greeting")
    await stage.shows("Done")
    await then(stage, place, CLAIM)
    told = {"text": "The greeting is rewritten: run its tests again."}
    await stage.ada.say(place, f"call mcp__antiphon__post_event {json.dumps(told)}")
    place = await stage.ask("Greet people in German")
    await stage.shows("Done")
    await stage.ada.say(place, "edit hello.py")
    await stage.shows("Not written")
    waiting = await stage.ask("Publish the package")
    await stage.shows("Done")
    await stage.ada.say(waiting, f"call AskUserQuestion {json.dumps({'questions': [QUESTION]})}")
    await stage.shows("To which index?")
    await stage.go_to(channel)
    await stage.shows("waits for")
    yield
    await stage.ada.command(waiting, "stop")
    await stage.restart()


TOGETHER_STATES: Mapping[str, Callable[[Stage], AsyncGenerator[None]]] = {
    "worktree-started": worktree_started,
    "worktree-page": worktree_page,
    "worktree-loss": worktree_loss,
    "edit-held": edit_held,
    "board": board,
    "board-answer": board_answer,
    "coordination-channel": coordination_channel,
}
