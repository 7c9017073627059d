"""Commands that only look: how the bridge is, who works in a project, what fills Claude's context, what differs in the
project, what was decided, and what may be done here."""

import asyncio

from antiphon.actions import inspect
from antiphon.actions.coordination import board
from antiphon.chat.connection.sight import shown_to_all
from antiphon.chat.delivery.components import files_of, view_of
from antiphon.chat.interactions import people
from antiphon.chat.interactions.commands.registration import CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, reply_card, reply_privately
from antiphon.chat.interactions.help import help_pages
from antiphon.chat.render import replies
from antiphon.chat.render.coordination.board import board_spec

_DECISIONS = 40  # the latest ones


class InspectCommands(CommandGroup):
    """They change nothing."""

    @slash("status")
    async def status(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        result = await inspect.status(*self.by(interaction))
        await reply_privately(interaction, replies.status(result), view=view_of(replies.status_spec(result)))

    @slash("board")
    async def board(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        context, caller, at = self.by(interaction)
        found = await board.board(context, caller, at)
        seen = found.seen(lambda one: one.place == at.place or shown_to_all(self.client, one))
        await reply_card(interaction, board_spec([seen]))

    @slash("whoami")
    async def whoami(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        context, caller, at = self.by(interaction)
        await reply_privately(interaction, people.whoami(await inspect.whoami(context, caller, at)))

    @slash("doctor")
    async def doctor(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        for page in replies.doctor(await inspect.doctor(*self.by(interaction))):
            await reply_privately(interaction, page)

    @slash("audit")
    async def audit(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        for page in people.audit_pages(await inspect.audits(*self.by(interaction), _DECISIONS)):
            await reply_privately(interaction, page)

    @slash("context")
    async def context_usage(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        usage = await inspect.context_usage(*self.by(interaction))
        await reply_privately(interaction, replies.context(usage))

    @slash("diff")
    async def diff(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        changes = await inspect.diff(*self.by(interaction))
        report = await asyncio.to_thread(replies.changes, changes)  # secrets are looked for in megabytes
        await reply_privately(interaction, report.content, *await files_of(report.uploads))

    @slash("help")
    async def help(self, interaction: Interaction) -> None:
        await acknowledge(interaction, private=True)
        rights = await inspect.rights(*self.by(interaction))
        for page in help_pages(rights.actions, as_guest=rights.as_guest):
            await reply_privately(interaction, page)
