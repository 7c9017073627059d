"""/new, /sessions, /resume, /sync, /resume-info, /reset, /fork and /rewind, and the last two from a message's menu: how
sessions begin, go on, branch and go back.

Going back shows first what it would change; the buttons below do it.
"""

import asyncio
import time
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from antiphon.actions import history, reset, sessions
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.actions.reasons import Refused
from antiphon.chat import wording
from antiphon.chat.connection.endpoint import FAILURES
from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions import context as discord_context
from antiphon.chat.interactions.commands.registration import Choice, CommandGroup, in_time, slash
from antiphon.chat.interactions.context import (
    Interaction,
    acknowledge,
    confirm,
    key_of,
    origin,
    reply_privately,
    reply_spec,
)
from antiphon.chat.interactions.controls import chosen
from antiphon.chat.render import session_list
from antiphon.chat.render.custom_ids import OriginFilter, Page, RewindTo, Since, Sync
from antiphon.chat.render.message import MessageSpec
from antiphon.core.requests import Rewound
from antiphon.core.values import MessageId, PlaceId, Project, TurnId

_MOST_DAYS = 365
_LOOK = 2.0  # seconds between two looks at how many sessions are still to come
_SHOWN = 600.0  # seconds for which that is shown; Discord lets an answer be edited for 15 minutes


