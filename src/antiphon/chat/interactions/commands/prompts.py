"""Commands about what Claude does, who sees it, and what it does next. /compact, /clear and /skill are prompts: Claude
Code's own slash commands, which wait their turn like any other."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from antiphon.actions import prompts, stop
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, require
from antiphon.actions.reasons import Refused
from antiphon.actions.terminals import attach
from antiphon.chat import wording
from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions.commands.registration import Choice, CommandGroup, slash
from antiphon.chat.interactions.context import (
    Interaction,
    Unusable,
    acknowledge,
    confirm,
    key_of,
    reply,
    reply_privately,
    require_in_time,
    require_session,
)
from antiphon.chat.render.answer import side_answer
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.text.escape import visible
from antiphon.core.requests import Skill
from antiphon.core.values import PlaceId, Project
from antiphon.errors import AntiphonError

_FRESH = 30.0  # seconds for which a project's skills are not asked for again while somebody types
_IN_TIME = 2.0  # seconds for what is offered while somebody types (Discord waits 3)
_OFFERED = 25  # Discord's limit, as is the length of a choice
_LONGEST = 100
_HINT, _ARGUMENTS = 1000, 1500
_QUEUED = 1500  # so that our answer can say them again


class PromptCommands(CommandGroup):
    """What waits, and what is at work."""

    def __init__(self, client: commands.Bot, context: ActionContext) -> None:
        super().__init__(client, context)
        self._cache = _SkillCache()

    @slash("stop")
    async def stop(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        result = await stop.stop_session(*self.by(interaction), key_of(interaction))
        await confirm(interaction, wording.stopped(result))

    @slash("antiphon")
    async def leave_out(self, interaction: Interaction, show: Literal["off", "on"]) -> None:
        await acknowledge(interaction, private=True)
        out = show == "off"
        changed = await attach.leave_out(*self.by(interaction), out=out)
        await confirm(interaction, wording.left_out(changed, out=out))

    @slash("queue")
    async def queue(self, interaction: Interaction, words: app_commands.Range[str, 1, _QUEUED]) -> None:
        by = self.by(interaction)
        await require_in_time(*by, "prompt")
        await require_session(by[0], by[2], begins=True)
        message = await acknowledge(interaction, private=False)
        await prompts.queue(*by, prompts.Text(words, message, announced=True), key_of(interaction))
        await reply(interaction, wording.queued(words))

    @slash("btw")
    async def side_question(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, _QUEUED],
        where: Literal["for me alone", "in a new thread"] = "for me alone",
    ) -> None:
        await acknowledge(interaction, private=True)
        by, key = self.by(interaction), key_of(interaction)
        if where == "in a new thread" and not _is_public(interaction.channel):
            raise Unusable(wording.NOT_PUBLIC)
        answer = await prompts.ask_aside(*by, question, key)
        if where == "in a new thread":
            try:
                thread = await prompts.open_aside(*by, question, key)
            except Refused as error:
                await reply_privately(interaction, wording.refusal(error.reason))
            else:
                await _post(interaction, thread.place, side_answer("", answer))
                await confirm(interaction, wording.answered_in(thread.place))
                return
        for spec in side_answer(question, answer):
            await reply_privately(interaction, spec.content, *await files_of(spec.uploads))

    @slash("compact")
    async def compact(self, interaction: Interaction, hint: app_commands.Range[str, 1, _HINT] | None = None) -> None:
        by = self.by(interaction)
        require(*by, "configure")
        await require_session(by[0], by[2])
        message = await acknowledge(interaction, private=False)
        result = await prompts.compact(*by, prompts.Text(hint or "", message), key_of(interaction))
        await reply(interaction, wording.sent(result))

    @slash("clear")
    async def clear(self, interaction: Interaction) -> None:
        by = self.by(interaction)
        require(*by, "configure")
        await require_session(by[0], by[2])
        message = await acknowledge(interaction, private=False)
        await reply(interaction, wording.sent(await prompts.clear(*by, message, key_of(interaction))))

    @slash("skill")
    async def skill(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, _LONGEST],
        arguments: app_commands.Range[str, 1, _ARGUMENTS] | None = None,
    ) -> None:
        by = self.by(interaction)
        await require_in_time(*by, "prompt")
        await require_session(by[0], by[2], begins=True)
        message = await acknowledge(interaction, private=False)
        result = await prompts.run_skill(*by, name, prompts.Text(arguments or "", message), key_of(interaction))
        await reply(interaction, wording.sent(result))

    @skill.autocomplete("name")
    async def skills(self, interaction: Interaction, typed: str) -> list[Choice]:
        by = self.by(interaction)
        try:
            project = require(*by, "prompt")
        except Refused:
            return []
        return offered(await self._cache.skills(by[0], by[1], project), typed)


def _is_public(channel: object) -> bool:
    """Whether what is said in a place may be said in a new thread of its channel."""
    if isinstance(channel, discord.Thread):
        return not channel.is_private()
    return isinstance(channel, discord.TextChannel)


async def _post(interaction: Interaction, place: PlaceId, specs: Sequence[MessageSpec]) -> None:
    channel = interaction.client.get_partial_messageable(place)
    for spec in specs:
        files = await files_of(spec.uploads)
        await channel.send(spec.content, files=files, silent=True, suppress_embeds=True)


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
    label = visible(f"{words}: {description}" if description else words)
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
