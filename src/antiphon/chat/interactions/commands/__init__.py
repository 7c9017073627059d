"""The slash commands and message menus. Each module has a group of them and one function `add`.

Each command answers within Discord's 3 s: it defers first, then goes through `Doors.enter`. Everything durable goes
over the bus. Whatever it raises becomes words at one place, here.
"""

from discord import Client, app_commands

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
from antiphon.chat.interactions.context import Doors, Interaction, tell_error

Tree = app_commands.CommandTree[Client]


def add_commands(tree: Tree, doors: Doors) -> None:
    """Put our commands, and the one place where their errors become words, on the tree."""
    for group in (stop_status, queue, settings, skills, reset, sessions, fork_rewind, inspect, budgets, help):
        group.add(tree, doors)
    tree.error(_say)


async def _say(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else "that"
    await tell_error(interaction, cause, f"/{name}")
