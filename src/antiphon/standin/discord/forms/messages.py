"""A message's body as an app or a person sends it, checked field by field (D resources/message)."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Any

from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.forms.components import TEXT_DISPLAY, read_components, walk
from antiphon.standin.discord.forms.embeds import COUNT, is_empty, read_embeds
from antiphon.standin.discord.forms.polls import PollDraft, read_poll
from antiphon.standin.discord.limits import Limits
from antiphon.standin.discord.state import (
    COMPONENTS_V2,
    EPHEMERAL,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    VOICE_MESSAGE,
    Message,
)
from antiphon.standin.discord.wire import Fields, Upload, as_object, ids, objects

CONTENT = 2000
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | VOICE_MESSAGE | COMPONENTS_V2
MAX_FILES = 10
MAX_COMPONENTS = 40
STICKERS = 3


@dataclass(frozen=True, slots=True)
class Mentions:
    """allowed_mentions; None of it given means that everything in the text counts."""

    parse: frozenset[str]
    users: frozenset[str]
    roles: frozenset[str]
    replied_user: bool

    def user(self, user_id: str) -> bool:
        return "users" in self.parse or user_id in self.users


EVERYTHING = Mentions(frozenset({"users", "roles", "everyone"}), frozenset(), frozenset(), replied_user=True)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is to be. In an edit, `given` names the fields that were there at all."""

    given: frozenset[str]
    content: str
    embeds: list[Json]
    components: list[Json]
    flags: int
    tts: bool
    nonce: str | int | None
    enforce_nonce: bool
    mentions: Mentions
    reference: Json | None
    attachments: list[Json]
    uploads: tuple[Upload, ...]
    stickers: list[str]
    poll: PollDraft | None

    @property
    def text(self) -> str:
        """All that is written: the content, or what text displays have in its place."""
        displays = (part["content"] for part in walk(self.components) if part["type"] == TEXT_DISPLAY)
        return "\n".join((self.content, *displays))

    @property
    def empty(self) -> bool:
        seen = any(not is_empty(embed) for embed in self.embeds)
        return not (self.content or seen or self.components or self.uploads or self.stickers or self.poll)


def read_draft(
    body: Json,
    uploads: tuple[Upload, ...],
    limits: Limits,
    *,
    ephemeral_allowed: bool = False,
    stickers_allowed: bool = False,
    edited: Message | None = None,
) -> Draft:
    """Reads a body; raises 50035 with every wrong field, 30015 or 40005 for files. `edited` is the old state.

    Where stickers are not allowed (webhooks, answers to interactions), they are not read.
    """
    form = Form()
    fields = Fields(body, form)
    flags = (fields.number("flags", 0, (1 << 53) - 1) or 0) & (SETTABLE | (EPHEMERAL if ephemeral_allowed else 0))
    if edited is not None:
        # The V2 flag can be set by an edit but never taken off again (D components/reference).
        flags |= edited.flags & COMPONENTS_V2
    v2 = bool(flags & COMPONENTS_V2)
    draft = Draft(
        given=frozenset(body),
        content=fields.text("content", CONTENT) or "",
        embeds=read_embeds(fields.items("embeds", COUNT), form),
        components=read_components(fields.items("components", MAX_COMPONENTS), form, v2=v2),
        flags=flags,
        tts=bool(fields.boolean("tts")),
        nonce=_nonce(fields),
        enforce_nonce=bool(fields.boolean("enforce_nonce")),
        mentions=_read_mentions(body, form),
        reference=None
        if body.get("message_reference") is None
        else as_object(body["message_reference"], "message_reference"),
        attachments=_read_attachments(body, form),
        uploads=uploads,
        stickers=ids(fields.items("sticker_ids", STICKERS), "sticker_ids") if stickers_allowed else [],
        poll=None if body.get("poll") is None else read_poll(body["poll"], form),
    )
    if v2:
        _refuse_legacy(draft, form, edited)
    form.finish()
    check_uploads(uploads, limits)
    if edited is None and flags & VOICE_MESSAGE:
        _check_voice(draft)
    return draft


def _check_voice(draft: Draft) -> None:
    """One recording with its length and its waveform, and nothing else (D resources/message, "Voice Messages")."""
    if draft.content or draft.embeds or draft.components or draft.stickers or draft.poll:
        raise refusal(50159)
    described = draft.attachments[0] if len(draft.attachments) == 1 else {}
    if len(draft.uploads) != 1 or not _is_audio(draft.uploads[0]):
        raise refusal(50160)
    if "duration_secs" not in described or "waveform" not in described:
        raise refusal(50161)


def _is_audio(upload: Upload) -> bool:
    return (mimetypes.guess_type(upload.filename)[0] or upload.content_type).startswith("audio/")


def check_uploads(uploads: tuple[Upload, ...], limits: Limits) -> None:
    """Ten files of at most 10 MiB each."""
    if len(uploads) > MAX_FILES:
        raise refusal(30015)
    if any(len(upload.data) > limits.file_bytes for upload in uploads):
        raise refusal(40005)


def _nonce(fields: Fields) -> str | int | None:
    value: Any = fields.body.get("nonce")
    fields.text("nonce", 25)
    return value if isinstance(value, (str, int)) else None


def _refuse_legacy(draft: Draft, form: Form, edited: Message | None) -> None:
    """content, embeds, stickers and poll do not go with Components V2, nor do those already in the message."""
    old = edited if edited is not None and not edited.flags & COMPONENTS_V2 else None
    legacy = {
        "content": draft.content or (old and old.content and "content" not in draft.given),
        "embeds": draft.embeds or (old and old.embeds and "embeds" not in draft.given),
        "sticker_ids": draft.stickers,
        "poll": draft.poll,
    }
    for name, found in legacy.items():
        if found:
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.add(name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _read_mentions(body: Json, form: Form) -> Mentions:
    if body.get("allowed_mentions") is None:
        return EVERYTHING
    raw = as_object(body["allowed_mentions"], "allowed_mentions")
    fields = Fields(raw, form, "allowed_mentions")
    parse = {str(item) for item in fields.items("parse", 3)}
    for n, item in enumerate(fields.items("parse", 3)):
        if item not in ("users", "roles", "everyone"):
            message = "Value must be one of ('users', 'roles', 'everyone')."
            form.add(f"allowed_mentions.parse.{n}", "BASE_TYPE_CHOICES", message)
    listed: dict[str, list[str]] = {}
    for name in ("users", "roles"):
        listed[name] = ids(fields.items(name, 100), f"allowed_mentions.{name}")
        if name in parse and listed[name]:
            message = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            form.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    replied = bool(fields.boolean("replied_user"))
    return Mentions(frozenset(parse), frozenset(listed["users"]), frozenset(listed["roles"]), replied_user=replied)


def _read_attachments(body: Json, form: Form) -> list[Json]:
    found = objects(body.get("attachments"), "attachments")
    if len(found) > MAX_FILES:
        raise refusal(30015)
    for n, attachment in enumerate(found):
        fields = Fields(attachment, form, f"attachments.{n}")
        fields.text("filename", 1024)
        fields.text("description", 1024)
        if attachment.get("id") is None:
            form.add(f"attachments.{n}.id", "BASE_TYPE_REQUIRED", "This field is required")
    return found
