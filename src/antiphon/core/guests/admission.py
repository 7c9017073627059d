"""What somebody who may not prompt has written in a session's thread, and the offer to let it in.

Of a message only ids and the beginning of its text are kept: what becomes a prompt is read anew when it is let in.
"""

from dataclasses import dataclass
from typing import Literal

from antiphon.core.values import MessageId, PersonId, PlaceId

MOST_OPEN = 3  # offers in a session at once; whoever comes then is only logged
MOST_KEPT = 20  # messages of one offer
AGAIN = 600.0  # seconds between two offers that call somebody, and after one that its stranger has withdrawn
TEXT = 200  # characters of a message that are kept, for the audit

OfferState = Literal["open", "let_in", "always", "declined", "withdrawn"]
Choice = Literal["let_in", "always", "declined"]
MessageState = Literal["kept", "prompt", "deleted"]
Kept = Literal["offered", "joined", "known", "declined", "full", "crowded", "no_session"]
"""What has become of a stranger's message: an offer began, it joins one, it was kept before; or why it is not kept."""


@dataclass(frozen=True, slots=True)
class StrangerMessage:
    """A message of somebody who may not prompt. `text`: its beginning."""

    place: PlaceId
    message: MessageId
    person: PersonId
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class StrangerOffer:
    """One stranger in one session. `by`: who has decided; `owner`: of the session; `calls`: whether the offer calls
    them; `first`: its first message; `waiting`, `prompts`, `deleted`: how many messages are kept, have become prompts,
    were gone before they could; `text`: the beginning of the first, where one offer is asked for."""

    n: int
    place: PlaceId
    project: str
    person: PersonId
    name: str
    state: OfferState
    by: str = ""
    owner: PersonId | None = None
    calls: bool = False
    first: MessageId | None = None
    waiting: int = 0
    prompts: int = 0
    deleted: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class LetIn:
    """A message that somebody has let in, and that is no prompt yet."""

    place: PlaceId
    message: MessageId
