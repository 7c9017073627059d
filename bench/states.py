"""Every state in which a person can meet Antiphon, each brought about through the whole chain, for pictures and texts.

A state is a generator: it yields once it is there, and tidies up when it goes on.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin.client_shapes import walk
from antiphon.standin.person import Person
from bench.terminal import Home, Terminal, attach, terminal, thread_of

NOTHING: Mapping[str, Any] = MappingProxyType({})
LIMIT = 60.0  # seconds for a state to be there
LONG_COMMAND = (
    "bash: find build dist -name '*.pyc' -delete && python3 -m build --wheel --outdir dist . && "
    "for one in dist/*.whl; do python3 -m zipfile -l $one | grep -c py; sha256sum $one; done && "
    "git tag -a v1.4.0 -m 'Release 1.4.0' && git push origin main --follow-tags && "
    "scp dist/*.whl releases@files.example.com:/srv/wheels/ && ssh releases@files.example.com 'rm -rf /srv/wheels/old'"
)


@dataclass
class Stage:
    """Ada at two screens, a phone and a desk. `configure`: writes the configuration with further sections, and the
    project with other values. `bridge_of`: another bridge, whose Claude Code has a subscription or none."""

    world: World
    ada: Person
    general: str
    pages: dict[str, Page]
    bridge: BridgeProcess
    configure: Callable[..., None]
    bridge_of: Callable[[bool], BridgeProcess]

    async def ask(self, title: str, *lines: str) -> str:
        """Ask in the channel, and go to the thread."""
        message = await self.ada.say(self.general, "\n".join((title, *lines)))
        await self.ada.until(lambda _: message["id"] in self.ada.channels, LIMIT)
        await self.go_to(message["id"])
        return str(message["id"])

    async def go_to(self, place: str) -> None:
        for page in self.pages.values():
            await page.evaluate("place => { location.hash = place }", place)

    async def shows(self, text: str | re.Pattern[str]) -> None:
        """Wait until both screens show it."""
        for page in self.pages.values():
            try:
                await self.articles(page).filter(has_text=text).last.wait_for(timeout=LIMIT * 1000)
            except PlaywrightError as error:
                shown = "\n\n".join(await self.articles(page).all_inner_texts())
                raise AssertionError(f"{text!r} is not to be seen in\n{shown}") from error

    async def press(self, place: str, label: str) -> None:
        """Press the latest button of that name in a place."""

        def found(_: Person) -> tuple[Any, str] | None:
            for message in reversed(self.ada.messages(place)):
                for part in walk(message.get("components", [])):
                    if str(part.get("label", "")).startswith(label) and not part.get("disabled"):
                        return message, str(part["custom_id"])
            return None

        message, custom_id = await self.ada.until(found, LIMIT) or ({}, "")
        await self.ada.click(message, custom_id)

    async def stop(self, place: str) -> None:
        await self.ada.command(place, "stop")
        await self.shows("Stopped")

    def articles(self, page: Page) -> Locator:
        return page.get_by_role("article")

    async def type(self, text: str) -> None:
        """A command typed on the phone, whose answer only Ada sees."""
        page = self.pages["phone"]
        await page.locator(".composer textarea:visible").fill(text)
        await page.get_by_role("option").filter(has_text=text).first.wait_for()
        await page.keyboard.press("Enter")  # takes the suggestion
        await page.keyboard.press("Enter")

    async def restart(
        self,
        sections: Mapping[str, Mapping[str, Any]] = NOTHING,
        project: Mapping[str, Any] = NOTHING,
        *,
        subscribed: bool = False,
    ) -> None:
        """The bridge, with other sections in its configuration, and other values of the project."""
        await self.bridge.stop()
        with closing(sqlite3.connect(self.world.root / "state" / "antiphon.db")) as database, database:
            database.execute("DELETE FROM identify")  # so many starts in a row would wait for each other
        self.configure(sections, **project)
        self.bridge = self.bridge_of(subscribed)
        await self.bridge.start()


State = AsyncGenerator[None]


def over(*lines: str, end: str = "Done") -> Callable[[Stage], State]:
    """A turn that has ended."""

    async def state(stage: Stage) -> State:
        await stage.ask(*lines)
        await stage.shows(end)
        yield

    return state


async def first_page(stage: Stage) -> State:
    await stage.go_to(stage.general)
    yield


async def working(stage: Stage) -> State:
    place = await stage.ask("Run the build")
    await stage.shows("▸ Bash")
    yield
    await stage.stop(place)


async def answering(stage: Stage) -> State:
    place = await stage.ask("Explain the release process", "stream 6000 40")
    await stage.shows("Writing")
    await stage.shows("w40")
    yield
    await stage.stop(place)


async def permission(stage: Stage) -> State:
    place = await stage.ask("Clean up and release 1.4.0", LONG_COMMAND)
    await stage.shows("Claude wants to run a command")
    yield
    await stage.press(place, "Deny")
    await stage.shows("Done")


async def permission_edit(stage: Stage) -> State:
    place = await stage.ask("Greet people in German", "edit hello.py")
    await stage.shows("Claude wants to change")
    yield
    await stage.press(place, "Deny")
    await stage.shows("Done")


async def permission_new_file(stage: Stage) -> State:
    place = await stage.ask("Write a USAGE.md")
    await stage.shows("Claude wants to write")
    yield
    await stage.press(place, "Allow once")
    await stage.shows("Done")


async def permission_web(stage: Stage) -> State:
    web = 'call WebFetch {"url": "https://example.com", "prompt": "What is this page about?"}'
    place = await stage.ask("What does example.com say?", web)
    await stage.shows("Claude wants to read")
    yield
    await stage.press(place, "Deny")
    await stage.shows("Done")


async def always_allowed(stage: Stage) -> State:
    await stage.go_to(stage.general)
    place = await stage.ask("Start a file for notes", "bash: touch notes.txt")
    await stage.press(place, "Always allow")
    await stage.shows("Undo")
    await stage.shows("Done")
    yield


async def rules(stage: Stage) -> State:
    place = await stage.ask("Which rules hold here?", "say: Ask /rules.")
    await stage.shows("Done")
    await stage.go_to(place)
    await stage.type("/rules")
    await stage.shows("without asking")
    yield


async def allowed(stage: Stage) -> State:
    place = await stage.ask("Tag the release", "bash: git tag v1.4.0", "sleep 40")
    await stage.press(place, "Allow once")
    await stage.shows("Allowed by")
    await stage.shows("▸ Bash")
    yield
    await stage.stop(place)


async def denied(stage: Stage) -> State:
    place = await stage.ask("Remove the old branches", "bash: git branch -D old")
    await stage.press(place, "Deny")
    await stage.shows("Done")
    yield


async def questions(stage: Stage) -> State:
    place = await stage.ask("Add a goodbye, but ask me for the tone")
    await stage.shows("Claude has a question")
    yield
    await stage.stop(place)


async def several_questions(stage: Stage) -> State:
    place = await stage.ask("Add a database", "ask 2")
    await stage.shows("Claude has 2 questions")
    yield
    await stage.stop(place)


async def plan(stage: Stage) -> State:
    place = await stage.ask("Plan how to add a --name option")
    await stage.shows("Claude has a plan")
    yield
    await stage.stop(place)


async def plan_approved(stage: Stage) -> State:
    place = await stage.ask("Plan the next release", "plan")
    await stage.press(place, "Start, ask before edits")
    await stage.shows("Done")
    yield


async def steering(stage: Stage) -> State:
    place = await stage.ask("Run the build")
    await stage.shows("▸ Bash")
    await stage.ada.say(place, "Tell me the size of the result, too")
    await stage.shows("Claude will read your message")
    yield
    await stage.stop(place)


async def queued(stage: Stage) -> State:
    place = await stage.ask("Update the dependencies", "sleep 60")
    await stage.shows("▸ Bash")
    await stage.ada.command(place, "queue", {"words": "Then write the changelog"})
    await stage.ada.command(place, "queue", {"words": "Then open a pull request"})
    await stage.shows("Then open a pull request · ada")
    yield
    await stage.stop(place)
    await stage.stop(place)


async def queue_over(stage: Stage) -> State:
    """Each answer below what it answers."""
    place = await stage.ask("Count the lines", "sleep 3", "say: There are 412 lines.")
    await stage.shows("▸ Bash")
    await stage.ada.command(place, "queue", {"words": "And the files?\nsay: There are 9 files."})
    for page in stage.pages.values():
        await stage.articles(page).filter(has_text="Done in").nth(1).wait_for(timeout=LIMIT * 1000)
    yield


async def stopped(stage: Stage) -> State:
    place = await stage.ask("Rebuild everything", "sleep 60")
    await stage.shows("▸ Bash")
    await stage.press(place, "Stop")
    await stage.shows("Stopped")
    yield


async def interrupted(stage: Stage) -> State:
    await stage.ask("Migrate the database", "sleep 60")
    await stage.shows("▸ Bash")
    await stage.bridge.kill()
    await stage.bridge.start()
    await stage.shows("Interrupted")
    yield


async def sub_agent(stage: Stage) -> State:
    place = await stage.ask("Look into the flaky test", "agent: bash: python3 -c 'import time; time.sleep(40)'")
    await stage.shows("still running")
    yield
    await stage.ada.command(place, "stop")


async def help_page(stage: Stage) -> State:
    place = await stage.ask("Hello", "say: Hello Ada. What can I do for you?")
    await stage.shows("Done")
    await stage.go_to(place)
    await stage.type("/help")
    await stage.shows("See what is going on")
    yield


async def status_page(stage: Stage) -> State:
    place = await stage.ask("Good morning", "say: Good morning!")
    await stage.shows("Done")
    await stage.go_to(place)
    await stage.type("/status")
    await stage.shows("working,")
    yield


async def held_back(stage: Stage) -> State:
    place = await stage.ask("Keep an eye on the deployment", "say: Will do.")
    await stage.shows("Done")
    await stage.bridge.stop()
    await stage.ada.say(place, "Is it through?")
    await asyncio.sleep(2.5)
    await stage.bridge.start()
    await stage.shows("Written while I was offline")
    yield
    await stage.press(place, "Remove")


async def budget(stage: Stage) -> State:
    place = await stage.ask("Hi", "say: Hello again.")
    await stage.shows("Done")
    await stage.restart({"projects.playground.budgets": {"thread": 0.05}})
    await stage.ada.say(place, "One more thing\nsay: Done.")
    await stage.shows("A budget is used up")
    yield
    await stage.press(place, "Not now")
    await stage.restart()


@asynccontextmanager
async def in_terminal(stage: Stage, prompt: str) -> AsyncGenerator[Terminal]:
    """A session in an attached terminal in which that was typed, and its thread on both screens."""
    home = Home(stage.world).create(allowed=("Bash(python3:*)",))
    await attach(stage.world)
    await stage.restart()
    async with terminal(stage.world, home) as claude:
        await claude.type(prompt)
        await stage.go_to(await thread_of(stage.ada, prompt))
        yield claude


async def terminal_session(stage: Stage) -> State:
    """Typed at the terminal, then from the phone."""
    async with in_terminal(stage, "What is this project?"):
        await stage.shows("Done")
        await stage.ada.say(await thread_of(stage.ada, "What is this project?"), "Run the tests")
        await stage.shows("One of the two fails")
        await stage.shows("1 tool")
        yield


async def terminal_request(stage: Stage) -> State:
    async with in_terminal(stage, "Write a USAGE.md"):
        await stage.shows("Claude wants to write")
        yield


async def terminal_closed(stage: Stage) -> State:
    async with in_terminal(stage, "Send me hello.py") as claude:
        await stage.shows("Done")
        await claude.type("/exit")
        await stage.shows("Closed in its terminal")
        yield


async def schedule(stage: Stage) -> State:
    """What is made, with its next runs, and what may be done about it."""
    place = await stage.ask("Are the tests green?", "say: Yes, all of them.")
    await stage.shows("Done")
    told = {"when": "0 9 * * 1-5", "zone": "Europe/Berlin", "name": "Nightly tests", "prompt": "Run the tests"}
    await stage.ada.command(place, "schedule", told)
    await stage.shows("Press Start")
    yield


async def schedule_run(stage: Stage) -> State:
    """One of its runs."""
    await stage.go_to(stage.general)
    await stage.ada.command(
        stage.general, "schedule", {"when": "in 2s", "name": "Morning check", "prompt": "Run the tests"}
    )
    await stage.shows("Morning check")
    await stage.press(stage.general, "Start")
    await stage.go_to(await thread_of(stage.ada, "Morning check"))
    await stage.shows("One of the two fails")
    await stage.shows("1 tool")
    yield


STATES: dict[str, Callable[[Stage], State]] = {
    "first-page": first_page,
    "working": working,
    "answering": answering,
    "done": over("What is this project?"),
    "thinking": over("Why does the test fail?"),
    "permission": permission,
    "permission-edit": permission_edit,
    "permission-new-file": permission_new_file,
    "permission-web": permission_web,
    "always-allowed": always_allowed,
    "rules": rules,
    "allowed": allowed,
    "denied": denied,
    "questions": questions,
    "several-questions": several_questions,
    "plan": plan,
    "plan-approved": plan_approved,
    "steering": steering,
    "queued": queued,
    "queue-over": queue_over,
    "failed": over("Show me an API error", end="Failed"),
    "failed-tool": over("Run the tests"),
    "stopped": stopped,
    "interrupted": interrupted,
    "limited": over("Review the last commit", "error 429", end="Limit reached"),
    "table-as-list": over("Compare ways to publish it, in a table"),
    "sub-agent": sub_agent,
    "file-sent": over("Send me hello.py"),
    "terminal-session": terminal_session,
    "terminal-request": terminal_request,
    "terminal-closed": terminal_closed,
    "schedule": schedule,
    "schedule-run": schedule_run,
    "help-page": help_page,
    "status-page": status_page,
    "held-back": held_back,
    "budget": budget,
}
