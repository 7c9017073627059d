"""Routes of webhooks (D resources/webhook). A token that belongs to an interaction goes to answers.py."""

from __future__ import annotations

import secrets
from typing import Any

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import DiscordError, Form, Json, form_error, refusal
from antiphon.standin.discord.forms.messages import read_draft
from antiphon.standin.discord.payloads.channels import webhook_json
from antiphon.standin.discord.payloads.messages import message_json
from antiphon.standin.discord.permissions import ALL, require, require_in_guild
from antiphon.standin.discord.router import TOKEN, Route
from antiphon.standin.discord.routes import answers
from antiphon.standin.discord.rules.messages import delete, edit, post
from antiphon.standin.discord.rules.moderation import check_links
from antiphon.standin.discord.rules.threads import NewThread, check_tags, start_thread
from antiphon.standin.discord.state import ANNOUNCEMENT, FORUMS, PUBLIC_THREAD, TEXT, VOCAL, Channel, Message, Webhook
from antiphon.standin.discord.wire import Call, Fields, Reply, ids

_FORBIDDEN = ("clyde", "discord")


def _check_name(fields: Fields, name: str, *, required: bool = False) -> str | None:
    text = fields.text(name, 80, shortest=1, required=required)
    for word in _FORBIDDEN:
        if text and word in text.lower():
            message = f'Username cannot contain "{word}"'
            fields.form.add(fields.path(name), "USERNAME_INVALID_CONTAINS", message)
    return text


def create_webhook(backend: Backend, call: Call) -> Json:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.MANAGE_WEBHOOKS)
    if channel.type not in (TEXT, ANNOUNCEMENT, *FORUMS, *VOCAL) or channel.guild_id is None:
        raise refusal(50024)
    form = Form()
    name = _check_name(Fields(call.form(), form), "name", required=True)
    form.finish()
    if sum(1 for w in backend.world.webhooks.values() if w.channel_id == channel.id) >= backend.limits.webhooks:
        raise refusal(30007)
    webhook = Webhook(
        backend.snowflakes.next(), secrets.token_urlsafe(51), channel.id, channel.guild_id, name or "", call.actor.id
    )
    if call.actor.bot:
        webhook.application_id = backend.world.application.id
    backend.world.webhooks[webhook.id] = webhook
    _tell(backend, webhook)
    return webhook_json(backend.world, webhook)


def _tell(backend: Backend, webhook: Webhook) -> None:
    channel = backend.world.channels[webhook.channel_id]
    body = {"guild_id": webhook.guild_id, "channel_id": webhook.channel_id}
    backend.gateway.to_channel(channel, "WEBHOOKS_UPDATE", body)


def list_channel_webhooks(backend: Backend, call: Call) -> list[Json]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.MANAGE_WEBHOOKS)
    return [webhook_json(backend.world, w) for w in backend.world.webhooks.values() if w.channel_id == channel.id]


def list_guild_webhooks(backend: Backend, call: Call) -> list[Json]:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor, permissions.MANAGE_WEBHOOKS)
    return [webhook_json(backend.world, w) for w in backend.world.webhooks.values() if w.guild_id == guild.id]


def _managed(backend: Backend, call: Call) -> Webhook:
    webhook = backend.world.webhook(call.args["webhook"])
    require(backend.world, backend.world.channels[webhook.channel_id], call.actor, permissions.MANAGE_WEBHOOKS)
    return webhook


def _by_token(backend: Backend, call: Call) -> Webhook:
    webhook_id = call.args["webhook"]
    if webhook_id not in backend.world.webhooks:
        if webhook_id in backend.gone_webhooks:
            backend.violation("webhook used again after a 404", f"{call.method} {call.path}")
        backend.gone_webhooks.add(webhook_id)
    webhook = backend.world.webhook(webhook_id)
    if not secrets.compare_digest(webhook.token.encode(), call.args["token"].encode()):
        raise refusal(50027)
    return webhook


def get_webhook(backend: Backend, call: Call) -> Json:
    return webhook_json(backend.world, _managed(backend, call))


def get_webhook_by_token(backend: Backend, call: Call) -> Json:
    return webhook_json(backend.world, _by_token(backend, call), with_user=False)


def _modify(backend: Backend, webhook: Webhook, body: Json) -> None:
    form = Form()
    name = _check_name(Fields(body, form), "name")
    form.finish()
    webhook.name = name or webhook.name
    _tell(backend, webhook)


def modify_webhook(backend: Backend, call: Call) -> Json:
    webhook, body = _managed(backend, call), call.form()
    if body.get("channel_id") is not None:
        target = backend.world.channel(str(body["channel_id"]))
        require(backend.world, target, call.actor, permissions.MANAGE_WEBHOOKS)
        webhook.channel_id = target.id
    _modify(backend, webhook, body)
    return webhook_json(backend.world, webhook)


def modify_webhook_by_token(backend: Backend, call: Call) -> Json:
    webhook = _by_token(backend, call)
    _modify(backend, webhook, call.form())
    return webhook_json(backend.world, webhook, with_user=False)


def _delete(backend: Backend, webhook: Webhook) -> None:
    del backend.world.webhooks[webhook.id]
    _tell(backend, webhook)


def delete_webhook(backend: Backend, call: Call) -> None:
    _delete(backend, _managed(backend, call))


def delete_webhook_by_token(backend: Backend, call: Call) -> None:
    _delete(backend, _by_token(backend, call))


def is_interaction(backend: Backend, call: Call) -> bool:
    return call.args["webhook"] == backend.world.application.id


