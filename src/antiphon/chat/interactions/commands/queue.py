"""/queue: a prompt that waits until the turn is over, whatever the project does with a message meanwhile."""

from discord import Client, app_commands

from antiphon.actions import prompts
from antiphon.actions.context import ActionContext, require
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply

_LONGEST = 1500  # characters, so that our answer can say them again


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put it on the tree."""

    @tree.command(name="queue", description="Tell Claude something once it is done with what it does now")
    @app_commands.describe(words="What Claude is told then")
    @app_commands.guild_only()
    async def queue(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, words: app_commands.Range[str, 1, _LONGEST]
    ) -> None:
        by = origin(context, interaction)
        require(*by, "prompt")
        message = await acknowledge(interaction, private=False)
        result = await prompts.queue(*by, prompts.Text(words, message), key_of(interaction))
        await reply(interaction, wording.queued(result, words))
