"""What is known of the messages that show one turn, and what is to be done next about them: pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from antiphon.chat.delivery.reconcile import Send, Step, first, not_before, replaced, same, steps
from antiphon.chat.render.message import MessageSpec
from antiphon.chat.render.page import nonce
from antiphon.core.records import Post
from antiphon.core.values import TurnId

NEVER = float("inf")
_NONCE_HOLDS = 60.0  # seconds; Discord's documentation says "the past few minutes"


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A message may have been posted that no row tells of: since when (epoch seconds), and under which nonce."""

    since: float = 0.0
    nonce: str = ""


LONG_AGO = Unconfirmed()  # by an earlier bridge


@dataclass(slots=True)
class PageState:
    """`posts`: slot → what is posted there; `edited`: slot → when it was edited last; `names`: slot → what its next
    message is called, where one was deleted from it."""

    turn: TurnId | None = None
    posts: dict[str, Post] = field(default_factory=dict[str, Post])
    edited: dict[str, float] = field(default_factory=dict[str, float])
    names: dict[str, str] = field(default_factory=dict[str, str])
    unconfirmed: Unconfirmed | None = None

    def nonce_of(self, step: Send) -> str:
        """The same for each try to send the same message."""
        slot = step.spec.slot
        name = self.names.get(slot, slot) if step.old is None else replaced(step.old).slot
        return nonce(self.turn or "", name)

    def deleted(self, post: Post) -> None:
        """What is posted in its slot next is another message."""
        self.posts.pop(post.slot)
        self.names[post.slot] = replaced(post).slot


@dataclass(frozen=True, slots=True)
class Take:
    """Ask Discord for this step."""

    step: Step


@dataclass(frozen=True, slots=True)
class SearchFirst:
    """A message may be there already that the nonce of the next one does not bring to light."""

    nonce: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be done before `until` (epoch seconds); infinity: everything is as it should be."""

    until: float


def decide(state: PageState, page: Sequence[MessageSpec], pace: float, now: float) -> Take | SearchFirst | Wait:
    """What to do next so that the place shows `page`. `pace`: seconds between the edits of a place."""
    ready, later = due_steps(state, page, pace, now)
    if not ready:
        return Wait(later)
    step = first(ready, state.edited, now)
    if isinstance(step, Send) and step.spec.direct is None and state.unconfirmed is not None:
        mark = state.nonce_of(step)
        if state.unconfirmed.nonce != mark or now - state.unconfirmed.since > _NONCE_HOLDS:
            return SearchFirst(mark)
    return Take(step)


def due_steps(state: PageState, page: Sequence[MessageSpec], pace: float, now: float) -> tuple[list[Step], float]:
    """The steps that may be taken now, and when the first of the others may be."""
    due = [(not_before(step, state.edited, pace), step) for step in steps(page, state.posts, now)]
    ready = [step for at, step in due if at <= now]
    return ready, min((at for at, _ in due if at > now), default=NEVER)


def still_due(step: Step, ready: Sequence[Step]) -> Step | None:
    """The same step as the page wants it by now; None: it wants it no more."""
    return next((one for one in ready if same(one, step)), None)
