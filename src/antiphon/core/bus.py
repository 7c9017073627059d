"""The bus: the only thing that hub (Discord's side) and worker (Claude Code's side) share. Durable facts, no code.

One protocol for each user. Every operation is idempotent: a caller that got no reply asks again. Methods that take a
lease change nothing, and raise, when it is not current.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from antiphon.core import records, values
from antiphon.core.coordination.board import BoardStore, StandingStore
from antiphon.core.coordination.claims import ClaimStore
from antiphon.core.coordination.events import EventStore
from antiphon.core.guests.store import GuestStore, OfferStore, StrangerInbox
from antiphon.core.programs.notices import NoticeDeliveryStore, NoticeStore
from antiphon.core.projects import DirectProjects
from antiphon.core.requests import Reply, ReplyT, Request, RequestFailed
from antiphon.core.schedules.store import ContinuationStore, ScheduleStore

Topic = Literal["inbox", "outbox", "reply", "schedule", "notice", "continuation", "guest"]


def all_heard(_: values.Session, prompts: Mapping[values.TurnId, str]) -> frozenset[values.TurnId]:
    """Where nobody can say what Claude Code has heard: anything may have been."""
    return frozenset(prompts)


@dataclass(frozen=True, slots=True)
class RecoveryInfo:
    """What a worker knows, beside the bus, of the turns that a dead one left.

    `heard`: which of these prompts, each under its uuid, Claude Code has in its transcript of a session; called in the
    bus's thread, may read files. `goes_on`: the projects whose turns go on by themselves after a restart."""

    heard: Callable[[values.Session, Mapping[values.TurnId, str]], frozenset[values.TurnId]] = all_heard
    goes_on: frozenset[str] = frozenset()


UNKNOWN = RecoveryInfo()


@dataclass(frozen=True, slots=True)
class Wait:
    """Why the database makes us wait, in words for the operator; since when, and when it last did (epoch seconds)."""

    words: str
    since: float
    last: float


class Retried(Protocol):
    """Whoever asks again after these errors; every other one is a bug or a refusal and goes up."""

    @property
    def transient(self) -> tuple[type[Exception], ...]:
        """Errors after which the same call may be made again."""
        ...


class LeaseStore(Retried, Protocol):
    """What a process needs to act under leases."""

    async def hold(self, name: str, holder: str, ttl: float, left: RecoveryInfo = UNKNOWN, /) -> records.Lease | None:
        """Take the lease: a new epoch. Turns that ran under an older epoch run again where Claude has not heard their
        prompt, go on where their project wants that, and else become interrupted, each with a visible end row. None:
        somebody else holds it and is alive."""
        ...

    async def renew(self, lease: records.Lease, ttl: float, /) -> bool:
        """Prolong it by `ttl` seconds. False: fenced; leave now and write nothing more."""
        ...

    async def is_mine(self, lease: records.Lease, /) -> bool:
        """Whether nobody has taken it over; only looked at."""
        ...

    @property
    def waiting(self) -> Wait | None:
        """Why what must be kept waits for the database at the moment; None: it does not."""
        ...


class Accounts(Protocol):
    """What was spent, and what was decided."""

    async def spent(self, session: values.SessionId, person: values.PersonId | None, /) -> records.Spent:
        """What has been spent so far."""
        ...

    async def note(self, audit: records.Audit, /) -> None:
        """Keep what was decided, where no call carries it."""
        ...


class TailWriter(Protocol):
    """The part of a running turn that is not in rows yet."""

    async def preview(
        self, me: records.Lease, session: values.SessionId, turn: values.TurnId, tail: records.Tail, /
    ) -> None:
        """Overwrite the session's live tail: blocks that are not yet in rows."""
        ...


