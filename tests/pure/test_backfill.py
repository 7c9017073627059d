"""What was missed: where to look for it, how late it is, and what has become of what was accepted before."""

from dataclasses import replace
from typing import Any

import pytest

from antiphon.chat.inbound.backfill import EVERYWHERE, Found, all_of, channel_of, looked_at, unseen
from antiphon.chat.inbound.intake import IncomingMessage, changed, missed
from antiphon.chat.render.format import snowflake_time
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import MessageId, Origin, Person, PersonId, PlaceId

from fakes import PLACE, SESSION, prompt

CHANNEL = PlaceId(500)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def message_at(seconds: float) -> MessageId:
    """The id of a message that was posted so many seconds after Discord began to count."""
    return MessageId(int(seconds * 1000) << 22)


def arrived(**more: Any) -> IncomingMessage:
    return IncomingMessage(message_at(DAY), CHANNEL, None, Person(PersonId(7), "Ada"), True, "hello", **more)


@pytest.mark.parametrize(
    ("age", "late", "held"),
    [
        (1.0, "", False),
        (59.0, "", False),
        (MINUTE, "Sent 1 min ago, while Antiphon was offline.", False),
        (2 * HOUR + 5, "Sent 2 h ago, while Antiphon was offline.", False),
        (6 * HOUR, "Sent 6 h ago, while Antiphon was offline.", False),
        (6 * HOUR + 1, "Sent 6 h ago, while Antiphon was offline.", True),
        (3 * DAY, "Sent 3 days ago, while Antiphon was offline.", True),
        (-5.0, "", False),  # the machine's clock is slow
    ],
)
def test_a_missed_message_tells_its_age_and_is_held_beyond_the_limit(age: float, late: str, held: bool) -> None:
    one = arrived()
    found = missed(one, snowflake_time(one.id) + age, ask_after=6 * HOUR)
    assert (found.late, found.held) == (late, held)


def test_an_edit_counts_once_and_keeps_what_was_said_of_the_message() -> None:
    accepted = replace(prompt(), edited=10.0, late="Sent 2 h ago.")
    assert changed(arrived(edited=10.0), accepted) is None
    assert changed(arrived(edited=9.0), accepted) is None
    assert changed(arrived(), prompt()) is None
    newer = changed(arrived(edited=11.0), accepted)
    assert newer is not None
    assert newer.late == "Sent 2 h ago."
    assert changed(arrived(edited=1.0), prompt()) is not None  # a row of a version that did not keep it


def test_a_place_is_read_from_what_was_seen_there() -> None:
    thread = Found(PLACE, CHANNEL, MessageId(9))
    assert unseen(thread, {PLACE: MessageId(5), CHANNEL: MessageId(7)}) == 5
    assert unseen(Found(CHANNEL, None, MessageId(9)), {CHANNEL: MessageId(7)}) == 7


def test_a_place_that_nobody_has_listened_to_is_not_read() -> None:
    assert unseen(Found(CHANNEL, None, MessageId(9)), {EVERYWHERE: MessageId(1)}) is None
    assert unseen(Found(PLACE, CHANNEL, MessageId(9)), {}) is None


def test_a_thread_in_which_nothing_was_seen_is_read_from_where_all_was_looked_at() -> None:
    marks = {CHANNEL: message_at(3 * DAY), EVERYWHERE: message_at(DAY)}
    later, earlier = PlaceId(message_at(2 * DAY)), PlaceId(message_at(HOUR))
    assert unseen(Found(later, CHANNEL, message_at(4 * DAY)), marks) == later - 1
    assert unseen(Found(earlier, CHANNEL, message_at(4 * DAY)), marks) == message_at(DAY)
    assert unseen(Found(earlier, CHANNEL, message_at(4 * DAY)), {CHANNEL: message_at(DAY)}) == message_at(DAY)


def test_a_channel_that_was_out_of_sight_is_looked_at_from_where_it_was_seen_last() -> None:
    other, hidden = PlaceId(600), CHANNEL
    marks = {hidden: message_at(DAY), other: message_at(9 * DAY), EVERYWHERE: message_at(HOUR)}
    marks |= {all_of(other): message_at(9 * DAY), all_of(hidden): message_at(DAY)}
    assert looked_at(hidden, marks) == message_at(DAY)
    assert looked_at(other, marks) == message_at(9 * DAY)
    assert unseen(Found(PLACE, hidden, message_at(6 * DAY)), marks) == message_at(DAY)
    assert unseen(Found(PLACE, other, message_at(6 * DAY)), marks) == message_at(9 * DAY)
    assert looked_at(hidden, {hidden: message_at(3 * DAY), EVERYWHERE: message_at(DAY)}) == message_at(DAY)
    assert looked_at(hidden, {}) is None


def waiting(key: str, message: int | None, origin: Origin) -> QueuedPrompt:
    said = replace(prompt(), message=None if message is None else MessageId(message))
    return QueuedPrompt(1, key, replace(SESSION, origin=origin), said, 0.0, 0, 0)


def test_a_prompt_is_looked_for_where_its_message_stands() -> None:
    opened = Origin(CHANNEL, MessageId(9))
    assert channel_of(waiting("9", 9, opened)) == CHANNEL
    assert channel_of(waiting("10", 10, opened)) == PLACE
    assert channel_of(waiting("10", 10, Origin())) == PLACE
    assert channel_of(waiting("77", 10, Origin())) is None  # a command's: the message is our own answer
    assert channel_of(waiting("77", None, Origin())) is None
