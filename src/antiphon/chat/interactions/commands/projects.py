"""/project: which projects there are, added and changed while the bridge runs; which one direct messages are about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import discord
from discord import app_commands, ui

from antiphon.actions import settings
from antiphon.actions.context import ActionContext
from antiphon.actions.projects import manage
from antiphon.actions.projects.manage import Wanted
from antiphon.actions.reasons import Refused
from antiphon.chat.connection.members import member_of
from antiphon.chat.inbound.converters import owners_of, person
from antiphon.chat.interactions import wording as texts
from antiphon.chat.interactions.commands.registration import Choice, CommandGroup, group, slash
from antiphon.chat.interactions.context import Interaction, acknowledge, confirm, origin, reply_spec
from antiphon.chat.interactions.controls import chosen, filled, written
from antiphon.chat.render.custom_ids import OnProject, control_id
from antiphon.chat.render.settings.projects import project_spec, projects_spec, removal_spec
from antiphon.core.values import MessageId, PersonId, PlaceId, RoleId

_CHOSEN = "direct_project"  # the client's event, on which MessageListener accepts what was said
_LONGEST, _PATH = 100, 1000  # characters of a choice (Discord's limit), and of a directory
_MOST = 25  # of what can be chosen in a menu (Discord's limit)


class ProjectCommands(CommandGroup):
    """For the eyes of whoever asks."""

    project = group("project")

    @slash("project choose", project)
    async def choose(self, interaction: Interaction, project: app_commands.Range[str, 1, _LONGEST]) -> None:
        await acknowledge(interaction, private=True)
        await _choose(self.context, interaction, project, MessageId(interaction.id))

    @choose.autocomplete("project")
    async def choices(self, interaction: Interaction, typed: str) -> list[Choice]:
        return self.project_choices(interaction, typed)

    @slash("project list", project)
    async def listed(self, interaction: Interaction) -> None:
        found = manage.listed(*self.by(interaction)[:2])
        await acknowledge(interaction, private=True)
        await reply_spec(interaction, projects_spec(found))

    @slash("project add", project)
    async def add(self, interaction: Interaction) -> None:
        manage.listed(*self.by(interaction)[:2])  # nobody fills in a form in vain
        here = interaction.channel if isinstance(interaction.channel, discord.abc.GuildChannel) else None
        await interaction.response.send_modal(_form(OnProject("added", "0", 0), {}, here))

    @slash("project change", project)
    async def change(self, interaction: Interaction, project: app_commands.Range[str, 1, _LONGEST]) -> None:
        found = manage.find(*self.by(interaction)[:2], project)
        await interaction.response.send_modal(_form(OnProject("changed", project, found.version), found.settings))

    @slash("project remove", project)
    async def remove(self, interaction: Interaction, project: app_commands.Range[str, 1, _LONGEST]) -> None:
        found = manage.find(*self.by(interaction)[:2], project)
        await acknowledge(interaction, private=True)
        await reply_spec(interaction, removal_spec(found))

    @change.autocomplete("project")
    async def changeable(self, interaction: Interaction, typed: str) -> list[Choice]:
        return _added(self, interaction, typed)

    @remove.autocomplete("project")
    async def removable(self, interaction: Interaction, typed: str) -> list[Choice]:
        return _added(self, interaction, typed)


def _added(commands: ProjectCommands, interaction: Interaction, typed: str) -> list[Choice]:
    try:
        known = manage.listed(*commands.by(interaction)[:2])
    except Refused:
        return []
    names = [one.name for one in known if one.version is not None and typed.casefold() in one.name.casefold()]
    return [Choice(name=name, value=name) for name in names[:_MOST]]


async def on_project(context: ActionContext, interaction: Interaction, control: OnProject) -> None:
    """What was filled in, or pressed."""
    at, caller, _ = origin(context, interaction)
    match control.what:
        case "added":
            done = await manage.add(at, caller, written(interaction).get("name", ""), _wanted(interaction))
            await reply_spec(interaction, project_spec(done, texts.PROJECT_ADDED))
        case "changed":
            wanted = replace(_wanted(interaction), directory=None)
            done = await manage.change(at, caller, control.project, wanted, control.n)
            await reply_spec(interaction, project_spec(done, texts.PROJECT_CHANGED))
        case "removed":
            await manage.remove(at, caller, control.project)
            await interaction.edit_original_response(content=texts.project_removed(control.project), view=None)


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
    await confirm(interaction, texts.talks_about(found.name))


def _wanted(interaction: Interaction) -> Wanted:
    fields, ids = written(interaction), filled(interaction)
    resolved = cast(Mapping[str, Any], interaction.data or {}).get("resolved", {})
    roles = frozenset(resolved.get("roles", {}))
    people, channels = ids.get("people", ()), ids.get("channels", ())
    return Wanted(
        fields.get("directory"),
        frozenset(PlaceId(int(one)) for one in channels),
        frozenset(PersonId(int(one)) for one in people if one not in roles),
        frozenset(RoleId(int(one)) for one in people if one in roles),
        fields.get("model") or "",
    )


def _form(control: OnProject, known: Mapping[str, Any], here: discord.abc.GuildChannel | None = None) -> ui.Modal:
    """`known`: the settings of one that is there; `here`: where a new one is likely to be."""
    is_new = control.what == "added"
    title = texts.PROJECT_ADD if is_new else texts.project_change(control.project)
    made = ui.Modal(title=title, custom_id=control_id(control) or "")

    def ask(words: str, about: str | None, component: ui.Item[Any]) -> None:
        made.add_item(ui.Label(text=words, description=about, component=component))

    if is_new:
        ask(texts.PROJECT_NAME, None, ui.TextInput(custom_id="name", max_length=manage.LONGEST_NAME))
        ask(texts.PROJECT_DIRECTORY, texts.FULL_PATH, ui.TextInput(custom_id="directory", max_length=_PATH))
    channels = known.get("channels", ()) if here is None else (here.id,)
    chosen_now = _defaults(channels, discord.SelectDefaultValueType.channel)
    ask(
        texts.PROJECT_CHANNELS,
        None,
        ui.ChannelSelect(custom_id="channels", max_values=_MOST, default_values=chosen_now),
    )
    allowed = [
        *_defaults(known.get("people", ()), discord.SelectDefaultValueType.user),
        *_defaults(known.get("roles", ()), discord.SelectDefaultValueType.role),
    ]
    people = ui.MentionableSelect[Any](
        custom_id="people", min_values=0, max_values=_MOST, default_values=allowed, required=False
    )
    ask(texts.PROJECT_PEOPLE, texts.NOBODY_NAMED, people)
    model = ui.TextInput[Any](
        custom_id="model", max_length=_LONGEST, required=False, default=known.get("model") or None
    )
    ask(texts.PROJECT_MODEL, texts.AS_USUAL, model)
    made.stop()
    return made


def _defaults(ids: Iterable[int], kind: discord.SelectDefaultValueType) -> Sequence[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=id_, type=kind) for id_ in list(ids)[:_MOST]]
