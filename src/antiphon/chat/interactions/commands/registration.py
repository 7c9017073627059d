"""What the groups of commands have in common: their texts, who asks, and what is offered while somebody types."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from discord import app_commands
from discord.ext import commands

from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.sessions import project_names
from antiphon.chat.interactions.context import Interaction, know_member, origin
from antiphon.chat.interactions.wording import COMMANDS, GROUPS
from antiphon.chat.render.session_list import CHOICES
from antiphon.errors import AntiphonError

log = logging.getLogger(__name__)

Choice = app_commands.Choice[str]

LIMIT = 2.5  # seconds; Discord waits for 3
_LONGEST = 100  # characters of a choice (Discord's limit)


class CommandGroup(commands.Cog):
    """Some commands about one matter."""

    def __init__(self, client: commands.Bot, context: ActionContext) -> None:
        self.client = client
        self.context = context

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Everybody may ask; who it is, is known afterwards."""
        await know_member(self.context, interaction)
        return True

    def by(self, interaction: Interaction) -> tuple[ActionContext, Member, InPlace]:
        """What an action wants to know first; see `origin`."""
        return origin(self.context, interaction)

    def project_choices(self, interaction: Interaction, typed: str) -> list[Choice]:
        """The projects in which somebody may prompt, as choices."""
        mine = project_names(*self.by(interaction)[:2])
        found = [name for name in mine if typed.casefold() in name.casefold()]
        return [Choice(name=name[:_LONGEST], value=name) for name in found[:CHOICES]]


def group(name: str) -> app_commands.Group:
    """Several commands below one name."""
    return app_commands.Group(name=name, description=GROUPS[name])


def slash(
    name: str, within: app_commands.Group | None = None, *, in_server: bool = False
) -> Callable[[Any], app_commands.Command[Any, ..., Any]]:
    """Makes a method a command; what it and its parameters do says COMMANDS. `in_server`: not in direct
    messages."""
    description, parameters = COMMANDS[name]

    def made(callback: Any) -> app_commands.Command[Any, ..., Any]:
        makes = app_commands.command if within is None else within.command
        command = makes(name=name.split()[-1], description=description)(callback)
        app_commands.describe(**parameters)(command)
        return app_commands.guild_only()(command) if in_server else command

    return made


async def in_time(finding: Coroutine[Any, Any, list[tuple[str, str]]]) -> list[Choice]:
    """Labels and values as choices, in time whatever happens: none, where something does."""
    task = asyncio.create_task(finding, name="choices")
    await asyncio.wait({task}, timeout=LIMIT)
    if not task.done():
        task.cancel()  # not waited for: what it tidies up may take longer than Discord waits
        return []
    try:
        return [Choice(name=label, value=value) for label, value in task.result()]
    except AntiphonError as error:
        log.info("no choices: %s", error)
        return []
