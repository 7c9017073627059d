"""/fork and /rewind, and the same from a message's menu: another way on from somewhere in a session.

Going back shows first what it would change; the buttons below do it.
"""

import time

import discord
from discord import Client, app_commands

from antiphon.actions import history, sessions
from antiphon.actions.context import ActionContext
from antiphon.actions.reasons import Refused
from antiphon.chat import wording
from antiphon.chat.interactions.commands.autocomplete import in_time
from antiphon.chat.interactions.context import Interaction, acknowledge, key_of, origin, reply_privately, reply_spec
from antiphon.chat.render.custom_ids import RewindTo
from antiphon.chat.render.session_list import rewind_spec, turn_choices
from antiphon.core.requests import Rewound
from antiphon.core.values import MessageId, TurnId


def add(tree: app_commands.CommandTree[Client], context: ActionContext) -> None:
    """Put them on the tree."""

    @tree.command(name="fork", description="A new thread that knows all of this one, and leaves it as it is")
    @app_commands.describe(prompt="What Claude is to do first there")
    @app_commands.guild_only()
    async def fork(interaction: Interaction, prompt: str = "") -> None:  # pyright: ignore[reportUnusedFunction]
        await _fork(context, interaction, None, prompt.strip())

    @tree.command(name="rewind", description="Take files, conversation or both back to before a turn")
    @app_commands.describe(turn="Before which one; type some of its words")
    @app_commands.guild_only()
    async def rewind(interaction: Interaction, turn: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await _preview(context, interaction, TurnId(turn.strip()))

    @rewind.autocomplete("turn")
    async def choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportUnusedFunction]
        async def find() -> list[tuple[str, str]]:
            return turn_choices(await history.turns(*origin(context, interaction)), typed, time.time())

        return await in_time(find())

    @tree.context_menu(name="Rewind to here")
    @app_commands.guild_only()
    async def rewind_to_here(interaction: Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await _preview(context, interaction, MessageId(message.id))

    @tree.context_menu(name="Fork from here")
    @app_commands.guild_only()
    async def fork_from_here(interaction: Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await _fork(context, interaction, MessageId(message.id), "")


async def rewind_to(context: ActionContext, interaction: Interaction, control: RewindTo) -> None:
    """Go back as the button says."""
    await history.rewind(*origin(context, interaction), control.turn, control.what)
    await interaction.edit_original_response(content=wording.DONE, view=None)


async def _fork(context: ActionContext, interaction: Interaction, before: MessageId | None, prompt: str) -> None:
    await acknowledge(interaction, private=True)
    session = await sessions.fork(*origin(context, interaction), before, prompt, key_of(interaction))
    await reply_privately(interaction, wording.opened(session.place, "" if prompt else wording.WRITE_ON))


async def _preview(context: ActionContext, interaction: Interaction, turn: TurnId | MessageId) -> None:
    """Say what going back would do, with the buttons that do it."""
    await acknowledge(interaction, private=True)
    found = await history.preview_rewind(*origin(context, interaction), turn)

    def shown(effect: Rewound | Refused) -> Rewound | str:
        return wording.refusal(effect.reason) if isinstance(effect, Refused) else effect

    await reply_spec(interaction, rewind_spec(found.turn, shown(found.files), shown(found.conversation)))
