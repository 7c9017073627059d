"""What a person does to an app: commands, buttons, menus, modals. From the client's request to the app's event.

D interactions/receiving-and-responding. The client's side (POST /interactions and the INTERACTION_* events) is
not documented by Discord; it is what its own client sends and receives.
"""

from __future__ import annotations

import secrets
from typing import Any, cast

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.forms.components import SELECTS, STRING_SELECT, walk
from antiphon.standin.discord.gateway import encode
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.payloads.messages import message_event, message_json
from antiphon.standin.discord.payloads.users import member_json, role_json, user_json
from antiphon.standin.discord.permissions import permissions_in, require
from antiphon.standin.discord.state import Channel, Interaction, Message
from antiphon.standin.discord.wire import Call, Upload, as_id, as_list, as_object, as_whole, objects

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
CHAT_INPUT, USER_COMMAND, MESSAGE_COMMAND = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
OPTION_USER, OPTION_CHANNEL, OPTION_ROLE, OPTION_MENTIONABLE, OPTION_ATTACHMENT = 6, 7, 8, 9, 11
# Which kinds of thing the values of an option, or of a menu, may name.
_OPTION_KINDS = {6: ("users",), 7: ("channels",), 8: ("roles",), 9: ("users", "roles")}
_MENU_KINDS = {5: ("users",), 6: ("roles",), 7: ("users", "roles"), 8: ("channels",)}


def interact(backend: Backend, call: Call) -> None:
    """POST /interactions, as Discord's client does it: tells the app, and starts the clock of three seconds."""
    body = call.form()
    channel = backend.world.channel(as_id(body.get("channel_id"), "channel_id"))
    require(backend.world, channel, call.actor, 0)
    if str(body.get("application_id")) != backend.world.application.id:
        raise refusal(10002)
    kind = body.get("type")
    interaction = Interaction(
        id=backend.snowflakes.next(),
        token=secrets.token_urlsafe(64),
        type=kind if isinstance(kind, int) else 0,
        user_id=call.actor.id,
        channel_id=channel.id,
        guild_id=channel.guild_id,
        nonce=str(body.get("nonce", "")),
        data={},
        created=backend.clock(),
    )
    data = as_object(body.get("data"), "data")
    if kind in (COMMAND, AUTOCOMPLETE):
        if channel.guild_id is not None:
            require(backend.world, channel, call.actor, permissions.USE_APPLICATION_COMMANDS)
        interaction.data = _command_data(backend, channel, interaction, data, call.uploads)
    elif kind == COMPONENT:
        interaction.message = _clicked(backend, channel, call.actor.id, body)
        interaction.data = _component_data(backend, channel, interaction.message, data)
    elif kind == MODAL_SUBMIT:
        interaction.data = _modal_data(backend, channel, interaction, data, call.uploads)
    else:
        raise form_error("type", "BASE_TYPE_CHOICES", "Value must be one of (2, 3, 4, 5).")
    backend.interactions[interaction.id] = interaction
    tell_person(backend, interaction, "INTERACTION_CREATE")
    payload = interaction_json(backend, channel, interaction)
    backend.gateway.to_user(backend.world.application.bot_id, "INTERACTION_CREATE", payload)
    backend.later(backend.limits.interaction_ack, lambda: _give_up(backend, interaction))
    backend.later(backend.limits.interaction_token * 2, lambda: _forget(backend, interaction))


def _give_up(backend: Backend, interaction: Interaction) -> None:
    """No answer within three seconds: the token is dead and the person reads that the app did not respond."""
    if interaction.state is None:
        interaction.failed = True
        tell_person(backend, interaction, "INTERACTION_FAILURE", reason_code=2)


def _forget(backend: Backend, interaction: Interaction) -> None:
    backend.interactions.pop(interaction.id, None)


def tell_person(backend: Backend, interaction: Interaction, event: str, **more: Any) -> None:
    """One of the client's own INTERACTION_* events, to the one who acted."""
    body = {"id": interaction.id, "nonce": interaction.nonce, **more}
    for session in backend.gateway.sessions.values():
        if session.user.id == interaction.user_id:
            session.dispatch(event, encode(body))


def _command_data(
    backend: Backend, channel: Channel, interaction: Interaction, data: Json, uploads: tuple[Upload, ...]
) -> Json:
    command_id = as_id(data.get("id"), "data.id")
    world = backend.world
    command = world.commands[None].get(command_id) or world.commands.get(channel.guild_id, {}).get(command_id)
    if command is None:
        raise refusal(10063)
    resolved: Json = {}
    found: Json = {"id": command_id, "name": command["name"], "type": command["type"]}
    if "guild_id" in command:
        found["guild_id"] = command["guild_id"]
    if command["type"] == CHAT_INPUT:
        files = _keep_files(backend, channel, data, uploads)
        given = objects(data.get("options"), "data.options")
        complete = interaction.type == COMMAND
        found["options"] = _options(backend, channel, command, given, resolved, files, complete=complete)
    else:
        target = as_id(data.get("target_id"), "data.target_id")
        found["target_id"] = target
        kinds = ("users",) if command["type"] == USER_COMMAND else ("messages",)
        _resolve(backend, channel, kinds, target, resolved)
    if resolved:
        found["resolved"] = resolved
    return found


