"""Letting in what somebody has written in a session who may not prompt there. For whoever may, being no guest.

May not know: how a message becomes a prompt (chat.inbound.admission does that, once it was decided).
"""

from antiphon.actions.callers import Member, audit_entry
from antiphon.actions.context import ActionContext, InPlace, find
from antiphon.actions.reasons import Condition, OfferDecided, Refused
from antiphon.core.guests.admission import Choice


async def decide(context: ActionContext, caller: Member, at: InPlace, n: int, choice: Choice) -> None:
    """Decide about the offer of this number: let its messages in, this once or as a guest's from now on, or none ever.
    Raises Refused, also where it was decided before."""
    found = await find(context, caller, at, "prompt")
    offer = await context.bus.stranger_offer(n)
    if offer is None or offer.place != at.place:
        raise Refused(Condition.NO_SUCH_OFFER)
    what = {"stranger": offer.name, "person": offer.person, "choice": choice, "messages": offer.waiting}
    audit = audit_entry(caller, "guest", found.session, {**what, "words": offer.text})
    if not await context.bus.decide_offer(n, choice, caller.person.name, audit):
        now = await context.bus.stranger_offer(n)
        raise Refused(OfferDecided("" if now is None else now.by))
