"""What cannot be posted in a place is posted elsewhere: directly to the one who asked, else in the channel above.

Once for each matter: it is in the ledger, under a turn of its own. What Discord refuses in both is in the log. Raises
Away or StoreError: say it again later.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, PlaceClosed, PlaceGone, ThreadRefused
from antiphon.chat.delivery.reconcile import UNPOSTED, forms
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.page import nonce
from antiphon.chat.render.undeliverable import closed_spec, gone_spec, no_thread_spec, undelivered_spec
from antiphon.core.records import ELSEWHERE, Post
from antiphon.core.values import MessageId, PlaceId, Session
from antiphon.core.view import TurnView

log = logging.getLogger(__name__)

_CLOSED = "closed"


async def tell_closed(context: DeliveryContext, session: Session, view: TurnView, error: PlaceClosed) -> None:
    """Say that a place is closed to us, or cannot be made, once until `forget_closed`."""
    no_thread = isinstance(error, ThreadRefused)
    spec = no_thread_spec(session, view, error.why) if no_thread else closed_spec(session, view)
    await _tell(context, session, view, spec, _CLOSED)


async def forget_closed(context: DeliveryContext, session: Session) -> None:
    """The place is open again."""
    for post in await context.bus.posts(session.id, ELSEWHERE):
        if post.slot == _CLOSED:
            await context.bus.forget(context.hub, session.id, post)


async def tell_gone(context: DeliveryContext, session: Session, view: TurnView) -> None:
    """Say that a place is not there any more, once for each turn that has ended in it, with the turn's answer."""
    await _tell(context, session, view, gone_spec(session, view), f"gone:{view.turn}")


async def tell_undelivered(
    context: DeliveryContext, session: Session, view: TurnView, lost: Sequence[MessageSpec]
) -> None:
    """Say that messages of a turn that is over could not be shown, once for the turn, with what they say."""
    await _tell(context, session, view, undelivered_spec(session, lost), f"undelivered:{view.turn}")


async def _tell(context: DeliveryContext, session: Session, view: TurnView, spec: MessageSpec, matter: str) -> None:
    if any(post.slot == matter for post in await context.bus.posts(session.id, ELSEWHERE)):
        return
    key = nonce(f"{ELSEWHERE}:{session.id}", f"{spec.slot}:{view.turn}")
    message = await _first_taken(context, session, _ways(context, session, view, spec), key)
    if message is None:
        log.error("place %s cannot be written in, and nobody could be told so", session.place)
    await context.bus.record(context.hub, session.id, Post(ELSEWHERE, matter, message or UNPOSTED, ""))


def _ways(
    context: DeliveryContext, session: Session, view: TurnView, spec: MessageSpec
) -> Iterator[tuple[PlaceId, MessageSpec]]:
    """Places and messages, best first: directly to the one who asked; then above, where it is known, in each form."""
    if view.asker is not None:
        yield session.place, replace(spec, direct=view.asker)
        spec = replace(spec, content=f"<@{view.asker}> {spec.content}", ping=view.asker)
    if (channel := context.poster.above(session)) is not None:
        for form in forms(spec):
            yield channel, form


async def _first_taken(
    context: DeliveryContext, session: Session, ways: Iterable[tuple[PlaceId, MessageSpec]], key: str
) -> MessageId | None:
    """None: Discord refuses all of them."""
    hopeless = await context.is_hopeless(key, session.place)
    for place, spec in ways:
        async with context.rate_limiter.turn("POST", f"/channels/{spec.direct or place}/messages", spec.priority):
            try:
                return await context.poster.send(place, spec, key, session.id)
            except (PlaceGone, ContentRefused) as error:
                log.info("not told in channel, or to person, %s: %s", spec.direct or place, error)
                if isinstance(error, PlaceGone) and spec.direct is None and not spec.uploads:
                    break  # else it is the files that it does not take
            except DiscordUnavailable as error:
                if not hopeless:
                    context.tries[key] += 1
                    raise
                log.info("not told in channel, or to person, %s: %s", spec.direct or place, error)
    del context.tries[key]
    return None
