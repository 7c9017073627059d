"""Direct messages: which project they are about."""

from dataclasses import replace

from antiphon.actions.context import ActionContext, project_named
from antiphon.actions.reasons import Condition, Refused
from antiphon.chat import wording
from antiphon.chat.connection.members import member_of
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.interactions.context import Interaction, confirm, origin
from antiphon.chat.interactions.controls import chosen
from antiphon.core.values import MessageId, PlaceId

CHOSEN = "direct_project"  # the client's event: a place's project is chosen, and what was said there may be accepted


async def pick(context: ActionContext, interaction: Interaction, message: MessageId) -> None:
    """Talk about the project that was chosen in the menu, from `message` on, which is accepted now."""
    names = chosen(interaction)
    if not names:
        raise Refused(Condition.NO_PROJECT)
    await choose(context, interaction, names[0], MessageId(message - 1))


async def choose(context: ActionContext, interaction: Interaction, name: str, after: MessageId) -> None:
    """Talk about this project in these direct messages, from what was said after that message on."""
    by, place = origin(context, interaction), PlaceId(interaction.channel_id or 0)
    project = context.projects.named(name)
    user = interaction.user if project is None else await member_of(interaction.client, project, interaction.user)
    caller = replace(by[1], person=person(user, owners_of(interaction.client.application)))
    project = project_named(context, caller, name, "prompt")
    if interaction.guild is not None:
        raise Refused(Condition.ONLY_DIRECTLY)
    await context.bus.choose_project(place, project.name, after)
    context.projects.direct[place] = project.name
    interaction.client.dispatch(CHOSEN, place)
    await confirm(interaction, wording.talks_about(project.name))
