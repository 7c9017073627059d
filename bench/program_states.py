"""Further states of `make screenshots`: what a usage limit has ended, and what programs have set off."""

import asyncio
import socket
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from typing import Any

from aiohttp import ClientSession

from antiphon.core.programs.scopes import SCOPES
from antiphon.web import tokens
from bench.states import LIMIT, NOTHING, Stage, State
from bench.terminal import thread_of

HOUR = 3600
RESET = 2 * HOUR + 600
# Claude has come to do something when it meets the limit, which is reset in two hours.
LIMITED = ("Review the last commit", "bash: git show --stat", f"limit {RESET}")
REPORT = "MTIgcGFzc2VkLCAxIGZhaWxlZAo="
TOLD = "Do not release it like that.\nsay: All right: 1.4.0 waits until the test is green."
DEPLOYED = {"title": "Deployed 1.4.0", "link": "https://ci.example.com/builds/7", "color": 0x2DA44E}
TRIGGER = {
    "project": "playground",
    "prompt": "{author} has pushed to {branch}. Bring the documentation up to date.\n"
    "bash: git log --oneline -1\n"
    "say: README.md named an option that is gone. I have taken it out.",
}
FIELDS = {"author": "pusher.name", "branch": "ref"}
TRIGGERS = {"triggers.docs-sync": TRIGGER, "triggers.docs-sync.variables": FIELDS}
PUSH = {"pusher": {"name": "ada"}, "ref": "refs/heads/main"}


async def limited(stage: Stage, after_limit: str, shown: str) -> str:
    """A turn that has met a subscription's usage limit."""
    await stage.restart(project={"after_limit": after_limit}, subscribed=True)
    await stage.go_to(stage.general)
    place = await stage.ask(*LIMITED)
    await stage.shows(shown)
    return place


async def limit_goes_on(stage: Stage) -> State:
    place = await limited(stage, "continue", "goes on at")
    yield
    await stage.press(place, "Stop it")
    await stage.restart()


async def limit_asks(stage: Stage) -> State:
    await limited(stage, "ask", "Continue then")
    yield
    await stage.restart()


async def limit_stopped(stage: Stage) -> State:
    place = await limited(stage, "continue", "goes on at")
    await stage.press(place, "Stop it")
    await stage.shows("does not go on by itself")
    yield
    await stage.restart()


async def limit_switch(stage: Stage) -> State:
    """Where going on by itself is switched off."""
    place = await limited(stage, "continue", "goes on at")
    await stage.type("/status")
    await stage.shows("Never go on by itself")
    yield
    await stage.press(place, "Stop it")  # or `/schedules` would tell of it from now on
    await stage.restart()


@asynccontextmanager
async def calling(stage: Stage, sections: Mapping[str, Any] = NOTHING) -> AsyncGenerator[Callable[..., Any]]:
    """What posts to the bridge's API as the program “ci”."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    state = stage.world.root / "state"
    token = tokens.create(state, "ci", frozenset(SCOPES), None, time.time())
    await stage.restart({"api": {"port": port}, **sections})
    async with asyncio.timeout(LIMIT), ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        while not any("the API listens" in line for line in stage.bridge.lines):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)

        async def post(path: str, body: Any) -> Any:
            async with http.post(f"http://127.0.0.1:{port}/api/{path}", json=body) as answer:
                assert answer.status < 300, await answer.text()
                return await answer.json()

        yield post
    tokens.revoke(state, "ci")
    await stage.restart()


async def notice(stage: Stage) -> State:
    """With all that one can have."""
    await stage.go_to(stage.general)
    text = "All tests are **green**, and the new version is out."
    async with calling(stage) as post:
        await post("v1/notices", {"text": text, **DEPLOYED, "file": {"name": "report.txt", "content": REPORT}})
        await stage.shows("the new version is out")
        yield


async def notice_late(stage: Stage) -> State:
    """One that was due while the bridge was away."""
    await stage.go_to(stage.general)
    async with calling(stage) as post:
        await post("v1/notices", {"text": "The certificate expires in a week.", "at": time.time() + HOUR})
        await stage.bridge.kill()
        with closing(sqlite3.connect(stage.world.root / "state" / "antiphon.db")) as database, database:
            database.execute("UPDATE notice SET due = ? WHERE state = 'waiting'", (time.time() - HOUR,))
        await stage.bridge.start()
        await stage.shows("late")
        yield


async def program_started(stage: Stage) -> State:
    """What the channel shows of a session that a program starts."""
    await stage.go_to(stage.general)
    async with calling(stage) as post:
        await post("v1/sessions", {"prompt": "Run the tests", "title": "Nightly tests"})
        await stage.shows("started a session")
        await thread_of(stage.ada, "Nightly tests")
        yield


async def program_session(stage: Stage) -> State:
    """And its thread, into which the program has written."""
    async with calling(stage) as post:
        made = await post("v1/sessions", {"prompt": "Run the tests", "title": "Tests of 1.4.0"})
        await stage.go_to(await thread_of(stage.ada, "Tests of 1.4.0"))
        await stage.shows("One of the two fails")
        await stage.shows("Done")
        await post(f"v1/sessions/{made['id']}/messages", {"text": TOLD})
        await stage.shows("wrote via the API")
        for page in stage.pages.values():
            await stage.articles(page).filter(has_text="Done in").nth(1).wait_for(timeout=LIMIT * 1000)
        yield


async def trigger_run(stage: Stage) -> State:
    async with calling(stage, TRIGGERS) as post:
        await post("triggers/docs-sync", PUSH)
        await stage.go_to(await thread_of(stage.ada, "docs-sync"))
        await stage.shows("Done in")
        yield


async def trigger_list(stage: Stage) -> State:
    async with calling(stage, TRIGGERS):
        await stage.go_to(stage.general)
        told = {"when": "0 9 * * 1-5", "name": "Nightly tests", "prompt": "Run the tests"}
        await stage.ada.command(stage.general, "schedule", told)
        await stage.press(stage.general, "Start")
        await stage.go_to(await stage.ask("What runs by itself here?", "say: Ask /schedules."))
        await stage.shows("Done")
        await stage.type("/schedules")
        await stage.shows("Look at one")
        yield


LIMIT_STATES: dict[str, Callable[[Stage], State]] = {
    "limit-goes-on": limit_goes_on,
    "limit-asks": limit_asks,
    "limit-stopped": limit_stopped,
    "limit-switch": limit_switch,
}
PROGRAM_STATES: dict[str, Callable[[Stage], State]] = {
    "notice": notice,
    "notice-late": notice_late,
    "program-started": program_started,
    "program-session": program_session,
    "trigger-run": trigger_run,
    "trigger-list": trigger_list,
}
