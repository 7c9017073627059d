"""What a session's thread shows of its turns, read from the messages as a person sees them.

For tests, bench and chaos. It knows the words and buttons that the bridge shows, and none of its code.

A bot's message is one of these:
- a status: the turn's card (Components V2); in the compact style the message that begins with the turn's state; in the
  legacy style, which shows only the end, the message with the final line ("-# ✅ **Done** in 2 s · …");
- a call for a person: a state and a mention ("✅ <@1> Claude is done"), or a file alone;
- a request (a permission, questions, a plan's decision): open, it carries its buttons; settled, one line says what
  became of it, and the answers to questions stand below;
- an aside of the bridge: "-# …", or an answer that only one person sees;
- everything else is what Claude said.
"""

import re
from collections.abc import Sequence
from typing import Any

from antiphon.standin.client_shapes import walk, words_of

Json = dict[str, Any]

_V2, _EPHEMERAL = 1 << 15, 1 << 6  # message flags
_RUNNING = re.compile(r"-# ⏳|(?:⏳|✋|🧠|✍️) \*\*(?:Working|Waiting for you|Thinking|Writing)\b")
_END = re.compile(r"(?:-# )?(?:✅ \**Done\b|❌|⏹️|✖️|⌛|🚦|🕳️|⚠️ \**Interrupted\b|🖥️ \**Closed\b)")
_CALL = re.compile(r"(?:✋|✅|❌|⏹️|⌛|🚦|🕳️|⚠️) <@|✋ \*\*(?:Claude|A sub-agent|A budget)")
_SETTLED_REQUEST = re.compile(
    r"(?:-# )?(?:✅ \**(?:Allowed|Answered|Plan approved)\b|🚫|\S+ \**(?:Not needed any more|Expired)\b)"
)
_REQUEST_BUTTONS = tuple(
    f"a1:{name}:" for name in ("allow", "deny", "tell", "go", "keep", "pick", "choose", "other", "decline")
)


def statuses(messages: Sequence[Json]) -> list[str]:
    """The state of each turn in plain words, oldest first."""
    return [words_of(one).replace("**", "") for one in messages if _is_bots(one) and _is_status(one)]


def ends(messages: Sequence[Json]) -> list[str]:
    """The statuses of the turns that have ended."""
    return [words for words in statuses(messages) if _END.match(_uncalled(words))]


def chunks(messages: Sequence[Json]) -> list[str]:
    """What Claude said, message by message, oldest first."""
    found = [words_of(one) for one in messages if _is_bots(one) and not (_is_status(one) or is_request(one))]
    return [words for words in found if words and not words.startswith("-# ") and not _CALL.match(words)]


def is_request(message: Json) -> bool:
    """Whether a message is a request of Claude's, open or settled."""
    return bool(open_buttons(message)) or bool(_SETTLED_REQUEST.match(words_of(message)))


def open_buttons(message: Json) -> list[str]:
    """The custom_ids of a request's buttons, which are there as long as it waits for an answer."""
    return [one for one in custom_ids(message) if one.startswith(_REQUEST_BUTTONS)]


def custom_ids(message: Json) -> list[str]:
    """What can be pressed or chosen in a message."""
    return [str(part["custom_id"]) for part in walk(message.get("components", [])) if "custom_id" in part]


def _is_bots(message: Json) -> bool:
    return bool(message["author"].get("bot")) and not message.get("flags", 0) & _EPHEMERAL


def _is_status(message: Json) -> bool:
    if is_request(message):
        return False
    if message.get("flags", 0) & _V2:
        return True
    words = _uncalled(words_of(message))
    return bool(_RUNNING.match(words) or _END.match(words))


def _uncalled(words: str) -> str:
    """What stands below the line that calls somebody; all of it where there is none."""
    return words.partition("\n")[2] if _CALL.match(words) else words