class WorkerStore(Retried, Accounts, TailWriter, Protocol):
    """The worker's side: what there is to do, and what Claude Code did."""

    async def claim(
        self, me: records.Lease, known: frozenset[int], room: records.Room, /
    ) -> Sequence[records.ClaimedEntry]:
        """Everything to do now: what belongs to turns at work (answers, what is said meanwhile, changes, stops), and
        the next turn of each session without one, as far as there is room; for what the others wait is kept.
        Turns that wait for an answer since an earlier epoch come back with their story. Rows that run under my epoch
        and are not in `known` are returned again (a reply was lost), but for prompts to a terminal that is closed:
        these are in line again, at their old place."""
        ...

    async def emit(
        self, me: records.Lease, events: Sequence[records.OutboxRow], close: Sequence[records.Closing] = (), /
    ) -> None:
        """Write the events and the ends in one transaction."""
        ...

    async def keep(self, me: records.Lease, session: values.Session, /) -> None:
        """Store what the session is by now: Claude's id, what people have chosen, whether it has begun."""
        ...

    async def raise_budget(
        self, me: records.Lease, scope: str, session: values.SessionId, person: values.PersonId | None, by: float, /
    ) -> None:
        """Allow `by` more dollars: of the scope thread for ever, of member and day until midnight."""
        ...

    async def unfinished(self, me: records.Lease, session: values.SessionId, /) -> records.LeftSession:
        """A session of a terminal, with its turn that has begun and not ended, so far as it is in rows."""
        ...

    async def offer(self, me: records.Lease, session: values.SessionId, offers: Sequence[records.Offer], /) -> None:
        """Write down that these prompts are about to be given to a terminal's Claude Code; again, it overwrites."""
        ...

    async def offers(self, me: records.Lease, session: values.SessionId, /) -> Sequence[records.Offer]:
        """What was offered and not taken back."""
        ...

    async def asked(self, me: records.Lease, /) -> Sequence[records.ClaimedRequest]:
        """The requests to me (a worker, or the hub), oldest first; each is returned once. One of a kind that this
        version does not know is left alone."""
        ...

    async def reply(self, me: records.Lease, n: int, reply: Reply, /) -> None:
        """Answer a request."""
        ...

    async def wait(self, topic: Topic, timeout: float, /) -> bool:
        """Wait for the doorbell; may return early, never later than `timeout` seconds. False: nobody rang."""
        ...


class SessionReader(Protocol):
    """Where sessions are."""

    async def session(self, place: values.PlaceId, person: values.PersonId | None = None, /) -> values.Session | None:
        """The session that is shown in a place: the one last used, where there are several. `person`: theirs, in a
        channel where each has one."""
        ...


class TurnReader(SessionReader, Protocol):
    """What is known of sessions and their turns."""

    async def sessions(self) -> Sequence[values.Session]:
        """Every session, the one last used first."""
        ...

    async def story(self, session: values.SessionId, turn: values.TurnId, /) -> records.StoredTurn | None:
        """What is known of a turn, posted or not; None: the session had no such turn."""
        ...

    async def line(
        self, session: values.SessionId | None = None, /, *, held: bool = False
    ) -> Sequence[records.QueuedPrompt]:
        """The prompts that wait, in the order in which they will run; of one session, or of all. `held`: also those
        that are held, each where it would have run."""
        ...


class DeliveryStore(Retried, TurnReader, TailWriter, Protocol):
    """Discord's side, outwards: what is to be shown, and what is shown."""

    async def pending(self, hub: records.Lease, /) -> Sequence[tuple[values.Session, values.TurnId]]:
        """Every turn of a session that is shown, or is to be, with rows that are not posted, oldest first."""
        ...

    async def settle(self, hub: records.Lease, session: values.SessionId, shown: values.Session, /) -> values.Session:
        """Give a session that is shown nowhere so far the place (NOWHERE: still none), origin and title of `shown`; as
        it is from then on."""
        ...

    async def wanted(self) -> Sequence[values.Session]:
        """The sessions that are shown nowhere and are to have a place, in the channel of their origin."""
        ...

    async def posts(self, session: values.SessionId, turn: values.TurnId, /) -> Sequence[records.Post]:
        """What is posted of a turn's page."""
        ...

    async def record(self, hub: records.Lease, session: values.SessionId, post: records.Post, /) -> None:
        """Write down what a message of ours shows."""
        ...

    async def forget(self, hub: records.Lease, session: values.SessionId, post: records.Post, /) -> None:
        """Strike a post that was deleted."""
        ...

    async def undelivered(self) -> Sequence[tuple[values.Session, values.TurnId]]:
        """Every turn of a session that is shown of which Discord has not taken something, oldest first."""
        ...

    async def last_post(self, session: values.SessionId, /) -> values.MessageId | None:
        """The newest message that the ledger has of the pages of a session's turns; None: nothing is posted yet."""
        ...

    async def posted(self, hub: records.Lease, session: values.SessionId, turn: values.TurnId, /) -> None:
        """The turn's page is complete: its rows need no more attention, nor does its prompt if it was withdrawn."""
        ...

    async def withdrawn(self) -> Sequence[records.WithdrawnPrompt]:
        """The prompts that have ended without a turn of their own, and whose end is not shown yet."""
        ...

    async def abandon(self, place: values.PlaceId, /) -> int:
        """A place is not there any more: withdraw what waits for it, and stop what runs. Returns how many prompts were
        taken out of the line."""
        ...


class WebhookStore(DeliveryStore, Protocol):
    """What is told through a webhook; what it has posted stands in the ledger of posts."""

    async def note_dead_webhook(self, hub: records.Lease, webhook: str, why: str, /) -> None:
        """Keep that a webhook is dead, and why."""
        ...

    async def why_webhook_is_dead(self, webhook: str, /) -> str | None:
        """Why a webhook is dead; None: it is not, as far as is known."""
        ...


