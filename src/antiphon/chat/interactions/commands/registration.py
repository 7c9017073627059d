"""What the groups of commands have in common: their texts, who asks, and what is offered while somebody types."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from discord import app_commands
from discord.ext import commands

from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.chat.interactions.context import Interaction, know_member, origin
from antiphon.chat.interactions.wording import COMMANDS
from antiphon.errors import AntiphonError

log = logging.getLogger(__name__)

Choice = app_commands.Choice[str]

LIMIT = 2.5  # seconds; Discord waits for 3


class CommandGroup(commands.Cog):
    """Some commands about one matter."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Everybody may ask; who it is, is known afterwards."""
        await know_member(self.context, interaction)
        return True

    def __init__(self, client: commands.Bot, context: ActionContext) -> None:
        self.client = client
        self.context = context

    def by(self, interaction: Interaction) -> tuple[ActionContext, Member, InPlace]:
        """What an action wants to know first; see `origin`."""
        return origin(self.context, interaction)


def slash(name: str, *, in_server: bool = False) -> Callable[[Any], app_commands.Command[Any, ..., Any]]:
    """Makes a method a command; what it and its parameters do says COMMANDS. `in_server`: not in direct
    messages."""
    description, parameters = COMMANDS[name]

    def made(callback: Any) -> app_commands.Command[Any, ..., Any]:
        command = app_commands.command(name=name, description=description)(callback)
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
