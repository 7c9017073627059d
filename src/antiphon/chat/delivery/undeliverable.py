"""What cannot be said in a place, said elsewhere: to the one who asked, directly; else in the channel above.

Once for each matter: it is in the ledger, under a turn of its own. What Discord refuses in both is in the log. Raises
Away or StoreError: say it again later.
"""

import logging
from dataclasses import replace

from antiphon.chat.connection.rate_limiter import route
from antiphon.chat.delivery.context import Means
from antiphon.chat.delivery.poster import PlaceGone, Unpostable
from antiphon.chat.delivery.reconcile import forms
from antiphon.chat.render.message import Spec
from antiphon.chat.render.page import nonce
from antiphon.chat.render.undeliverable import closed_spec, gone_spec
from antiphon.core.records import Post
from antiphon.core.values import MessageId, Session, TurnId
from antiphon.core.view import TurnView

log = logging.getLogger(__name__)

_TURN = TurnId("elsewhere")  # no turn's: the ledger's name for it
_CLOSED = "closed"
_NOWHERE = MessageId(0)


async def tell_closed(means: Means, session: Session, view: TurnView) -> None:
    """Say that a place is closed to us, once until `forget_closed`."""
    await _tell(means, session, view, closed_spec(session, view), _CLOSED)


async def forget_closed(means: Means, session: Session) -> None:
    """The place is open again."""
    for post in await means.bus.posts(session.id, _TURN):
        if post.slot == _CLOSED:
            await means.bus.forget(means.hub, session.id, post)


async def tell_gone(means: Means, session: Session, view: TurnView) -> None:
    """Say that a place is not there any more, once for each turn that has ended in it, with the turn's answer."""
    await _tell(means, session, view, gone_spec(session, view), f"gone:{view.turn}")


async def _tell(means: Means, session: Session, view: TurnView, spec: Spec, matter: str) -> None:
    if any(post.slot == matter for post in await means.bus.posts(session.id, _TURN)):
        return
    key = nonce(f"{_TURN}:{session.id}", f"{spec.slot}:{view.turn}")
    message = await _directly(means, view, spec, key) or await _above(means, session, view, spec, key)
    if message is None:
        log.error("place %s cannot be written in, and nobody could be told so", session.place)
    await means.bus.record(means.hub, session.id, Post(_TURN, matter, message or _NOWHERE, ""))


async def _directly(means: Means, view: TurnView, spec: Spec, key: str) -> MessageId | None:
    """None: nobody asked, or Discord refuses it."""
    person = view.asker
    if person is None:
        return None
    async with means.scheduler.turn(route("POST", f"/channels/{person}/messages"), spec.rank):
        try:
            return await means.poster.direct(person, replace(spec, direct=person), key)
        except (PlaceGone, Unpostable) as error:
            log.info("person %s takes no direct message: %s", person, error)
            return None


async def _above(means: Means, session: Session, view: TurnView, spec: Spec, key: str) -> MessageId | None:
    """None: the channel is not known, or Discord refuses it in each form."""
    channel = means.poster.above(session)
    if view.asker is not None:
        spec = replace(spec, content=f"<@{view.asker}> {spec.content}", ping=view.asker)
    if channel is None:
        return None
    for form in forms(spec):
        async with means.scheduler.turn(route("POST", f"/channels/{channel}/messages"), spec.rank):
            try:
                return await means.poster.send(channel, form, key)
            except (PlaceGone, Unpostable) as error:
                log.info("not told in channel %s: %s", channel, error)
                if isinstance(error, PlaceGone) and not form.uploads:  # else it is the files that it does not take
                    return None
    return None