class InboxWriter(Protocol):
    """What people said, and what became of it before it ran."""

    async def accept(self, call: records.InboxEntry, /) -> bool:
        """Durable on return. False: this key was accepted before."""
        ...

    async def revise(self, key: str, prompt: values.Prompt, /) -> bool:
        """Give a call that waits in line, or is held, another prompt. False: it does not wait (any more)."""
        ...

    async def withdraw(self, key: str, why: records.Withdrawal, /) -> bool:
        """Take a call that waits out of the line, or one that is held away; where somebody sees its message, or a post
        of ours about it, `why` is kept until that is shown. False: it does not wait (any more)."""
        ...

    async def changeable(self, key: str | None = None, /) -> Sequence[records.QueuedPrompt]:
        """The prompts that an edit or a deletion of their message still changes, oldest first: they wait, are held, or
        were handed to a turn at work. `key`: this one only."""
        ...

    async def seen(self, place: values.PlaceId, message: values.MessageId, /) -> None:
        """Raise a place's watermark (never lower it): everything up to `message` has been looked at."""
        ...


class InboundStore(Retried, SessionReader, InboxWriter, StrangerInbox, DirectProjects, Protocol):
    """Discord's side, inwards: messages, new and missed."""

    async def last_prompt(self, place: values.PlaceId, before: values.MessageId, /) -> values.MessageId | None:
        """The newest message of a place that was accepted for Claude before that one; None: there is none."""
        ...

    async def watermarks(self) -> Mapping[values.PlaceId, values.MessageId]:
        """The last message seen in each place."""
        ...


class ActionStore(
    Accounts,
    TurnReader,
    InboxWriter,
    ScheduleStore,
    ContinuationStore,
    NoticeStore,
    ClaimStore,
    EventStore,
    BoardStore,
    GuestStore,
    DirectProjects,
    Protocol,
):
    """What actions ask and change."""

    async def charge(
        self, session: values.SessionId, person: values.PersonId | None, dollars: float, key: str, /
    ) -> None:
        """Count what something beside a session's turns has cost, once for each key."""
        ...

    async def ask(
        self, to: str, project: str, session: values.Session | None, request: Request[ReplyT], timeout: float, /
    ) -> ReplyT | RequestFailed | None:
        """The reply of a worker, by its name, or of the HUB; None: none within `timeout` seconds, and it will not be
        answered."""
        ...

    async def adopt(self, session: values.Session, worker: str, /) -> bool:
        """Store a session that no prompt has opened. False: it is there already."""
        ...

    async def want(self, session: values.Session, worker: str, /) -> bool:
        """Have a session that is shown nowhere get a place in the channel of its origin; it is stored where it is not
        known. False: it has a place, or is to have one already."""
        ...

    async def move(self, session: values.Session, /) -> None:
        """Store in which project, and which directory, a session is by now."""
        ...

    async def allow(
        self, scope: str, session: values.SessionId, person: values.PersonId | None, by: float, audit: records.Audit, /
    ) -> None:
        """The same from the hub's side, with its audit entry: once for each `key` in what that keeps. `person`: whose
        day, where the scope is member."""
        ...

    async def audits(self, session: values.SessionId | None, most: int, /) -> Sequence[records.Audit]:
        """The latest decisions, of one session or of all, oldest first."""
        ...

    async def decision(self, kind: records.AuditKind, key: str, /) -> records.Audit | None:
        """The decision of this kind with this `key` in what is kept of it; None: there is none."""
        ...

    async def release(self, key: str, /) -> bool:
        """Put a prompt that is held in line: what Claude asks meanwhile is not answered by it. False: it is not held
        (any more)."""
        ...

    async def promote(self, key: str, /) -> bool:
        """Let a prompt that waits go to the turn that runs in its session, to be taken up at once. False: it does not
        wait (any more)."""
        ...

    async def shown_by(
        self, place: values.PlaceId, which: values.TurnId | values.MessageId, /
    ) -> values.Session | None:
        """The session of a place that has this turn, or on whose pages this message of ours is; None: none has."""
        ...

    async def at_work(self) -> frozenset[values.SessionId]:
        """The sessions of which a turn is at work, or waits for a person."""
        ...

    async def running(self, session: values.SessionId, /) -> bool:
        """Whether a turn of the session is at work."""
        ...

    async def turn_at(self, session: values.SessionId, message: values.MessageId, /) -> records.StoredTurn | None:
        """The turn that a message belongs to: its prompt's, that of a post of ours, or the one that took its words
        in."""
        ...

    async def turns(self, session: values.SessionId, most: int, /) -> Sequence[records.PastTurn]:
        """The session's turns, the newest first."""
        ...

    async def prompt(self, session: values.SessionId, turn: values.TurnId, /) -> values.Prompt | None:
        """The prompt that began a turn; None: none did."""
        ...

    async def overview(self) -> records.Overview:
        """Counts and cost."""
        ...


class HubStore(DeliveryStore, InboundStore, ActionStore, NoticeDeliveryStore, StandingStore, OfferStore, Protocol):
    """All of Discord's side."""
