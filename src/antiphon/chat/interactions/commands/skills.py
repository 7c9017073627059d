"""/compact, /clear and /skill: Claude Code's own slash commands as prompts, which wait their turn like any other."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction
from antiphon.chat.render.text.escape import code
from antiphon.core.records import Audit
from antiphon.core.requests import ListSkills, Skill
from antiphon.core.values import Asker, MessageId, PersonId, Project, Prompt, Session, turn_of
from antiphon.errors import AntiphonError, Refused

_FRESH = 30.0  # seconds for which a project's skills are not asked for again while somebody types
_PATIENCE = 2.0  # seconds for what is offered while somebody types (Discord waits 3)
_OFFERED = 25  # Discord's limit, as is the length of a choice
_LONGEST = 100
_HINT, _ARGUMENTS = 1000, 1500

Choice = app_commands.Choice[str]


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put them on the tree."""
    shelf = _Shelf(doors)

    @tree.command(name="compact", description="Let Claude sum up the conversation, to make room in its context")
    @app_commands.describe(hint="What the summary must keep")
    @app_commands.guild_only()
    async def compact(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, hint: app_commands.Range[str, 1, _HINT] | None = None
    ) -> None:
        doors.enter(interaction, "configure")
        message = await _begun(interaction)
        session = await doors.session_here(interaction)
        await _say(doors, interaction, session, _Words(f"/compact {hint or ''}".strip(), message))

    @tree.command(name="clear", description="Let Claude forget this conversation; the thread stays")
    @app_commands.guild_only()
    async def clear(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        doors.enter(interaction, "configure")
        message = await _begun(interaction)
        session = await doors.session_here(interaction)
        audit = doors.audit(interaction, "reset", session, "command", {"how": "clear", "was": session.claude})
        await _say(doors, interaction, session, _Words("/clear", message), audit)

    @tree.command(name="skill", description="Let Claude use a skill or a command of this project")
    @app_commands.describe(name="Its name", arguments="What it is told")
    @app_commands.guild_only()
    async def skill(
        interaction: Interaction,
        name: app_commands.Range[str, 1, _LONGEST],
        arguments: app_commands.Range[str, 1, _ARGUMENTS] | None = None,
    ) -> None:
        project = doors.enter(interaction, "prompt")
        await _use(doors, interaction, project, name, arguments)

    @skill.autocomplete("name")
    async def names(interaction: Interaction, typed: str) -> list[Choice]:  # pyright: ignore[reportUnusedFunction]
        try:
            project = doors.enter(interaction, "prompt")
        except Refused:
            return []
        return offered(await shelf.skills(project), typed)


def offered(skills: Sequence[Skill], typed: str) -> list[Choice]:
    """The skills whose name or description has what was typed; names that begin with it come first."""
    typed = typed.strip().removeprefix("/").lower()
    found = [one for one in skills if typed in f"{one.name} {one.description}".lower()]
    found.sort(key=lambda one: (not one.name.lower().startswith(typed), one.name))
    fitting = [one for one in found if len(one.name) <= _LONGEST]
    return [Choice(name=_label(one), value=one.name) for one in fitting[:_OFFERED]]


def _label(skill: Skill) -> str:
    words = " ".join(f"{skill.name} {skill.hint}".split())
    description = " ".join(skill.description.split())
    label = f"{words}: {description}" if description else words
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


@dataclass(slots=True)
class _Shelf:
    """The projects' skills, as they were asked for lately."""

    doors: Doors
    _known: dict[str, tuple[float, Sequence[Skill]]] = field(default_factory=dict[str, tuple[float, Sequence[Skill]]])
    _asking: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def skills(self, project: Project) -> Sequence[Skill]:
        """What is known after at most 2 s; a reply that comes later is there for the next letter."""
        at, skills = self._known.get(project.name, (-_FRESH, ()))
        if time.monotonic() - at < _FRESH:
            return skills
        if project.name not in self._asking:
            asking = asyncio.create_task(self._ask(project), name=f"skills of {project.name}")
            asking.add_done_callback(lambda _: self._asking.pop(project.name, None))
            self._asking[project.name] = asking
        await asyncio.wait({self._asking[project.name]}, timeout=_PATIENCE)
        return self._known.get(project.name, (0.0, ()))[1]

    async def _ask(self, project: Project) -> None:
        try:
            reply = await self.doors.ask(project, None, ListSkills())
        except AntiphonError:
            return  # nothing is offered; whoever sends the command anyway is told why
        self._known[project.name] = (time.monotonic(), reply.skills)


async def _use(doors: Doors, interaction: Interaction, project: Project, name: str, arguments: str | None) -> None:
    wanted = name.strip().removeprefix("/")
    message = await _begun(interaction)
    session = await doors.session_here(interaction)
    skills = (await doors.ask(project, None, ListSkills())).skills
    if wanted not in {one.name for one in skills}:  # Claude would be told the slash as mere words
        raise Refused(f"This project has no skill or command called {code(wanted, _LONGEST)}.")
    await _say(doors, interaction, session, _Words(f"/{wanted} {arguments or ''}".strip(), message))


async def _begun(interaction: Interaction) -> MessageId | None:
    """Defer, for everybody to see; the message that will be our answer."""
    response = await interaction.response.defer()
    return None if response is None or response.message_id is None else MessageId(response.message_id)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a command says to Claude. `message`: our answer to the command, on which the turn's marks stand."""

    text: str
    message: MessageId | None


async def _say(
    doors: Doors, interaction: Interaction, session: Session, words: _Words, audit: Audit | None = None
) -> None:
    """Say it in the session. It never answers what Claude asks: a command is no answer."""
    user = interaction.user
    asker = Asker(user.display_name, PersonId(user.id))
    prompt = Prompt(turn_of(MessageId(interaction.id)), words.text, asker, words.message, 0)
    waits = await doors.bus.running(session.id)
    await doors.call(interaction, session, prompt, audit=audit)
    later = "\n-# It waits until Claude is done with what it does." if waits else ""
    await interaction.followup.send(f"{code(words.text, _ARGUMENTS)}{later}")