def execute(backend: Backend, call: Call) -> Reply:
    """Posts as the webhook. Without wait=true the answer is 204, whatever becomes of the message."""
    if is_interaction(backend, call):
        return Reply(200, answers.follow_up(backend, call))
    webhook = _by_token(backend, call)
    try:
        message = _post(backend, webhook, call)
    except DiscordError as refused:
        if call.flag("wait") or refused.code == 50035:
            raise
        backend.violation("webhook message lost without wait=true", str(refused))
        return Reply(204)
    return Reply(200, message_json(backend.world, message)) if call.flag("wait") else Reply(204)


def _post(backend: Backend, webhook: Webhook, call: Call) -> Message:
    body: dict[str, Any] = call.form()
    form = Form()
    fields = Fields(body, form)
    username = _check_name(fields, "username")
    avatar = fields.text("avatar_url", 2048)
    thread_name = fields.text("thread_name", 100, shortest=1)
    tags = ids(fields.items("applied_tags", 5), "applied_tags")
    form.finish()
    draft = read_draft(body, call.uploads, backend.limits)
    if draft.empty:
        raise refusal(50006)
    channel, thread_id = backend.world.channel(webhook.channel_id), call.query.get("thread_id")
    backend.rates.take_hidden("webhook_hidden", channel.id)
    message_id = backend.snowflakes.next()
    if channel.type in FORUMS:
        if not thread_id and not thread_name:
            raise refusal(220001)
        if thread_id and thread_name:
            raise refusal(220002)
        if thread_name:
            check_links(backend, draft.text)
            check_tags(channel, tags, manages=True)  # U: whether a webhook may set moderated tags
            new = NewThread(thread_name, PUBLIC_THREAD, channel.default_auto_archive_duration, applied_tags=tuple(tags))
            channel = start_thread(backend, channel, backend.world.users[webhook.user_id], new, message_id)
    elif thread_name:
        raise refusal(220003)
    if thread_id:
        channel = _thread(backend, webhook, thread_id)
    name = username or webhook.name
    message = Message(message_id, channel.id, webhook.id)
    message.webhook_author = {
        "id": webhook.id,
        "username": name,
        "global_name": None,
        "avatar": None if avatar is None else "0" * 32,
        "discriminator": "0000",
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": True,
    }
    message.application_id = webhook.application_id
    return post(backend, channel, message, draft, ALL)


def _thread(backend: Backend, webhook: Webhook, thread_id: str) -> Channel:
    thread = backend.world.channels.get(thread_id)
    if thread is None or thread.parent_id != webhook.channel_id or not thread.is_thread:
        raise refusal(10003)
    return thread


def _own_message(backend: Backend, call: Call) -> tuple[Channel, Message]:
    webhook = _by_token(backend, call)
    thread_id = call.query.get("thread_id")
    channel = _thread(backend, webhook, thread_id) if thread_id else backend.world.channel(webhook.channel_id)
    message = channel.messages.get(call.args["message"])
    if message is None or message.author != webhook.id:
        raise refusal(10008)
    return channel, message


def get_webhook_message(backend: Backend, call: Call) -> Json:
    if is_interaction(backend, call):
        return answers.get_answer(backend, call)
    return message_json(backend.world, _own_message(backend, call)[1])


def edit_webhook_message(backend: Backend, call: Call) -> Json:
    if is_interaction(backend, call):
        return answers.edit_answer(backend, call)
    channel, message = _own_message(backend, call)
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)
    draft = read_draft(call.form(), call.uploads, backend.limits, edited=message)
    return message_json(backend.world, edit(backend, channel, message, draft))


def delete_webhook_message(backend: Backend, call: Call) -> None:
    if is_interaction(backend, call):
        answers.delete_answer(backend, call)
        return
    delete(backend, *_own_message(backend, call))


def _only_interactions(backend: Backend, call: Call) -> None:
    """@original exists for interactions alone."""
    if not is_interaction(backend, call):
        raise form_error("message_id", "NUMBER_TYPE_COERCE", 'Value "@original" is not snowflake.')


def get_original(backend: Backend, call: Call) -> Json:
    _only_interactions(backend, call)
    return answers.get_answer(backend, call)


def edit_original(backend: Backend, call: Call) -> Json:
    _only_interactions(backend, call)
    return answers.edit_answer(backend, call)


def delete_original(backend: Backend, call: Call) -> None:
    _only_interactions(backend, call)
    answers.delete_answer(backend, call)


_HOOK, _TOKEN = "/webhooks/:webhook", "/webhooks/:webhook/:token"
ROUTES = (
    Route("POST", "/channels/:channel/webhooks", create_webhook),
    Route("GET", "/channels/:channel/webhooks", list_channel_webhooks),
    Route("GET", "/guilds/:guild/webhooks", list_guild_webhooks),
    Route("GET", _HOOK, get_webhook),
    Route("PATCH", _HOOK, modify_webhook),
    Route("DELETE", _HOOK, delete_webhook),
    Route("GET", _TOKEN, get_webhook_by_token, "webhook", TOKEN),
    Route("PATCH", _TOKEN, modify_webhook_by_token, "webhook", TOKEN),
    Route("DELETE", _TOKEN, delete_webhook_by_token, "webhook", TOKEN),
    Route("POST", _TOKEN, execute, "webhook", TOKEN),
    Route("GET", f"{_TOKEN}/messages/@original", get_original, "webhook", TOKEN),
    Route("PATCH", f"{_TOKEN}/messages/@original", edit_original, "webhook", TOKEN),
    Route("DELETE", f"{_TOKEN}/messages/@original", delete_original, "webhook", TOKEN),
    Route("GET", f"{_TOKEN}/messages/:message", get_webhook_message, "webhook", TOKEN),
    Route("PATCH", f"{_TOKEN}/messages/:message", edit_webhook_message, "webhook", TOKEN),
    Route("DELETE", f"{_TOKEN}/messages/:message", delete_webhook_message, "webhook", TOKEN),
)
