"""The slash commands and message menus. Each module has a group of them and one function `add`.

Each command is acknowledged within Discord's 3 s, calls one action, and shows its result. One whose answer everybody
sees asks first whether the person may, so that a refusal stays private. Whatever it raises becomes text at one place,
here.
"""

from discord import Client, app_commands

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


def add_commands(tree: Tree, context: ActionContext) -> None:
    """Put our commands, and the one place where their errors become text, on the tree."""
    for group in (stop_status, queue, settings, skills, reset, sessions, fork_rewind, inspect, budgets, help):
        group.add(tree, context)
    tree.error(_on_error)


async def _on_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else "that"
    await reply_error(interaction, cause, f"/{name}")
