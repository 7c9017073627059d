"""What a webhook has posted of a session, as it stands in the ledger of posts.

Its slots are named by the webhook: another one knows nothing of these messages. `status`: the newest message; `old`:
the one before, as long as something is to be done with it; `thread`: of the session in a forum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from antiphon.core.bus import WebhookStore
from antiphon.core.records import STATUS, Lease, Post
from antiphon.core.values import MessageId, PlaceId, SessionId

Slot = Literal["status", "old", "thread"]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Of one session. `webhook`: its id."""

    bus: WebhookStore
    hub: Lease
    webhook: str
    session: SessionId

    async def read(self) -> dict[Slot, Post]:
        """What is there."""
        found: Sequence[Post] = await self.bus.posts(self.session, STATUS)
        named = {post.slot: post for post in found}
        slots: tuple[Slot, ...] = ("status", "old", "thread")
        return {slot: named[name] for slot in slots if (name := self._name(slot)) in named}

    async def write(self, slot: Slot, message: MessageId | PlaceId, digest: str = "") -> None:
        """Note that this is there."""
        await self.bus.record(self.hub, self.session, Post(STATUS, self._name(slot), MessageId(message), digest))

    async def strike(self, post: Post) -> None:
        """Note that something is not there any more."""
        await self.bus.forget(self.hub, self.session, post)

    def _name(self, slot: Slot) -> str:
        return f"{self.webhook}:{slot}"
