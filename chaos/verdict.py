"""What a round has shown: only from the messages that a person sees and from the requests that the model got. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import shown as turns

from antiphon.demo.show import marked
from antiphon.standin.client_shapes import words_of
from chaos.plan import Message

Json = dict[str, Any]

_OF_OTHERS = re.compile(
    r"\[Antiphon\] Other sessions work on this project.*?message_session to talk to one of them\.", re.S
)
_WORD = re.compile(r"\bw(\d+)x(\d+);")  # with its end: an answer that is cut off may end within a word
# How Claude is asked to go on after a restart in which it waited for an answer. Claude Code has then forgotten what
# Claude said right before it asked (measured: its words are not in the next request), so Claude says it again.
_WENT_ON = "[Antiphon] The bridge between you and the person was restarted"
_NOT_ASKED = "Claude was not asked"
_DONE, _TAKEN_IN = "✅", "📥"
LIKED = "👍"  # what people put on messages
KINDS = (
    "lost",
    "run twice",
    "posted twice",
    "out of order",
    "without a final state",
    "done without its content",
    "the bridge left",
    "orphans",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it was posted: its place (thread), and how it stands at the end, its reactions in it; None: its
    author has deleted it."""

    plan: Message
    place: str
    message: Json | None


@dataclass(frozen=True, slots=True)
class Records:
    """What was left of a round. `places`: every message of each thread, oldest first. `requests`: the messages of every
    main request that the model got. `elsewhere`: the texts of the bot's files, and of its messages that stand in no
    thread. `told`: those of the latter alone. `left`: how the bridge ended where nobody ended it."""

    said: Sequence[Said]
    places: Mapping[str, Sequence[Json]]
    requests: Sequence[Sequence[Mapping[str, Any]]]
    orphans: Sequence[str]
    elsewhere: Sequence[str] = ()
    told: Sequence[str] = ()
    left: Sequence[str] = ()


@dataclass(slots=True)
class Verdict:
    """What is wrong, by kind; and how the messages ended."""

    wrong: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    ends: Counter[str] = field(default_factory=Counter[str])

    def blame(self, kind: str, words: str) -> None:
        self.wrong.setdefault(kind, []).append(words)


def judge(records: Records) -> Verdict:
    """Every promise of a round, message by message and place by place."""
    verdict = Verdict()
    heard, acted = _heard(records.requests), _heard([_answered(one) for one in records.requests])
    for one in records.said:
        _judge_message(verdict, one, heard.get(one.plan.number, Counter()), acted, records)
        _judge_content(verdict, one, records)
    for place, messages in records.places.items():
        here = [one.plan for one in records.said if one.place == place]
        _judge_place(verdict, place, messages, [one.number for one in here if not _may_be_late(one, records)])
    for orphan in records.orphans:
        verdict.blame("orphans", orphan)
    for end in records.left:
        verdict.blame("the bridge left", end)
    return verdict


def marks(message: Json) -> list[str]:
    """The bot's reactions on a message, without the selectors that make some of them emoji."""
    found = [str(one["emoji"]["name"]).replace("\ufe0f", "") for one in message.get("reactions", [])]
    return [mark for mark in found if mark != LIKED]


def turned_away(message: Json, channel: Sequence[Json], directly: Sequence[Json] = ()) -> bool:
    """Whether the bot has said that it does not take a message: below it, in its channel, or to its author directly."""
    replies = [one.get("message_reference") or {} for one in channel if one["author"].get("bot")]
    said = [words_of(one) for one in directly if int(one["id"]) > int(message["id"])]
    return any(reply.get("message_id") == message["id"] for reply in replies) or any(_NOT_ASKED in one for one in said)


def settled(message: Json) -> bool:
    """Whether a message's fate is shown: one mark, and a final one."""
    found = marks(message)
    return len(found) == 1 and (marked(message) is not None or found[0] == _TAKEN_IN)


