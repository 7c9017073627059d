"""The slash commands and message menus. Each module has a group of them and one function `add`.

Each command is acknowledged within Discord's 3 s, calls one action, and shows its result. One whose answer everybody
sees asks first whether the person may, so that a refusal stays private. Whatever it raises becomes text at one place,
here.
"""

from typing import Any

from discord import AppCommandType, Client, app_commands
from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.chat.interactions.commands import (
    budgets,
    fork_rewind,
    help,
    inspect,
    queue,
    reset,
    sessions,
    settings,
    skills,
    stop_status,
)
from antiphon.chat.interactions.context import Interaction, reply_error

Tree = app_commands.CommandTree[Client]
Command = app_commands.ContextMenu | app_commands.Command[Any, ..., Any] | app_commands.Group


_GROUPS = (stop_status, queue, settings, skills, reset, sessions, fork_rewind, inspect, budgets, help)


class CommandSet(commands.Cog):
    """All of them on one client's tree, and the one place where their errors become text."""

    def __init__(self, client: commands.Bot, context: ActionContext) -> None:
        self._tree, self._context = client.tree, context
        self._before = client.tree.on_error
        self._added: list[Command] = []

    async def cog_load(self) -> None:
        """Put the commands on the tree; Discord hears of them when the tree is synchronized."""
        there = self._tree.get_commands()
        for group in _GROUPS:
            group.add(self._tree, self._context)
        self._added = [one for one in self._tree.get_commands() if one not in there]
        self._before = self._tree.on_error
        self._tree.error(_on_error)

    async def cog_unload(self) -> None:
        """Take them off again."""
        for one in self._added:
            kind = one.type if isinstance(one, app_commands.ContextMenu) else AppCommandType.chat_input
            self._tree.remove_command(one.name, type=kind)
        self._added = []
        self._tree.error(self._before)


async def _on_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else "that"
    await reply_error(interaction, cause, f"/{name}")
