"""A person at a Discord client: acts by REST with a user token, sees what the gateway shows.

Used by the demo, the tests and the bench.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from aiohttp import FormData

from antiphon.standin.client import Client, Refused
from antiphon.standin.client_shapes import Json, filled, given, walk

__all__ = ["OUTCOMES", "Outcome", "Person", "Refused"]

OUTCOMES: Mapping[str, Literal["success", "failure", "modal", "choices"]] = {
    "INTERACTION_SUCCESS": "success",
    "INTERACTION_FAILURE": "failure",
    "INTERACTION_MODAL_CREATE": "modal",
    "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": "choices",
}
_VOICE = 1 << 13  # message flag
_ANSWER_SECONDS = 5.0  # a little more than the three seconds after which the client hears of a failure


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command, a press or a submit; `data` is the modal, or {"choices": [...]}."""

    kind: Literal["success", "failure", "modal", "choices"]
    id: str
    data: Json


class Person(Client):
    """What somebody does at a client, beside what it shows: messages, reactions, threads, commands, presses."""

    # Messages and places

    async def say(
        self,
        channel_id: str,
        content: str = "",
        *,
        files: Sequence[tuple[str, bytes]] = (),
        reply_to: Json | None = None,
        nonce: str | None = None,
        stickers: Sequence[str] = (),
    ) -> Json:
        """Posts a message; `files` are names and bytes, `stickers` their ids."""
        body: Json = {"content": content, "nonce": nonce or str(next(self._nonces))}
        if stickers:
            body["sticker_ids"] = list(stickers)
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to["id"], "channel_id": reply_to["channel_id"]}
        return await self._request("POST", f"/channels/{channel_id}/messages", body, files)

    async def speak(self, channel_id: str, recording: bytes, seconds: float = 1.0, waveform: bytes = bytes(1)) -> Json:
        """Posts a voice message (Ogg), as the client of a phone does; `waveform`: its loudness, at most 256 points."""
        name = "voice-message.ogg"
        shape = base64.b64encode(waveform).decode()
        about = {"id": "0", "filename": name, "duration_secs": seconds, "waveform": shape}
        body: Json = {"flags": _VOICE, "attachments": [about], "nonce": str(next(self._nonces))}
        return await self._request("POST", f"/channels/{channel_id}/messages", body, [(name, recording)])

    async def forward(self, message: Json, channel_id: str) -> Json:
        """Forwards a message: its words arrive as a snapshot, nothing can be added to them."""
        reference = {"type": 1, "message_id": message["id"], "channel_id": message["channel_id"]}
        body: Json = {"message_reference": reference, "nonce": str(next(self._nonces))}
        return await self.request("POST", f"/channels/{channel_id}/messages", body)

    async def ask_poll(
        self, channel_id: str, question: str, answers: Sequence[str], *, hours: int = 24, multiple: bool = False
    ) -> Json:
        """Posts a poll."""
        media = [{"poll_media": {"text": text}} for text in answers]
        poll = {"question": {"text": question}, "answers": media, "duration": hours, "allow_multiselect": multiple}
        body: Json = {"poll": poll, "nonce": str(next(self._nonces))}
        return await self.request("POST", f"/channels/{channel_id}/messages", body)

    async def vote(self, message: Json, *answers: int) -> None:
        """Votes for these answers of a poll, by number from 1, and no others; with none, takes the vote back."""
        path = f"/channels/{message['channel_id']}/polls/{message['id']}"
        await self.request("PUT", f"{path}/answers/@me", {"answer_ids": [str(one) for one in answers]})

    async def end_poll(self, message: Json) -> Json:
        """Ends one's own poll before its time."""
        return await self.request("POST", f"/channels/{message['channel_id']}/polls/{message['id']}/expire")

    async def add_sticker(self, name: str, picture: bytes, tags: str = "sticker") -> Json:
        """A new sticker of the guild (PNG or GIF), for somebody who may."""
        form = FormData({"name": name, "tags": tags, "description": ""})
        form.add_field("file", picture, filename="sticker", content_type="application/octet-stream")
        return await self._send("POST", f"/guilds/{next(iter(self.guilds))}/stickers", data=form)

    async def time_out(self, user_id: str, until: datetime | None) -> None:
        """Silences a member until a time (with its offset), for somebody who may; None ends it."""
        shown = None if until is None else until.isoformat()
        body = {"communication_disabled_until": shown}
        await self.request("PATCH", f"/guilds/{next(iter(self.guilds))}/members/{user_id}", body)

    async def block_words(self, *keywords: str, explanation: str = "") -> Json:
        """A rule of automatic moderation that blocks messages with these words, for somebody who may."""
        body = {
            "name": "blocked words",
            "enabled": True,
            "event_type": 1,
            "trigger_type": 1,
            "trigger_metadata": {"keyword_filter": list(keywords)},
            "actions": [{"type": 1, "metadata": {"custom_message": explanation} if explanation else {}}],
        }
        return await self.request("POST", f"/guilds/{next(iter(self.guilds))}/auto-moderation/rules", body)

    async def edit(self, message: Json, content: str) -> Json:
        return await self.request("PATCH", _path(message), {"content": content})

    async def delete(self, message: Json) -> None:
        await self.request("DELETE", _path(message))

    async def react(self, message: Json, emoji: str) -> None:
        await self.request("PUT", f"{_path(message)}/reactions/{quote(emoji)}/@me")

    async def unreact(self, message: Json, emoji: str) -> None:
        await self.request("DELETE", f"{_path(message)}/reactions/{quote(emoji)}/@me")

    async def history(self, channel_id: str, limit: int = 100) -> list[Json]:
        """The channel by REST, oldest first."""
        found: list[Json] = await self.request("GET", f"/channels/{channel_id}/messages?limit={limit}")
        return found[::-1]

    async def start_thread(self, channel_id: str, name: str, message: Json | None = None) -> Json:
        """A public thread, from a message or alone."""
        if message is not None:
            return await self.request("POST", f"{_path(message)}/threads", {"name": name})
        return await self.request("POST", f"/channels/{channel_id}/threads", {"name": name, "type": 11})

    async def create_channel(self, name: str, kind: int = 0, **more: Any) -> Json:
        """A new channel of the guild, for somebody who may; `kind` is Discord's number, `more` its other fields."""
        guild = next(iter(self.guilds))
        made: Json = await self.request("POST", f"/guilds/{guild}/channels", {"name": name, "type": kind, **more})
        await self.until(lambda person: made["id"] in person.channels)
        return made

    async def open_post(
        self,
        forum_id: str,
        name: str,
        content: str = "",
        *,
        files: Sequence[tuple[str, bytes]] = (),
        tags: Sequence[str] = (),
    ) -> Json:
        """Opens a post in a forum: the thread, with its first message as `message`. `tags` are names of the forum's."""
        message = {"content": content, "attachments": [{"id": n, "filename": f} for n, (f, _) in enumerate(files)]}
        body: Json = {"name": name, "message": message, "applied_tags": await self._tag_ids(forum_id, tags)}
        return await self._request("POST", f"/channels/{forum_id}/threads", body, files)

    async def tag(self, post: Json, tags: Sequence[str]) -> Json:
        """Gives a post exactly these of its forum's tags, by name."""
        body = {"applied_tags": await self._tag_ids(post["parent_id"], tags)}
        return await self.request("PATCH", f"/channels/{post['id']}", body)

    async def _tag_ids(self, forum_id: str, names: Sequence[str]) -> list[str]:
        tags: list[Json] = (await self.request("GET", f"/channels/{forum_id}"))["available_tags"] if names else []
        known = {tag["name"]: tag["id"] for tag in tags}
        return [known[name] for name in names]

    async def take_invitation(self, link: str, permissions: int | None = None) -> None:
        """Lets an app into one's server by its invitation; `permissions`: what is left in of those that it asks for."""
        query = parse_qs(urlsplit(link).query)
        told = {name: query[name][0] for name in ("client_id", "scope", "permissions") if name in query}
        asked = told.get("permissions", "0") if permissions is None else str(permissions)
        body = {"guild_id": next(iter(self.guilds)), "permissions": asked, "authorize": True}
        await self.request("POST", f"/oauth2/authorize?{urlencode(told)}", body)

    async def open_dm(self, user_id: str) -> Json:
        return await self.request("POST", "/users/@me/channels", {"recipients": [user_id]})

    async def fetch(self, attachment: Json) -> bytes:
        """The bytes of an attachment."""
        assert self._session is not None
        async with self._session.get(attachment["url"]) as response:
            if response.status != 200:
                raise Refused(response.status, await response.text())
            return await response.read()

    # Interactions

    async def command(
        self,
        channel_id: str,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        target: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Outcome:
        """Runs a command: "status", "schedule add", or a context menu's name with the `target`'s id.

        An attachment option's value is the number of one of `files`.
        """
        data = await self._command_data(channel_id, name, options or {})
        if target is not None:
            data["target_id"] = target
        return await self._interact(channel_id, {"type": 2, "data": data}, files)

    async def autocomplete(
        self, channel_id: str, name: str, option: str, text: str, options: Mapping[str, Any] | None = None
    ) -> list[Json]:
        """The choices offered while `text` is typed into an option."""
        data = await self._command_data(channel_id, name, {**(options or {}), option: text}, focused=option)
        outcome = await self._interact(channel_id, {"type": 4, "data": data})
        return outcome.data.get("choices", [])

    async def click(self, message: Json, custom_id: str) -> Outcome:
        return await self._component(message, {"component_type": 2, "custom_id": custom_id})

    async def select(self, message: Json, custom_id: str, values: Sequence[str]) -> Outcome:
        current = self.message(message) or message
        component = next((c for c in walk(current["components"]) if c.get("custom_id") == custom_id), {"type": 3})
        data = {"component_type": component["type"], "custom_id": custom_id, "values": list(values)}
        return await self._component(message, data)

    async def submit_modal(
        self, modal: Outcome, values: Mapping[str, Any], *, files: Sequence[tuple[str, bytes]] = ()
    ) -> Outcome:
        """Fills in a modal that an interaction opened: custom_id to text, or to a list of values, and sends it."""
        components = [filled(component, values) for component in modal.data["components"]]
        data = {"id": modal.id, "custom_id": modal.data["custom_id"], "components": components}
        return await self._interact(modal.data["channel_id"], {"type": 5, "data": data}, files)

    async def _component(self, message: Json, data: Json) -> Outcome:
        body = {"type": 3, "message_id": message["id"], "message_flags": message.get("flags", 0), "data": data}
        return await self._interact(message["channel_id"], body)

    async def _interact(self, channel_id: str, body: Json, files: Sequence[tuple[str, bytes]] = ()) -> Outcome:
        nonce = str(next(self._nonces))
        channel = self.channels.get(channel_id, {})
        ready = self.event("READY")
        body |= {
            "application_id": ready["application"]["id"],
            "channel_id": channel_id,
            "guild_id": channel.get("guild_id"),
            "session_id": ready["session_id"],
            "nonce": nonce,
        }
        start = len(self.events)
        await self._request("POST", "/interactions", body, files)

        def answer(person: Person) -> Outcome | None:
            for name, data in person.events[start:]:
                if name in OUTCOMES and data.get("nonce") == nonce:
                    return Outcome(OUTCOMES[name], data.get("id", ""), data)
            return None

        found = await self.until(answer, _ANSWER_SECONDS)
        assert found is not None
        return found

    async def _command_data(
        self, channel_id: str, name: str, options: Mapping[str, Any], focused: str | None = None
    ) -> Json:
        index = await self.request("GET", f"/channels/{channel_id}/application-command-index")
        commands = cast(list[Json], index["application_commands"])
        command = next((c for c in commands if c["name"] == name), None)
        words: list[str] = []
        if command is None:
            first, *words = name.split()
            command = next((c for c in commands if c["name"] == first), None)
        if command is None:
            raise LookupError(f"No command {name!r} among {[c['name'] for c in commands]}")
        data = {key: command[key] for key in ("id", "name", "type", "version")}
        return data | {"options": given(command, words, options, focused)}


def _path(message: Json) -> str:
    return f"/channels/{message['channel_id']}/messages/{message['id']}"
