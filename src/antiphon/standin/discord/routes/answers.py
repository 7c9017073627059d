"""What an app says to an interaction: the callback, @original and follow-ups (D receiving-and-responding)."""

from __future__ import annotations

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import CODES, DiscordError, Form, Json, refusal
from antiphon.standin.discord.forms.commands import STRING, read_choices
from antiphon.standin.discord.forms.components import read_modal
from antiphon.standin.discord.forms.messages import read_draft
from antiphon.standin.discord.payloads.messages import message_event
from antiphon.standin.discord.payloads.users import user_json
from antiphon.standin.discord.permissions import MANAGE_THREADS, permissions_in
from antiphon.standin.discord.router import PERSON, TOKEN, Route
from antiphon.standin.discord.rules.interactions import (
    AUTOCOMPLETE,
    CHAT_INPUT,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    interact,
    tell_person,
)
from antiphon.standin.discord.rules.messages import delete, edit, post, store
from antiphon.standin.discord.state import EPHEMERAL, LOADING, Channel, Interaction, Message
from antiphon.standin.discord.wire import Call, Fields, Reply, as_object

PONG, SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
_ALLOWED = {
    COMMAND: (SAY, DEFER, MODAL),
    COMPONENT: (SAY, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (SAY, DEFER, DEFER_UPDATE, UPDATE),
}


def respond(backend: Backend, call: Call) -> Reply:
    """The one callback of an interaction, within three seconds."""
    interaction = backend.interactions.get(call.args["interaction"])
    if interaction is None or interaction.token != call.args["token"]:
        raise refusal(10062)
    if interaction.failed:
        late = backend.clock() - interaction.created
        backend.violation("interaction answered too late", f"{late:.1f} s after it was sent", id=interaction.id)
        raise refusal(10062)
    if interaction.state is not None:
        raise refusal(40060)
    body = call.form()
    form = Form()
    kind = Fields(body, form).choice("type", _ALLOWED[interaction.type])
    if kind is None and not form.failed:
        form.add("type", "BASE_TYPE_REQUIRED", "This field is required")
    if kind in (UPDATE, DEFER_UPDATE) and interaction.message is None:
        form.add("type", "BASE_TYPE_CHOICES", "There is no message to update.")
    form.finish()
    data = as_object(body.get("data") or {}, "data")
    message = _carry_out(backend, interaction, kind or 0, data, call)
    interaction.state = kind
    if kind not in (CHOICES, MODAL):
        tell_person(backend, interaction, "INTERACTION_SUCCESS")
    if not call.flag("with_response"):
        return Reply(204)
    return Reply(200, _response(backend, interaction, kind or 0, message))


def _carry_out(backend: Backend, interaction: Interaction, kind: int, data: Json, call: Call) -> Message | None:
    channel = backend.world.channel(interaction.channel_id)
    if kind == CHOICES:
        form = Form()
        option = _focused(interaction.data.get("options", []))
        choices = read_choices(Fields(data, form, "data"), "choices", option.get("type", STRING))
        form.finish()
        tell_person(backend, interaction, "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", choices=choices)
        return None
    if kind == MODAL:
        form = Form()
        modal = read_modal(data, form)
        form.finish()
        interaction.modal = modal
        application = {"id": backend.world.application.id, "name": backend.world.application.name}
        more = modal | {"channel_id": channel.id, "application": application}
        tell_person(backend, interaction, "INTERACTION_MODAL_CREATE", **more)
        return None
    if kind == DEFER_UPDATE:
        interaction.original = interaction.message
        return None
    if kind == UPDATE:
        assert interaction.message is not None
        _check_thread(backend, channel, interaction.message, edited=True)
        draft = read_draft(data, call.uploads, backend.limits, edited=interaction.message)
        interaction.original = edit(backend, channel, interaction.message, draft)
        return interaction.original
    if kind == DEFER:
        flags = data.get("flags")
        hidden = isinstance(flags, int) and bool(flags & EPHEMERAL)
        message = _new_message(backend, interaction, ephemeral=hidden)
        _check_thread(backend, channel, message)
        interaction.deferred = True
        message.flags |= LOADING
        interaction.original = store(backend, channel, message)
        return message
    interaction.original = _say(backend, interaction, data, call)
    return interaction.original


def _check_thread(backend: Backend, channel: Channel, message: Message, *, edited: bool = False) -> None:
    """What a thread that is archived or locked says to an answer. A press there reaches the app in any case.

    In a locked one the app may answer no more than it may write: 403/50083 "Thread is archived", also before the thread
    is archived (discord-api-docs#5517, #6884, #7707). What the asker alone sees is let through (#6884). Assumed: an
    answer takes an archived thread that is not locked out of the archive, as any message does; an edit is refused, as D
    topics/threads has it for all edits there.
    """
    thread = channel.thread
    if thread is None or message.ephemeral_for is not None:
        return
    manages = permissions_in(backend.world, channel, backend.world.bot.id) & MANAGE_THREADS
    if (thread.locked and not manages) or (edited and thread.archived):
        raise DiscordError(403, 50083, CODES[50083][1])


def _focused(options: list[Json]) -> Json:
    for option in options:
        if option.get("focused"):
            return option
        if found := _focused(option.get("options", [])):
            return found
    return {}


def _say(backend: Backend, interaction: Interaction, data: Json, call: Call, *, followup: bool = False) -> Message:
    channel = backend.world.channel(interaction.channel_id)
    draft = read_draft(data, call.uploads, backend.limits, ephemeral_allowed=True)
    if draft.empty:
        raise refusal(50006)
    message = _new_message(backend, interaction, ephemeral=bool(draft.flags & EPHEMERAL), followup=followup)
    _check_thread(backend, channel, message)
    return post(backend, channel, message, draft, permissions_in(backend.world, channel, backend.world.bot.id))


def _new_message(backend: Backend, interaction: Interaction, *, ephemeral: bool, followup: bool = False) -> Message:
    world = backend.world
    message = Message(backend.snowflakes.next(), interaction.channel_id, world.bot.id)
    message.application_id = world.application.id
    about: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": user_json(world.users[interaction.user_id]),
        "authorizing_integration_owners": {"0": interaction.guild_id or "0"},
    }
    source = interaction.message
    if interaction.type == COMMAND:
        about |= {"name": interaction.data["name"], "command_type": interaction.data["type"]}
        message.type = 20 if interaction.data["type"] == CHAT_INPUT else 23
    elif source is not None:
        about["interacted_message_id"] = source.id
    original = interaction.original
    reply_to = original if followup else source if interaction.type == COMPONENT else None
    if followup and original is not None:
        about["original_response_message_id"] = original.id
    if reply_to is not None:
        message.type = 19
        message.reference = {"type": 0, "message_id": reply_to.id, "channel_id": interaction.channel_id}
        if interaction.guild_id is not None:
            message.reference["guild_id"] = interaction.guild_id
    message.interaction = about
    if ephemeral:
        message.flags |= EPHEMERAL
        message.ephemeral_for = interaction.user_id
    interaction.own.add(message.id)
    return message


