"""What has to be done so that a place shows a page: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from antiphon.chat.look.render import Spec
from antiphon.core.ports import Post

_PACE = {"status": 2.5}  # seconds between two edits of a live message, by slot
_PACE_OF_TEXT = 1.2  # both together stay within Discord's 5 edits in 5 s for a channel


@dataclass(frozen=True, slots=True)
class Send:
    """Post a message that is not there yet."""

    spec: Spec


@dataclass(frozen=True, slots=True)
class Edit:
    """Make a posted message show `spec`."""

    post: Post
    spec: Spec


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away a posted message that no slot wants."""

    post: Post


Step = Send | Edit | Delete
GONE = "gone"  # the digest of a message that somebody deleted: it stays deleted


def steps(page: Sequence[Spec], posts: Mapping[str, Post]) -> tuple[Step, ...]:
    """The differences between what is posted and `page`. Text comes before the status line's next edit, the status
    line's first appearance before everything; new messages in the page's order."""
    wanted = {spec.slot for spec in page}
    found: list[Step] = []
    for spec in page:
        post = posts.get(spec.slot)
        if post is None:
            found.append(Send(spec))
        elif post.digest not in (spec.digest, GONE):
            found.append(Edit(post, spec))
    found.sort(key=lambda step: isinstance(step, Edit) and step.spec.slot == "status")  # stable
    found.extend(Delete(post) for slot, post in posts.items() if slot not in wanted and post.digest != GONE)
    return tuple(found)


def not_before(step: Step, edited: Mapping[str, float]) -> float:
    """When a step may be taken, given when each slot was edited last: only edits of live messages are spaced out."""
    if not isinstance(step, Edit) or not step.spec.live:
        return 0.0
    slot = step.spec.slot
    return edited.get(slot, 0.0) + _PACE.get(slot, _PACE_OF_TEXT)