def _keep_files(backend: Backend, channel: Channel, data: Json, uploads: tuple[Upload, ...]) -> list[Json]:
    described = objects(data.get("attachments"), "data.attachments")
    return backend.files.keep(channel.id, uploads, described, ephemeral=True)


def _options(
    backend: Backend,
    channel: Channel,
    command: Json,
    given: list[Json],
    resolved: Json,
    files: list[Json],
    *,
    complete: bool,
) -> list[Json]:
    """Checks what was typed against the command and resolves what it names. Autocomplete may be incomplete."""
    declared = {option["name"]: option for option in command.get("options", [])}
    found: list[Json] = []
    for entry in given:
        option = declared.get(str(entry.get("name")))
        if option is None:
            raise form_error("data.options", "APPLICATION_COMMAND_INTERACTION_OPTION_INVALID", "Unknown option")
        kind = option["type"]
        if kind in (SUB_COMMAND, SUB_COMMAND_GROUP):
            inner = objects(entry.get("options"), "data.options")
            children = _options(backend, channel, option, inner, resolved, files, complete=complete)
            found.append({"name": option["name"], "type": kind, "options": children})
            continue
        value: Any = entry.get("value")
        if kind == OPTION_ATTACHMENT:
            value = _attachment_option(value, files, resolved)
        elif kind in _OPTION_KINDS:
            value = as_id(value, "data.options.value")
            _resolve(backend, channel, _OPTION_KINDS[kind], value, resolved)
        elif option.get("choices") and complete and value not in [c["value"] for c in option["choices"]]:
            raise form_error("data.options", "APPLICATION_COMMAND_INTERACTION_OPTION_CHOICE_INVALID", "Invalid choice")
        answer: Json = {"name": option["name"], "type": kind, "value": value}
        if entry.get("focused"):
            answer["focused"] = True
        found.append(answer)
    names = {entry["name"] for entry in found}
    missing = [o["name"] for o in declared.values() if o.get("required") and o["name"] not in names]
    if complete and missing:
        message = f'Option "{missing[0]}" is required'
        raise form_error("data.options", "APPLICATION_COMMAND_INTERACTION_OPTION_REQUIRED", message)
    return found


def _attachment_option(value: object, files: list[Json], resolved: Json) -> str:
    index = as_whole(value)
    if index is None or not 0 <= index < len(files):
        raise form_error("data.options", "APPLICATION_COMMAND_INTERACTION_OPTION_INVALID", "Unknown attachment")
    attachment = files[index]
    resolved.setdefault("attachments", {})[attachment["id"]] = attachment
    return attachment["id"]


def _resolve(backend: Backend, channel: Channel, kinds: tuple[str, ...], identity: str, resolved: Json) -> None:
    """Adds what an id stands for; an id that is none of the allowed kinds is 400/50035."""
    world = backend.world
    guild = world.guilds.get(channel.guild_id or "")
    if "users" in kinds and identity in world.users:
        resolved.setdefault("users", {})[identity] = user_json(world.users[identity])
        if guild and (member := guild.members.get(identity)):
            partial = member_json(member) | {"permissions": str(permissions_in(world, channel, identity))}
            for unsent in ("deaf", "mute"):
                del partial[unsent]
            resolved.setdefault("members", {})[identity] = partial
    elif "roles" in kinds and guild and identity in guild.roles:
        resolved.setdefault("roles", {})[identity] = role_json(guild.roles[identity])
    elif "channels" in kinds and identity in world.channels:
        shown = channel_json(world, world.channels[identity])
        shown["permissions"] = str(permissions_in(world, world.channels[identity], world.bot.id))
        resolved.setdefault("channels", {})[identity] = shown
    elif "messages" in kinds and identity in channel.messages:
        resolved.setdefault("messages", {})[identity] = message_json(world, channel.messages[identity])
    else:
        raise form_error("data", "APPLICATION_COMMAND_INTERACTION_OPTION_INVALID", f"{identity} is unknown")


def _clicked(backend: Backend, channel: Channel, user_id: str, body: Json) -> Message:
    message = channel.messages.get(as_id(body.get("message_id"), "message_id"))
    if message is None or message.ephemeral_for not in (None, user_id):
        raise refusal(10008)
    return message