def _response(backend: Backend, interaction: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.type}
    body: Json = {"interaction": about}
    if message is not None:
        about |= {
            "response_message_id": message.id,
            "response_message_loading": bool(message.flags & LOADING),
            "response_message_ephemeral": message.ephemeral_for is not None,
            "channel_id": interaction.channel_id,
        }
        if interaction.guild_id is not None:
            about["guild_id"] = interaction.guild_id
        body["resource"] = {"type": kind, "message": _shown(backend, message)}
    return body


def _shown(backend: Backend, message: Message) -> Json:
    """Over its token an app reads everything, whatever its intents."""
    body = message_event(backend.world, backend.world.channels[message.channel_id], message, backend.world.bot.id)
    for unsent in ("member", "guild_id", "channel_type"):
        body.pop(unsent, None)
    for mentioned in body["mentions"]:
        mentioned.pop("member", None)
    return body


def find_interaction(backend: Backend, token: str) -> Interaction:
    """By token, for what comes after the callback: expired 401/50027, not answered yet 404/10015."""
    found = next((i for i in backend.interactions.values() if i.token == token), None)
    if found is None:
        raise refusal(50027)
    if backend.clock() - found.created > backend.limits.interaction_token:
        raise refusal(50027)
    if found.state is None:
        raise refusal(10015)
    return found


def follow_up(backend: Backend, call: Call) -> Json:
    interaction = find_interaction(backend, call.args["token"])
    original = interaction.original
    if interaction.deferred and original is not None and original.flags & LOADING:
        # D, "Followup Messages": the first one after a deferred answer edits that answer.
        return _edit(backend, interaction, original, call)
    return _shown(backend, _say(backend, interaction, call.form(), call, followup=True))


def _target(backend: Backend, call: Call) -> tuple[Interaction, Channel, Message]:
    interaction = find_interaction(backend, call.args["token"])
    channel = backend.world.channel(interaction.channel_id)
    wanted = call.args.get("message")
    if wanted is None:
        original = interaction.original
        if original is None or original.id not in channel.messages:
            raise refusal(10008)
        return interaction, channel, original
    own = wanted in interaction.own or (interaction.original is not None and interaction.original.id == wanted)
    if not own or wanted not in channel.messages:
        raise refusal(10008)
    return interaction, channel, channel.messages[wanted]


def get_answer(backend: Backend, call: Call) -> Json:
    return _shown(backend, _target(backend, call)[2])


def edit_answer(backend: Backend, call: Call) -> Json:
    interaction, _, message = _target(backend, call)
    return _edit(backend, interaction, message, call)


def _edit(backend: Backend, interaction: Interaction, message: Message, call: Call) -> Json:
    channel = backend.world.channel(interaction.channel_id)
    _check_thread(backend, channel, message, edited=True)
    draft = read_draft(call.form(), call.uploads, backend.limits, edited=message)
    was_loading = message.flags & LOADING
    if was_loading and draft.empty:
        raise refusal(50006)
    message.flags &= ~LOADING
    edit(backend, channel, message, draft, first=bool(was_loading))
    return _shown(backend, message)


def delete_answer(backend: Backend, call: Call) -> None:
    _, channel, message = _target(backend, call)
    delete(backend, channel, message)


ROUTES = (
    Route("POST", "/interactions", interact, who=PERSON),
    Route("POST", "/interactions/:interaction/:token/callback", respond, "callback", TOKEN),
)
