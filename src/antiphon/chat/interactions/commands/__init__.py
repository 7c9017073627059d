"""The slash commands and message menus: each module has a group of them.

Each command is acknowledged within Discord's 3 s, calls one action, and shows its result. One whose answer everybody
sees asks first whether the person may, so that a refusal stays private. Whatever it raises becomes text at one place,
here.
"""

from discord import app_commands
from discord.ext import commands

from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.interactions.commands.guests import GuestCommands
from antiphon.chat.interactions.commands.inspect import InspectCommands
from antiphon.chat.interactions.commands.projects import ProjectCommands
from antiphon.chat.interactions.commands.prompts import PromptCommands
from antiphon.chat.interactions.commands.rules import RuleCommands
from antiphon.chat.interactions.commands.schedules import ScheduleCommands
from antiphon.chat.interactions.commands.sessions import SessionCommands
from antiphon.chat.interactions.commands.settings import SettingCommands
from antiphon.chat.interactions.commands.worktrees import WorktreeCommands
from antiphon.chat.interactions.context import Interaction, Unusable, reply_error


def command_groups(client: commands.Bot, context: ActionContext) -> tuple[commands.Cog, ...]:
    """All of them, and what makes text of their errors."""
    groups = (PromptCommands, SettingCommands, RuleCommands, ScheduleCommands, SessionCommands, InspectCommands)
    return (
        CommandErrors(client),
        *(group(client, context) for group in (*groups, WorktreeCommands, GuestCommands, ProjectCommands)),
    )


class CommandErrors(commands.Cog):
    """The one place where errors of commands become text."""

    def __init__(self, client: commands.Bot) -> None:
        self._tree, self._before = client.tree, client.tree.on_error

    async def cog_load(self) -> None:
        """Also of commands that are not on the tree any more."""
        self._before = self._tree.on_error
        self._tree.error(_on_error)

    async def cog_unload(self) -> None:
        """Leave them to the client's owner again."""
        self._tree.error(self._before)


async def _on_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        cause = Unusable(wording.OLD_COMMAND)  # Discord has the commands of an earlier registration
    name = interaction.command.qualified_name if interaction.command else "that"
    await reply_error(interaction, cause, f"/{name}")