def _component_data(backend: Backend, channel: Channel, message: Message, data: Json) -> Json:
    custom_id = data.get("custom_id")
    component = next((c for c in walk(message.components) if custom_id and c.get("custom_id") == custom_id), None)
    if component is None or component["type"] != data.get("component_type") or component.get("disabled"):
        raise form_error("data.custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    found: Json = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
    if component["type"] in SELECTS:
        resolved: Json = {}
        found["values"] = _values(backend, channel, component, data.get("values"), resolved)
        if resolved:
            found["resolved"] = resolved
    return found


def _values(backend: Backend, channel: Channel, component: Json, raw: object, resolved: Json) -> list[str]:
    """What was chosen in a menu: as many as it allows, each one of its options."""
    values = [str(v) for v in cast(list[Any], raw)] if isinstance(raw, list) else []
    least = component["min_values"] if component.get("required", True) or values else 0
    if not least <= len(values) <= component["max_values"]:
        raise form_error("data.values", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    if component["type"] == STRING_SELECT:
        known = {option["value"] for option in component["options"]}
        if any(value not in known for value in values):
            raise form_error("data.values", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    else:
        for value in values:
            _resolve(backend, channel, _MENU_KINDS[component["type"]], value, resolved)
    return values


def _modal_data(
    backend: Backend, channel: Channel, interaction: Interaction, data: Json, uploads: tuple[Upload, ...]
) -> Json:
    """What was filled in, in the shape of the modal that the app had shown."""
    shown = backend.interactions.get(str(data.get("id")))
    if shown is None or shown.modal is None or shown.user_id != interaction.user_id:
        raise refusal(10062)
    given = {c["custom_id"]: c for c in _flatten(data.get("components")) if c.get("custom_id")}
    interaction.message = shown.message
    resolved: Json = {}
    files = _keep_files(backend, channel, data, uploads)
    filled = [_fill(backend, channel, component, given, resolved, files) for component in shown.modal["components"]]
    found: Json = {"custom_id": shown.modal["custom_id"], "components": filled}
    if resolved:
        found["resolved"] = resolved
    return found


def _flatten(raw: object) -> list[Json]:
    found: list[Json] = []
    for component in objects(raw, "data.components"):
        found.append(component)
        found += _flatten(component.get("components"))
        if component.get("component") is not None:
            found.append(as_object(component["component"], "data.components"))
    return found


def _fill(
    backend: Backend, channel: Channel, component: Json, given: dict[str, Json], resolved: Json, files: list[Json]
) -> Json:
    kind = component["type"]
    filled: Json = {"type": kind, "id": component["id"]}
    if kind == 1:
        filled["components"] = [_fill(backend, channel, c, given, resolved, files) for c in component["components"]]
    elif kind == 18:
        filled["component"] = _fill(backend, channel, component["component"], given, resolved, files)
    elif "custom_id" in component:
        answer = given.get(component["custom_id"], {})
        filled["custom_id"] = component["custom_id"]
        filled |= _answer(backend, channel, component, answer, resolved, files)
    return filled


def _answer(
    backend: Backend, channel: Channel, component: Json, answer: Json, resolved: Json, files: list[Json]
) -> Json:
    kind, path = component["type"], f"data.components.{component['custom_id']}"
    required = component.get("required", True)
    if kind in SELECTS:
        return {"values": _values(backend, channel, component, answer.get("values"), resolved)}
    if kind == 4:
        value = str(answer.get("value") or "")
        least = component.get("min_length", 1 if required else 0) if value or required else 0
        if not max(least, 1 if required else 0) <= len(value) <= component.get("max_length", 4000):
            raise form_error(path, "BASE_TYPE_BAD_LENGTH", "The text does not have an allowed length.")
        return {"value": value}
    if kind == 19:
        values = [_attachment_option(v, files, resolved) for v in as_list(answer.get("values") or [], path)]
        if not (component["min_values"] if required else 0) <= len(values) <= component["max_values"]:
            raise form_error(path, "COMPONENT_VALIDATION_FAILED", "Component validation failed")
        return {"values": values}
    if kind == 22:
        return {"values": [str(v) for v in as_list(answer.get("values") or [], path)]}
    if kind == 21 and required and answer.get("value") is None:
        raise form_error(path, "BASE_TYPE_REQUIRED", "This field is required")
    return {"value": bool(answer.get("value")) if kind == 23 else answer.get("value")}


def interaction_json(backend: Backend, channel: Channel, interaction: Interaction) -> Json:
    """The event that the app receives."""
    world = backend.world
    user = world.users[interaction.user_id]
    bot_bits = permissions_in(world, channel, world.bot.id)
    shown = channel_json(world, channel, world.bot.id) | {"permissions": str(permissions_in(world, channel, user.id))}
    body: Json = {
        "id": interaction.id,
        "application_id": world.application.id,
        "type": interaction.type,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": channel.id,
        "channel": shown,
        "app_permissions": str(bot_bits),
        "locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": channel.guild_id or "0"},
        "context": 0 if channel.guild_id else 1,
        "attachment_size_limit": backend.limits.file_bytes,
    }
    if channel.guild_id is not None:
        guild = world.guilds[channel.guild_id]
        member = member_json(guild.members[user.id], user)
        body |= {
            "guild_id": guild.id,
            "guild": {"id": guild.id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": member | {"permissions": str(permissions_in(world, channel, user.id))},
        }
    else:
        body["user"] = user_json(user)
    if interaction.message is not None:
        body["message"] = message_event(world, channel, interaction.message, world.bot.id)
    return body
