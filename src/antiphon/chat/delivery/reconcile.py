"""What is known of the messages that show one turn, and what has to be done next so that they show its page: pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from antiphon.chat.delivery.poster import OwnMessage
from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import Queued, parse
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import DIRECT, MessageSpec, Priority, TextUpload, text_of
from antiphon.chat.render.page import nonce
from antiphon.chat.render.text.splitter import LIMIT, split
from antiphon.core.records import UNDELIVERED, Post
from antiphon.core.values import MessageId, PersonId, PlaceId, TurnId

GONE = "gone"  # the digest of a message that somebody deleted: it stays deleted
REFUSED = "refused"  # the digest of a direct message to somebody who takes none: it is not tried again
# The slot of the reaction on the prompt; its post is the prompt, its digest each emoji that may be there. What was said
# meanwhile has its own, "mark:<message>".
MARK = "mark"
UNPOSTED = MessageId(0)  # in place of a message that is not there, or not yet
DOUBTFUL = ""  # the digest of a message that may show the text of an earlier try
_QUEUE = "-# 🕐"  # how the queue's message begins where nothing can be done about it
_ROOM = 300  # characters of a message beside the beginning of a file
_PROGRESS_WAITS = 5.0  # seconds that progress gives way to text that is being written
# Discord refuses edits of messages over an hour old after some 30 of them (error 30046; the number is not published).
_OLD = 50 * 60.0  # seconds
NEVER = float("inf")
_NONCE_HOLDS = 60.0  # seconds; Discord's documentation says "the past few minutes"


@dataclass(frozen=True, slots=True)
class Send:
    """Post a message that is not there yet. `old`: the one that it replaces."""

    spec: MessageSpec
    old: Post | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Make a posted message show `spec`."""

    post: Post
    spec: MessageSpec


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away a posted message that no slot wants."""

    post: Post


Step = Send | Edit | Delete


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A message may have been posted that no row tells of: since when (epoch seconds), and under which nonce."""

    since: float = 0.0
    nonce: str = ""


LONG_AGO = Unconfirmed()  # by an earlier bridge


@dataclass(slots=True)
class PageState:
    """`posts`: slot → what is posted there; `edited`: slot → when it was edited last; `names`: slot → what its next
    message is called, where one was deleted from it; `given_up`: slot → what was taken in no form, and is not tried
    again now; `uneditable`: slots whose message is to be replaced by another one; `only`: those that are written (None:
    all)."""

    turn: TurnId | None = None
    posts: dict[str, Post] = field(default_factory=dict[str, Post])
    edited: dict[str, float] = field(default_factory=dict[str, float])
    names: dict[str, str] = field(default_factory=dict[str, str])
    given_up: dict[str, MessageSpec] = field(default_factory=dict[str, MessageSpec])
    uneditable: set[str] = field(default_factory=set[str])
    only: frozenset[str] | None = None
    unconfirmed: Unconfirmed | None = None

    def nonce_of(self, step: Send) -> str:
        """The same for each try to send the same message."""
        slot = step.spec.slot
        name = self.names.get(slot, slot) if step.old is None else replaced(step.old).slot
        return nonce(self.turn or "", name)

    def wants(self, step: "Step") -> bool:
        """Whether a step is to be taken now. What is still being written is tried again when it is whole."""
        if self.only is not None and _slot(step).partition("~")[0] not in self.only:
            return False
        tried = None if isinstance(step, Delete) else self.given_up.get(step.spec.slot)
        if tried is None or isinstance(step, Delete):
            return True
        return not step.spec.live and (tried.digest, tried.live) != (step.spec.digest, False)

    def deleted(self, post: Post) -> None:
        """What is posted in its slot next is another message."""
        self.posts.pop(post.slot)
        self.names[post.slot] = replaced(post).slot


