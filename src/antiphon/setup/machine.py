"""The steps about this machine and its people: Claude Code, the directory, who may use it."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from antiphon.agent.process.installation import handed_down
from antiphon.core.health import Finding
from antiphon.doctor.claude_checks import ClaudeFacts, claude_facts, claude_findings
from antiphon.doctor.discord_api import DiscordApi
from antiphon.doctor.discord_facts import BotFacts, people_named
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_NOW, _LATER = "now", "later"


async def claude_step(at: SetupContext, command: Path | None) -> None:
    """Claude Code is there; where it is not logged in, somebody may do that now. Without it all else is set up."""
    while True:
        facts = await claude_facts(command, handed_down(at.env))
        found = list(claude_findings(facts, time.time()))
        wrong = [one for one in found if one.grade == "failure"]
        for one in found:
            if one not in wrong:
                at.asker.say(one)
        if not wrong:
            return
        if wrong[0].check != "claude.login":
            at.asker.again(wrong[0])
        elif not await _logs_in(at, facts):
            at.asker.say(Finding("claude.login", "warning", wording.WITHOUT_LOGIN, wrong[0].way_out))
            return


async def _logs_in(at: SetupContext, facts: ClaudeFacts) -> bool:
    """Whether somebody has logged in, or tried to."""
    choices = Choice(_NOW, wording.LOGIN_NOW), Choice(_LATER, wording.LOGIN_LATER)
    if at.asker.ask(Question("login", wording.LOGIN, choices, default=_NOW if at.interactive else "")) == _LATER:
        return False
    at.asker.show("login", wording.LOGGING_IN)
    await log_in(facts.path, handed_down(at.env))
    return True


async def log_in(path: Path, environment: Mapping[str, str], command: str = "login") -> int:
    """Claude Code's own login, in this terminal; its exit code. Takes as long as somebody needs."""
    words = ("setup-token",) if command == "setup-token" else ("auth", "login")
    return await (await asyncio.create_subprocess_exec(str(path), *words, env=environment)).wait()


def directory_step(at: SetupContext) -> Path:
    """Where Claude works: a directory that exists."""
    if (kept := at.progress.directory) and Path(kept).is_dir():
        at.well("project.directory", wording.works_in(Path(kept)))
        return Path(kept)
    while True:
        typed = at.asker.ask(Question("directory", wording.DIRECTORY, default=str(Path.cwd())))
        path = Path(typed.strip()).expanduser().absolute()
        if path.is_dir():
            at.progress.directory = str(path)
            at.save()
            at.well("project.directory", wording.works_in(path))
            return path
        at.asker.wrong(Finding("project.directory", "failure", wording.no_directory(path), wording.NO_DIRECTORY_WAY))


async def people_step(at: SetupContext, api: DiscordApi, bot: BotFacts, server: int) -> tuple[int, ...]:
    """Who may use it besides the application's owners, who always may; () for nobody else."""
    owners = wording.people(list(bot.owners.values()))
    people = at.progress.people
    while people is None:
        typed = at.asker.ask(Question("people", wording.PEOPLE.format(owners=owners), default="-"))
        names = [one.strip().lstrip("@") for one in typed.split(",")]
        people = await _found(at, api, server, [one for one in names if one not in ("", "-")])
    at.progress.people = people
    at.save()
    if not people:
        at.well("project.people", wording.ONLY_OWNERS.format(owners=owners))
    return people


async def _found(at: SetupContext, api: DiscordApi, server: int, names: list[str]) -> tuple[int, ...] | None:
    """Their ids; None: one of them is nobody, as somebody was told."""
    found: dict[int, str] = {}
    for name in names:
        members = await at.online("project.people", lambda name=name: people_named(api, server, name))
        if not members:
            told = wording.NOBODY_NAMED.format(name=name), wording.NOBODY_NAMED_WAY
            at.asker.wrong(Finding("project.people", "failure", *told))
            return None
        chosen = next(iter(members))
        if len(members) > 1:
            choices = tuple(Choice(str(id_), shown) for id_, shown in members.items())
            chosen = int(at.asker.ask(Question("person", wording.WHICH_PERSON.format(name=name), choices)))
        found[chosen] = members[chosen]
    if found:
        at.well("project.people", wording.THESE_PEOPLE.format(people=wording.people(list(found.values()))))
    return tuple(found)
