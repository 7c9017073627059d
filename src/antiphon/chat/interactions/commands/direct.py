"""/project, and the menu that asks the same: which project somebody's direct messages to the bot are about."""

from dataclasses import replace

from discord import app_commands

from antiphon.actions import settings
from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.connection.members import member_of
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.interactions.commands.registration import Choice, CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, confirm, origin
from antiphon.chat.interactions.controls import chosen
from antiphon.core.values import MessageId, PlaceId

_CHOSEN = "direct_project"  # the client's event, on which MessageListener accepts what was said
_LONGEST = 100  # characters of a choice (Discord's limit)


class DirectCommands(CommandGroup):
    """For the eyes of whoever asks."""

    @slash("project")
    async def project(self, interaction: Interaction, project: app_commands.Range[str, 1, _LONGEST]) -> None:
        await acknowledge(interaction, private=True)
        await _choose(self.context, interaction, project, MessageId(interaction.id))

    @project.autocomplete("project")
    async def projects(self, interaction: Interaction, typed: str) -> list[Choice]:
        return self.project_choices(interaction, typed)


async def pick(context: ActionContext, interaction: Interaction, message: int) -> None:
    """Talk about the project that was chosen in the menu, from `message` on, which is accepted now."""
    name = next(iter(chosen(interaction)), "")
    await _choose(context, interaction, name, MessageId(message - 1))


async def _choose(context: ActionContext, interaction: Interaction, name: str, after: MessageId) -> None:
    by, place = origin(context, interaction), PlaceId(interaction.channel_id or 0)
    project = context.projects.named(name)
    user = interaction.user if project is None else await member_of(interaction.client, project, interaction.user)
    caller = replace(by[1], person=person(user, owners_of(interaction.client.application)))
    direct = place if interaction.guild is None else None
    found = await settings.choose_project(context, caller, direct, name, after)
    interaction.client.dispatch(_CHOSEN, place, found.name, after)
    await confirm(interaction, wording.talks_about(found.name))