@dataclass(frozen=True, slots=True)
class SearchFirst:
    """A message may be there already that the nonce of the next one does not bring to light."""

    nonce: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be done before `until` (epoch seconds); infinity: everything is as it should be."""

    until: float


def decide(state: PageState, page: Sequence[MessageSpec], pace: float, now: float) -> Step | SearchFirst | Wait:
    """What to do next so that the place shows `page`. `pace`: seconds between the edits of a place."""
    ready, later = due_steps(state, page, pace, now)
    if not ready:
        return Wait(later)
    step = first(ready, state.edited, now)
    if isinstance(step, Send) and step.spec.direct is None and state.unconfirmed is not None:
        mark = state.nonce_of(step)
        if state.unconfirmed.nonce != mark or now - state.unconfirmed.since > _NONCE_HOLDS:
            return SearchFirst(mark)
    return step


def due_steps(state: PageState, page: Sequence[MessageSpec], pace: float, now: float) -> tuple[list[Step], float]:
    """The steps that may be taken now, and when the first of the others may be."""
    wanted = steps(page, state.posts, now, state.uneditable)
    due = [(not_before(step, state.edited, pace), step) for step in wanted if state.wants(step)]
    ready = [step for at, step in due if at <= now]
    return ready, min((at for at, _ in due if at > now), default=NEVER)


def still_due(step: Step, ready: Sequence[Step]) -> Step | None:
    """The same step as the page wants it by now; None: it wants it no more."""
    return next((one for one in ready if type(one) is type(step) and _slot(one) == _slot(step)), None)


def steps(
    page: Sequence[MessageSpec], posts: Mapping[str, Post], now: float, uneditable: Collection[str] = ()
) -> tuple[Step, ...]:
    """The differences between what is posted and `page`: what changed in the answer, new messages in the page's order,
    then progress. A live message that has become too old to be edited is replaced by a new one, as are those of
    `uneditable` slots. Where a content was taken in no form, the message that says so may become it."""
    edits: list[Edit] = []
    sends: list[Send] = []
    for spec in page:
        post = posts.get(spec.slot)
        if post is None:
            sends.append(Send(spec))
        elif post.digest in (spec.digest, GONE) or spec.direct is not None:
            continue
        elif post.message == UNPOSTED:
            sends.append(Send(spec))
        elif spec.slot in uneditable or (spec.live and now - snowflake_time(post.message) > _OLD):
            sends.append(Send(spec, post))
        else:
            edits.append(Edit(post, spec))
    progress = [edit for edit in edits if edit.spec.priority >= Priority.PROGRESS]
    answers = [edit for edit in edits if edit.spec.priority < Priority.PROGRESS]
    wanted = {spec.slot for spec in page}
    kept = {posts[slot].message for slot in wanted & posts.keys()}  # one to be replaced, if that came to nothing
    unwanted = (post for slot, post in posts.items() if slot not in wanted and post.message not in kept)
    return (*answers, *sends, *progress, *(Delete(post) for post in unwanted if _is_ours_to_delete(post, posts)))


def _is_ours_to_delete(post: Post, posts: Mapping[str, Post]) -> bool:
    """Whether there is a message that nobody needs. One whose successor was not taken is still needed."""
    if post.slot.partition(":")[0] == MARK or post.digest == GONE or post.message == UNPOSTED:
        return False
    return not is_undelivered(posts.get(post.slot.partition("~")[0]))


def adopted(seen: Iterable[OwnMessage], wanted: Sequence[Step], turn: TurnId) -> Post | None:
    """The first message to be sent, where it is there already: a bridge died, or lost Discord's answer, before it could
    note it. `seen`: what we have posted and not noted. At most one is a page's, for each is noted before the next is
    sent; it is recognized by its kind, and by what its buttons are about."""
    spec = next((one.spec for one in wanted if isinstance(one, Send) and one.spec.direct is None), None)
    if spec is None:
        return None
    for one in seen:
        others = any(getattr(parse(custom_id), "turn", None) != turn for custom_id in one.controls)
        if others or is_queue_message(one) or one.is_card != (spec.card is not None):
            continue
        if spec.ping is None or f"<@{spec.ping}>" in one.text:  # an edit would ring for nobody
            return Post(turn, spec.slot, one.message, DOUBTFUL)
    return None


def is_queue_message(one: OwnMessage) -> bool:
    """Whether a message of ours is that of the queue (chat/render/queue.py): it is no page's."""
    return one.text.startswith(_QUEUE) or any(isinstance(parse(custom_id), Queued) for custom_id in one.controls)


