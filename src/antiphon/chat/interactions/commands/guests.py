"""/invite and /uninvite: whom a session lets in."""

import discord

from antiphon.actions.guests import invite
from antiphon.chat import wording
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.interactions.commands.registration import CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, confirm


class GuestCommands(CommandGroup):
    """The thread is told; whoever asked gets a line of their own."""

    @slash("invite", in_server=True)
    async def invite(self, interaction: Interaction, person: discord.User, answer: bool = False) -> None:
        await acknowledge(interaction, private=True)
        await invite.invite(*self.by(interaction), _invitee(interaction, person, answers=answer))
        await confirm(interaction, wording.DONE)

    @slash("uninvite", in_server=True)
    async def uninvite(self, interaction: Interaction, person: discord.User) -> None:
        await acknowledge(interaction, private=True)
        who = _invitee(interaction, person).person
        await invite.uninvite(*self.by(interaction), who.id, who.name)
        await confirm(interaction, wording.DONE)


def _invitee(interaction: Interaction, user: discord.User | discord.Member, *, answers: bool = False) -> invite.Invitee:
    """With the roles that Discord tells of a member."""
    return invite.Invitee(person(user, owners_of(interaction.client.application)), user.bot, answers)
