"""/help: what the commands do, and what this person may."""

from collections.abc import Iterator, Mapping

from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction, tell
from antiphon.chat.render import replies
from antiphon.core.access import Action
from antiphon.errors import Refused

_ACTIONS: Mapping[Action, str] = {
    "prompt": "prompt",
    "answer": "answer what Claude asks",
    "stop": "stop",
    "configure": "change sessions",
    "administer": "raise budgets",
}


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put it on the tree."""

    @tree.command(name="help", description="What the commands do, and what you may do here")
    async def help_(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=True)
        for page in replies.commands(known(tree), [*_may(doors, interaction)]):
            await tell(interaction, page)


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


def _may(doors: Doors, interaction: Interaction) -> Iterator[str]:
    for action, words in _ACTIONS.items():
        try:
            doors.enter(interaction, action)
        except Refused:
            continue
        yield words