class _ChannelOption(app_commands.Transformer):
    """A channel in which sessions can be. Media channels are missing: Discord's OpenAPI document does not have them as
    a type of channel."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        kind = discord.ChannelType
        return [kind.text, kind.news, kind.voice, kind.stage_voice, kind.forum]

    async def transform(self, _: Interaction, value: Any, /) -> app_commands.AppCommandChannel:
        return value


_Channel = app_commands.Transform[app_commands.AppCommandChannel, _ChannelOption]


class SessionCommands(CommandGroup):
    """Those that are there already may be of Discord or of a terminal."""

    def __init__(self, client: commands.Bot, context: ActionContext) -> None:
        super().__init__(client, context)
        self._menus = (
            app_commands.ContextMenu(name=wording.REWIND_TO_HERE, callback=self._rewind_to_here),
            app_commands.ContextMenu(name=wording.FORK_FROM_HERE, callback=self._fork_from_here),
        )

    async def cog_load(self) -> None:
        """A cog has no menus of its own."""
        for menu in self._menus:
            self.client.tree.add_command(app_commands.guild_only()(menu))

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self.client.tree.remove_command(menu.name, type=menu.type)

    @slash("new")
    async def new(self, interaction: Interaction, prompt: str = "", project: str = "") -> None:
        await acknowledge(interaction, private=True)
        text = prompt.strip()
        session = await sessions.start(*_anywhere(self.context, interaction), project, text, key_of(interaction))
        await confirm(interaction, wording.opened(session.place, "" if text else wording.WRITE_PROMPT))

    @slash("sessions")
    async def list_sessions(
        self,
        interaction: Interaction,
        origin: OriginFilter = "all",
        project: str = "",
        since: Since = "all",
    ) -> None:
        await acknowledge(interaction, private=True)
        found = sessions.choose_project(*_anywhere(self.context, interaction), project)
        spec = await _page(self.context, interaction, found, Page(0, origin, since, found.name))
        await reply_spec(interaction, spec)

    @new.autocomplete("project")
    @list_sessions.autocomplete("project")
    async def project_names(self, interaction: Interaction, typed: str) -> list[Choice]:
        return self.project_choices(interaction, typed)

    @slash("resume")
    async def resume(self, interaction: Interaction, session: str) -> None:
        await acknowledge(interaction, private=True)
        result = await sessions.resume(*self.by(interaction), session.strip(), key_of(interaction))
        await confirm(interaction, wording.resumed(result))

    @resume.autocomplete("session")
    async def sessions_to_resume(self, interaction: Interaction, typed: str) -> list[Choice]:
        async def find() -> list[tuple[str, str]]:
            by = self.by(interaction)
            found = await sessions.list_sessions(by[0], by[1], require(*by, "prompt"))
            return session_list.session_choices(found, typed, time.time())

        return await in_time(find())

    @slash("sync")
    async def sync(
        self,
        interaction: Interaction,
        days: app_commands.Range[int, 1, _MOST_DAYS] = 7,
        origin: OriginFilter = "all",
    ) -> None:
        await acknowledge(interaction, private=True)
        by, now = self.by(interaction), time.time()
        project = require(*by, "prompt")
        control = Sync("pick", days, origin, project.name)
        found = await sessions.without_place(by[0], by[1], project)
        rows, coming = session_list.since_days(found, control, now), await sessions.coming(by[0], by[1], project)
        await reply_spec(interaction, session_list.sync_spec(rows, coming, control, now))

    @slash("resume-info")
    async def resume_info(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        result = await sessions.terminal_command(*self.by(interaction))
        await reply_privately(interaction, wording.terminal_command(result))

    @slash("reset")
    @app_commands.default_permissions(manage_messages=True)
    async def reset(self, interaction: Interaction, channel: _Channel | None = None) -> None:
        by, key = self.by(interaction), key_of(interaction)
        require(*by, "configure")
        if interaction.guild is not None and not interaction.permissions.manage_messages:
            raise discord_context.Unusable(wording.NOT_A_MODERATOR)
        if channel is None:
            await acknowledge(interaction, private=False)
            await reset.reset(*by, key)
            await discord_context.reply(interaction, wording.RESET)
            return
        place = PlaceId(channel.id)
        reset.require_channel(*by, place)
        await acknowledge(interaction, private=False)
        text = wording.channel_reset(await reset.reset_channel(*by, place, key), place)
        await discord_context.reply(interaction, text)

    @slash("fork")
    async def fork(self, interaction: Interaction, prompt: str = "") -> None:
        await self._fork(interaction, None, prompt.strip())

    async def _fork_from_here(self, interaction: Interaction, message: discord.Message) -> None:
        await self._fork(interaction, MessageId(message.id), "")

    async def _fork(self, interaction: Interaction, before: MessageId | None, prompt: str) -> None:
        await acknowledge(interaction, private=True)
        session = await sessions.fork(*self.by(interaction), before, prompt, key_of(interaction))
        await confirm(interaction, wording.forked(session.place, prompted=bool(prompt)))

    @slash("rewind")
    async def rewind(self, interaction: Interaction, turn: str) -> None:
        await self._preview(interaction, TurnId(turn.strip()))

    @rewind.autocomplete("turn")
    async def turns(self, interaction: Interaction, typed: str) -> list[Choice]:
        async def find() -> list[tuple[str, str]]:
            return session_list.turn_choices(await history.turns(*self.by(interaction)), typed, time.time())

        return await in_time(find())

    async def _rewind_to_here(self, interaction: Interaction, message: discord.Message) -> None:
        await self._preview(interaction, MessageId(message.id))

    async def _preview(self, interaction: Interaction, turn: TurnId | MessageId) -> None:
        """Say what going back would do, with the buttons that do it."""
        await acknowledge(interaction, private=True)
        found = await history.preview_rewind(*self.by(interaction), turn)

        def shown(effect: Rewound | Refused) -> Rewound | str:
            return wording.refusal(effect.reason) if isinstance(effect, Refused) else effect

        spec = session_list.rewind_spec(found.turn, shown(found.files), shown(found.conversation))
        await reply_spec(interaction, spec)


async def rewind_to(context: ActionContext, interaction: Interaction, control: RewindTo) -> None:
    """Go back as the button says."""
    await history.rewind(*origin(context, interaction), control.turn, control.what)
    try:
        await interaction.edit_original_response(content=wording.DONE, view=None)
    except FAILURES:
        await confirm(interaction, wording.DONE)


async def bring(context: ActionContext, interaction: Interaction, control: Sync) -> None:
    """Bring sessions into threads, and show in the list's message how far that is."""
    by, now = origin(context, interaction), time.time()
    project = sessions.choose_project(*by, control.project)
    picked = chosen(interaction)
    if control.what == "all":
        found = await sessions.without_place(by[0], by[1], project)
        picked = [row.claude for row in session_list.since_days(found, control, now)]
    count, left = await sessions.bring(*by, project, picked), -1
    while left != 0 and time.time() < now + _SHOWN:
        before, left = left, min(count, await sessions.coming(by[0], by[1], project))
        if left != before:
            text = session_list.progress(count - left, count)
            await interaction.edit_original_response(content=text, view=None)
        await asyncio.sleep(_LOOK if left else 0.0)


async def turn_page(context: ActionContext, interaction: Interaction, control: Page) -> None:
    """Show another page of a list, in its message. A list may stand anywhere: whose it is, its project says."""
    project = sessions.choose_project(*_anywhere(context, interaction), control.project)
    spec = await _page(context, interaction, project, control)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


async def try_out(context: ActionContext, interaction: Interaction) -> None:
    """Start a session with an example of a prompt."""
    by = origin(context, interaction)
    session = await sessions.start(*by, "", wording.EXAMPLE_PROMPT, key_of(interaction))
    await confirm(interaction, wording.opened(session.place))


def _anywhere(context: ActionContext, interaction: Interaction) -> tuple[ActionContext, Member, InPlace | None]:
    """The same as `origin`; a direct message is no place of a project's, and of roles it tells nothing."""
    bound, caller, at = origin(context, interaction)
    return bound, caller, None if interaction.guild_id is None else at


async def _page(context: ActionContext, interaction: Interaction, project: Project, at: Page) -> MessageSpec:
    found = await sessions.list_sessions(*origin(context, interaction)[:2], project)
    return session_list.page_spec(session_list.wanted(found, at.origin, at.since, time.time()), at)
