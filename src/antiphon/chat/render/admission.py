"""The message that offers to let a stranger into a session, and says what has become of it. Pure.

It names who wrote, and never shows what: that stands above it in the thread.
"""

from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import OnOffer, button
from antiphon.chat.render.format import counted
from antiphon.chat.render.message import MessageSpec, Priority
from antiphon.chat.render.text.escape import escaped
from antiphon.core.guests.admission import MOST_KEPT, StrangerOffer
from antiphon.core.values import PersonId

SLOT = "offer"
_NAME = 32  # characters


def offer_spec(offer: StrangerOffer, person: PersonId | None) -> MessageSpec:
    """`person`: whom it is told by name, and who is called if the offer calls somebody."""
    name = escaped(offer.name, _NAME)
    if offer.state != "open":
        return MessageSpec(SLOT, f"-# {wording.DOOR} {_decided(offer, name)}")
    more = wording.AND_MORE_OF_THEIRS.format(count=offer.waiting - 1) if offer.waiting > 1 else ""
    most = wording.NO_MORE_KEPT if offer.waiting >= MOST_KEPT else ""
    for_whom = "" if person is None else f" · <@{person}>"
    buttons = (
        *button(OnOffer(offer.n, "let_in"), wording.LET_IN, "primary"),
        *button(OnOffer(offer.n, "always"), wording.ALWAYS_HERE),
        *button(OnOffer(offer.n, "declined"), wording.NOT_LET_IN),
    )
    text = f"{wording.DOOR} {wording.STRANGER_WROTE.format(name=name, more=more)}{most}{for_whom}"
    called = person if offer.calls else None
    return MessageSpec(SLOT, text, buttons=buttons, ping=called, priority=Priority.REQUEST)


def is_offer(text: str, offer: StrangerOffer) -> bool:
    """Whether a message of ours may be the one that shows the offer: it is one, and names the stranger."""
    return wording.DOOR in text[:5] and escaped(offer.name, _NAME) in text


def _decided(offer: StrangerOffer, name: str) -> str:
    by, messages = escaped(offer.by, _NAME), counted(offer.waiting + offer.prompts + offer.deleted, "message")
    match offer.state:
        case "declined":
            return wording.DECLINED_STRANGER.format(by=by, name=name)
        case "withdrawn":
            return wording.STRANGER_WITHDREW.format(name=name, messages=messages)
        case "always":
            text = wording.STRANGER_ALWAYS.format(by=by, name=name)
        case _:
            text = wording.STRANGER_LET_IN.format(by=by, name=name, messages=messages)
    gone = wording.GONE_FIRST.format(messages=counted(offer.deleted, "message")) if offer.deleted else ""
    return f"{text}{gone}"
