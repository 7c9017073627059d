"""/help: what the commands do, and what this person may."""

from collections.abc import Iterator

from discord import Client, app_commands

from antiphon.actions import inspect
from antiphon.actions.context import ActionContext
from antiphon.chat.interactions.context import Interaction, acknowledge, origin, reply_privately
from antiphon.chat.render import replies
from antiphon.chat.wording import RIGHTS


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put it on the tree."""

    @tree.command(name="help", description="What the commands do, and what you may do here")
    async def help_(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        rights = inspect.rights(*origin(context, interaction))
        for page in replies.commands(known(tree), [RIGHTS[one] for one in rights]):
            await reply_privately(interaction, page)


def known(tree: app_commands.CommandTree[Client]) -> list[tuple[str, str]]:
    """Every command of the tree, with what it does."""
    return [*sorted(_slash(tree)), *sorted(_menus(tree))]


def _slash(tree: app_commands.CommandTree[Client]) -> Iterator[tuple[str, str]]:
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield f"/{command.qualified_name}", command.description


def _menus(tree: app_commands.CommandTree[Client]) -> Iterator[tuple[str, str]]:
    for menu in tree.get_commands():
        if isinstance(menu, app_commands.ContextMenu):
            yield menu.name, "in the menu of a message, under Apps"
