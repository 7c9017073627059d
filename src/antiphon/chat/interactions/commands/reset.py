"""/reset: Claude's conversation begins anew, here or in a whole channel. What was said stays in the threads."""

import discord
from discord import Client, app_commands

from antiphon.actions import reset
from antiphon.actions.context import ActionContext, require
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, Unusable, acknowledge, key_of, origin, reply
from antiphon.core.values import PlaceId


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put it on the tree."""

    @tree.command(name="reset", description="Let Claude begin anew here, or in every thread of a channel")
    @app_commands.describe(channel="Every session of this channel, instead of the one here")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def reset_(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        by, key = origin(context, interaction), key_of(interaction)
        require(*by, "configure")
        if not interaction.permissions.manage_messages:
            raise Unusable(wording.NOT_A_MODERATOR)
        if channel is None:
            await acknowledge(interaction, private=False)
            await reset.reset(*by, key)
            await reply(interaction, wording.RESET)
            return
        place = PlaceId(channel.id)
        reset.require_channel(*by, place)
        await acknowledge(interaction, private=False)
        await reply(interaction, wording.channel_reset(await reset.reset_channel(*by, place, key), place))
