"""/compact, /clear and /skill: Claude Code's own slash commands as prompts, which wait their turn like any other."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from discord import Client, app_commands

from antiphon.actions import prompts
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, require
from antiphon.actions.reasons import Refused
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply
from antiphon.core.requests import Skill
from antiphon.core.values import Project
from antiphon.errors import AntiphonError

_FRESH = 30.0  # seconds for which a project's skills are not asked for again while somebody types
_IN_TIME = 2.0  # seconds for what is offered while somebody types (Discord waits 3)
_OFFERED = 25  # Discord's limit, as is the length of a choice
_LONGEST = 100
_HINT, _ARGUMENTS = 1000, 1500

Choice = app_commands.Choice[str]


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""
    cache = _SkillCache()

    @tree.command(name="compact", description="Let Claude sum up the conversation, to make room in its context")
    @app_commands.describe(hint="What the summary must keep")
    @app_commands.guild_only()
    async def compact(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, hint: app_commands.Range[str, 1, _HINT] | None = None
    ) -> None:
        by = origin(context, interaction)
        require(*by, "configure")
        message = await acknowledge(interaction, private=False)
        result = await prompts.compact(*by, prompts.Text(hint or "", message), key_of(interaction))
        await reply(interaction, wording.sent(result))

    @tree.command(name="clear", description="Let Claude forget this conversation; the thread stays")
    @app_commands.guild_only()
    async def clear(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        by = origin(context, interaction)
        require(*by, "configure")
        message = await acknowledge(interaction, private=False)
        await reply(interaction, wording.sent(await prompts.clear(*by, message, key_of(interaction))))

    @tree.command(name="skill", description="Let Claude use a skill or a command of this project")
    @app_commands.describe(name="Its name", arguments="What it is told")
    @app_commands.guild_only()
    async def skill(
        interaction: Interaction,
        name: app_commands.Range[str, 1, _LONGEST],
        arguments: app_commands.Range[str, 1, _ARGUMENTS] | None = None,
    ) -> None:
        by = origin(context, interaction)
        require(*by, "prompt")
        message = await acknowledge(interaction, private=False)
        result = await prompts.run_skill(*by, name, prompts.Text(arguments or "", message), key_of(interaction))
        await reply(interaction, wording.sent(result))

    @skill.autocomplete("name")
    async def names(interaction: Interaction, typed: str) -> list[Choice]:  # pyright: ignore[reportUnusedFunction]
        by = origin(context, interaction)
        try:
            project = require(*by, "prompt")
        except Refused:
            return []
        return offered(await cache.skills(by[0], by[1], project), typed)


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
class _SkillCache:
    """The projects' skills, as they were asked for lately."""

    _known: dict[str, tuple[float, Sequence[Skill]]] = field(default_factory=dict[str, tuple[float, Sequence[Skill]]])
    _asking: dict[str, "asyncio.Task[None]"] = field(default_factory=dict[str, "asyncio.Task[None]"])

    async def skills(self, context: ActionContext, caller: Member, project: Project) -> Sequence[Skill]:
        """What is known after at most 2 s; a reply that comes later is there for the next letter."""
        at, skills = self._known.get(project.name, (-_FRESH, ()))
        if time.monotonic() - at < _FRESH:
            return skills
        if project.name not in self._asking:
            asking = asyncio.create_task(self._ask(context, caller, project), name=f"skills of {project.name}")
            asking.add_done_callback(lambda _: self._asking.pop(project.name, None))
            self._asking[project.name] = asking
        await asyncio.wait({self._asking[project.name]}, timeout=_IN_TIME)
        return self._known.get(project.name, (0.0, ()))[1]

    async def _ask(self, context: ActionContext, caller: Member, project: Project) -> None:
        try:
            found = await prompts.skills(context, caller, project)
        except AntiphonError:
            return  # nothing is offered; whoever sends the command anyway is told why
        self._known[project.name] = (time.monotonic(), found)
