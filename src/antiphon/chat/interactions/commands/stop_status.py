"""/stop and /status."""

from discord import Client, app_commands

from antiphon.actions import inspect, stop
from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply_privately
from antiphon.chat.render import replies


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""

    @tree.command(name="stop", description="Stop what Claude is doing here; the session is kept")
    @app_commands.guild_only()
    async def stop_(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        result = await stop.stop_session(*origin(context, interaction), key_of(interaction))
        await reply_privately(interaction, wording.stopped(result))

    @tree.command(
        name="status", description="What the bridge is doing, and the session here: model, mode, cost, place in line"
    )
    @app_commands.guild_only()
    async def status(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await acknowledge(interaction, private=True)
        result = await inspect.status(*origin(context, interaction))
        await reply_privately(interaction, replies.status(result, interaction.client.latency))
