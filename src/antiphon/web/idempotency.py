"""A POST with an Idempotency-Key is done once: whoever repeats it gets the first answer.

What it does is done under a name that is made of the token and the key, so that it is not done again where the bridge
was killed between doing and answering.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from weakref import WeakValueDictionary

from antiphon.core.programs.api_store import ApiStore
from antiphon.core.records import ApiAnswer
from antiphon.web import wording
from antiphon.web.problems import Problem

_LONGEST = 200  # characters of a key
_KEPT = 64 * 1024  # bytes of an answer that is kept whole

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Callable[[], Awaitable[Message]], Send], Awaitable[None]]


class Replays:
    """What was answered, by token and key."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store
        self._at_work: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def once(
        self, app: App, scope: MutableMapping[str, Any], named: tuple[str, bytes], body: bytes, send: Send
    ) -> None:
        """Let the application answer, unless it has. `named`: whose key it is, and the key. Raises Problem where that
        was used for something else."""
        name, given = named
        key = given.decode("latin-1").strip()
        if not 0 < len(key) <= _LONGEST or not key.isprintable():
            raise Problem(400, wording.BAD_KEY)
        own = f"{name}:{key}"
        scope["key"] = own
        asked = hashlib.sha256(b"\n".join((scope["path"].encode(), scope["query_string"], body))).hexdigest()
        lock = self._at_work.setdefault(own, asyncio.Lock())
        async with lock:  # who repeats it while it is at work waits for its answer
            known = await self._store.api_answer(own)
            if known is not None and known.asked != asked:
                raise Problem(422, wording.KEY_REUSED)
            if known is not None and known.body:
                return await _replay(known, send)
            kept = _Kept(send)  # one that was too long to keep is made again, under the same key
            await app(scope, _body(body), kept)
            if (answer := kept.answer(asked)) is not None:
                await self._store.keep_api_answer(own, answer)
            await kept.release()
        return None


class _Kept:
    """Holds an answer back until it is kept, where it is to be."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self._status, self._parts, self._size = 0, list[bytes](), 0
        self._is_json = True

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._is_json = any(name == b"content-type" and b"json" in value for name, value in message["headers"])
        part = message.get("body", b"")
        self._size += len(part)
        if self._is_json and self._size <= _KEPT:
            self._parts.append(part)
            self._held.append(message)
            return
        await self.release()
        await self._send(message)

    def answer(self, asked: str) -> ApiAnswer | None:
        """What is kept of it (no body where that is too long); None: nothing was done, and the next try may be."""
        if not 200 <= self._status < 300:
            return None
        whole = self._is_json and self._size <= _KEPT
        return ApiAnswer(asked, self._status, b"".join(self._parts).decode() if whole else "")

    async def release(self) -> None:
        held, self._held = self._held, []
        for message in held:
            await self._send(message)


def _body(body: bytes) -> Callable[[], Awaitable[Message]]:
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            await asyncio.Event().wait()  # it goes on although the caller is gone: they may ask again
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _replay(known: ApiAnswer, send: Send) -> None:
    body = known.body.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": known.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