def _judge_message(
    verdict: Verdict, one: Said, times: Counter[str], acted: Mapping[int, Counter[str]], records: Records
) -> None:
    """`times`: in which conversations the model heard it, and how often; `acted`: the same for all messages, but only
    where its answer has reached anybody. A Claude Code that is killed within a tenth of a second of its request has
    kept nothing of it (measured): the model is asked again, and nothing is done twice."""
    number, end = one.plan.number, _end(one)
    if one.message is not None and not settled(one.message):
        verdict.blame("without a final state", f"message {number}: {marks(one.message) or 'no mark'}")
    verdict.ends[end] += 1
    if not times and end in (_DONE, _TAKEN_IN, "none"):
        verdict.blame("lost", f"message {number} ({end}) never reached the model")
    if len(acted.get(number, ())) > 1 or any(count > 1 for count in times.values()):
        verdict.blame("run twice", f"message {number}: {dict(times)}")
    seen = [int(word) for message, word in _words(records.places[one.place]) if message == number]
    most = 1 + _went_on(number, records.requests)
    if again := [word for word, count in Counter(seen).items() if count > most]:
        verdict.blame("posted twice", f"message {number}: words {again[:5]} of {len(one.plan.words)}")
    elif list(dict.fromkeys(seen)) != list(range(len(set(seen)))):
        verdict.blame("out of order", f"message {number}: {seen[:12]} …")


def _judge_content(verdict: Verdict, one: Said, records: Records) -> None:
    """A mark that all is done is only on what was answered to the last word, in the thread or, at worst, elsewhere."""
    if _end(one) != _DONE:
        return
    number, texts = one.plan.number, [*turns.chunks(records.places[one.place]), *records.elsewhere]
    there = {match[2] for text in texts for match in _WORD.finditer(text) if int(match[1]) == number}
    if len(there) < len(one.plan.words):
        told = f"{len(there)} of {len(one.plan.words)} words of its answer are there"
        verdict.blame("done without its content", f"message {number}: {told}")


def _may_be_late(one: Message, records: Records) -> bool:
    """Whether the answer to a message may stand behind those to later ones: it was edited while Claude worked, and is
    said anew; or Discord took it in no form, which was told elsewhere with all of it."""
    return (one.act is not None and one.act.kind == "edit") or any(one.words[0] in text for text in records.told)


def _end(one: Said) -> str:
    found = ["deleted"] if one.message is None else marks(one.message)
    return found[0] if found else "none"


def _judge_place(verdict: Verdict, place: str, messages: Sequence[Json], numbers: Sequence[int]) -> None:
    states, ends = turns.statuses(messages), turns.ends(messages)
    if len(states) > len(ends):
        verdict.blame("without a final state", f"place {place}: {[one[:60] for one in states if one not in ends]}")
    order = [one for one in dict.fromkeys(message for message, _ in _words(messages)) if one in numbers]
    if order != [one for one in numbers if one in order]:
        verdict.blame("out of order", f"place {place}: answers to {order}, messages {list(numbers)}")


def _words(messages: Sequence[Json]) -> Iterator[tuple[int, str]]:
    """The words of answers, each with the message that it answers, as they stand in a place."""
    for text in turns.chunks(messages):
        for match in _WORD.finditer(text):
            yield int(match[1]), match[2]


def _heard(requests: Sequence[Sequence[Mapping[str, Any]]]) -> dict[int, Counter[str]]:
    """For each message: the conversations (by their first words) in which the model had it as a prompt, and how often
    it stood there at the most."""
    found: dict[int, Counter[str]] = {}
    for messages in requests:
        told = [message["content"] for message in messages if message["role"] != "assistant"]
        prompts = [text for content in told for text in _texts(content)]
        first = next((text for text in prompts if _WORD.search(text)), "")[:40]
        counts = Counter(int(match[1]) for text in prompts for match in re.finditer(r"say: w(\d+)x0;", text))
        for number, count in counts.items():
            here = found.setdefault(number, Counter())
            here[first] = max(here[first], count)
    return found


def _answered(messages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The part of a request that the model has answered before."""
    answers = [index for index, one in enumerate(messages) if one["role"] == "assistant"]
    return messages[: answers[-1]] if answers else ()


def _went_on(number: int, requests: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    """How often a conversation that had a message as a prompt went on after a restart."""
    most = 0
    for messages in requests:
        texts = [text for one in messages if one["role"] != "assistant" for text in _texts(one["content"])]
        if any(f"say: w{number}x0;" in text for text in texts):
            most = max(most, sum(text.startswith(_WENT_ON) for text in texts))
    return most


def _texts(content: Any) -> list[str]:
    """What somebody said, without what a session is told of the others, whose titles are prompts."""
    told = [content] if isinstance(content, str) else [one["text"] for one in content if one.get("type") == "text"]
    return [_OF_OTHERS.sub("", str(text)) for text in told]


def shown(message: Json | None) -> str:
    """A message in a line, for whoever looks for the cause."""
    if message is None:
        return "(deleted)"
    return f"{message['author'].get('username')}: {words_of(message)[:160]!r} {marks(message)}"
