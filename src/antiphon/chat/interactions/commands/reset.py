"""/reset: Claude's conversation begins anew, here or in a whole channel. What was said stays in the threads."""

from uuid import uuid4

import discord
from discord import Client, app_commands

from antiphon.chat.interactions.context import Doors, Interaction
from antiphon.chat.render.format import counted
from antiphon.chat.render.text.escape import plain
from antiphon.core.requests import SwitchConversation
from antiphon.core.values import ClaudeSessionId, PlaceId, Project, Session
from antiphon.errors import Refused

_TOLD = 15  # sessions that are told by name


def add(tree: app_commands.CommandTree[Client], doors: Doors) -> None:
    """Put it on the tree."""

    @tree.command(name="reset", description="Let Claude begin anew here, or in every thread of a channel")
    @app_commands.describe(channel="Every session of this channel, instead of the one here")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def reset(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction, channel: discord.TextChannel | None = None
    ) -> None:
        project = doors.enter(interaction, "configure")
        if not interaction.permissions.manage_messages:
            raise Refused("Only who may manage messages here can do that.")
        if channel is not None and PlaceId(channel.id) not in project.channels:
            raise Refused("That channel does not belong to this project.")
        await interaction.response.defer()
        if channel is None:
            await _anew(doors, interaction, project, await doors.session_here(interaction))
            await interaction.followup.send("Claude begins anew here: it knows nothing of what was said before.")
        else:
            await interaction.followup.send(await _channel(doors, interaction, project, channel.id))


async def _channel(doors: Doors, interaction: Interaction, project: Project, channel: int) -> str:
    """Every session of a channel, one after the other; what became of each that could not be reset."""
    places = {channel, *(thread.id for thread in _threads(interaction, channel))}
    sessions = [one for one in await doors.bus.sessions() if one.origin.channel == channel or one.place in places]
    failed: list[str] = []
    for session in sessions:
        try:
            await _anew(doors, interaction, project, session)
        except Refused as error:
            failed.append(f"- {plain(session.title, 60)}: {error}")
    done = len(sessions) - len(failed)
    left = [f"- and {len(failed) - _TOLD} more"] if len(failed) > _TOLD else []
    head = f"Claude begins anew in {counted(done, 'session')} of <#{channel}>."
    return "\n".join([head, *(["Not in:"] if failed else []), *failed[:_TOLD], *left])[:2000]


def _threads(interaction: Interaction, channel: int) -> list[discord.Thread]:
    found = interaction.guild.get_channel(channel) if interaction.guild is not None else None
    return found.threads if isinstance(found, discord.TextChannel) else []


async def _anew(doors: Doors, interaction: Interaction, project: Project, session: Session) -> None:
    """Another conversation of Claude's for a session. Raises Refused while a turn runs."""
    reply = await doors.ask(project, session, SwitchConversation(ClaudeSessionId(str(uuid4()))))
    await doors.note(interaction, "reset", session, "command", {"was": reply.was})