def is_undelivered(post: Post | None) -> bool:
    """Whether what belongs there was taken in no form."""
    return post is not None and post.digest == UNDELIVERED


def forms(spec: MessageSpec) -> Iterator[MessageSpec]:
    """The ways to say it, best first: as it is, without its files, a card as text, as a file; then text and file
    without components: whoever is asked something is to have the buttons as long as possible."""
    yield spec
    if spec.direct is not None:
        return
    if spec.uploads:
        yield _without_files(spec)
    text, buttons = text_of(spec), spec.buttons if spec.card is None else spec.card.controls
    is_short = len(split(text)) == 1
    if spec.card is not None and is_short:
        yield replace(spec, content=text, card=None, buttons=buttons)
    file = replace(spec, content="", card=None, buttons=buttons, uploads=(TextUpload("answer.md", text),))
    yield file
    if spec.card is not None or spec.buttons or spec.rows:
        if is_short:
            yield MessageSpec(spec.slot, text, live=spec.live, ping=spec.ping, priority=spec.priority)
        yield replace(file, buttons=(), rows=())


def notice(spec: MessageSpec) -> MessageSpec:
    """What stands in the place of a message that was taken in no form."""
    return MessageSpec(spec.slot, wording.NOT_TAKEN, priority=spec.priority)


def replaced(post: Post) -> Post:
    """The same message in a slot that no page wants: it will be deleted."""
    return Post(post.turn, f"{post.slot}~{post.message}", post.message, post.digest)


def not_before(step: Step, edited: Mapping[str, float], pace: float) -> float:
    """When a step may be taken. `edited`: when each slot was edited last; `pace`: seconds between the edits of a
    place that are spread evenly. Only edits of live messages are spaced out, all of a place together."""
    if not isinstance(step, Edit) or not step.spec.live:
        return 0.0
    free = max(edited.values(), default=0.0) + pace
    return max(free, _own(step, edited) + 1.6 * pace) if step.spec.priority >= Priority.PROGRESS else free


def first(ready: Sequence[Step], edited: Mapping[str, float], now: float) -> Step:
    """Which of the steps that may be taken now comes first. Live text goes before progress, but not for ever."""
    if isinstance(ready[0], Edit) and ready[0].spec.live:
        for step in ready[1:]:
            if isinstance(step, Edit) and step.spec.live and now - _own(step, edited) >= _PROGRESS_WAITS:
                return step
    return ready[0]


def request(step: Step, place: PlaceId) -> tuple[str, str, Priority]:
    """A step in a place, for the rate limiter."""
    path = f"/channels/{place}/messages"
    match step:
        case Send(spec):
            return "POST", f"/channels/{spec.direct or place}/messages", spec.priority
        case Edit(post, spec):
            return "PATCH", f"{path}/{post.message}", spec.priority
        case Delete(post):
            return "DELETE", f"{path}/{post.message}", Priority.PROGRESS


def reader(post: Post) -> PersonId | None:
    """Whose direct message a post is, if it is one."""
    person = post.slot.partition(DIRECT)[2]
    return PersonId(int(person)) if person else None


def _without_files(spec: MessageSpec) -> MessageSpec:
    """What is left of a message in a place that takes no files: its text, and the beginning of those in its files."""
    names = ", ".join(upload.name for upload in spec.uploads)
    lines = [spec.content, f"-# ⚠️ Discord does not take {names} here."]
    texts = [upload.text for upload in spec.uploads if isinstance(upload, TextUpload)]
    if texts and len(spec.content) < _ROOM:
        lines.append(split(f"```\n{texts[0]}\n```", LIMIT - _ROOM)[0])
    return replace(spec, content="\n".join(line for line in lines if line)[:LIMIT], uploads=())


def _own(step: Edit, edited: Mapping[str, float]) -> float:
    return edited.get(step.spec.slot, 0.0)


def _slot(step: Step) -> str:
    return step.post.slot if isinstance(step, Delete) else step.spec.slot
