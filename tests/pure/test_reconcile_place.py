"""What the writer of a place does next, decided without an event loop."""

from dataclasses import replace

from antiphon.chat.delivery.reconcile import (
    LONG_AGO,
    NEVER,
    Delete,
    Edit,
    PageState,
    SearchFirst,
    Send,
    Unconfirmed,
    Wait,
    decide,
    still_due,
)
from antiphon.chat.render.message import MessageSpec
from antiphon.core.records import Post
from antiphon.core.values import MessageId, TurnId

TURN, NOW, PACE = TurnId("turn"), 1_000_000.0, 1.25
TEXT = MessageSpec("text:0", "hello")
LIVE = replace(TEXT, live=True)
YOUNG = MessageId((int(NOW * 1000) - 1420070400000) << 22)  # written at NOW


def page_with(spec: MessageSpec, digest: str | None = None) -> PageState:
    return PageState(TURN, {spec.slot: Post(TURN, spec.slot, YOUNG, spec.digest if digest is None else digest)})


def test_what_is_as_it_should_be_waits_for_ever() -> None:
    assert decide(page_with(TEXT), [TEXT], PACE, NOW) == Wait(NEVER)


def test_what_is_not_there_is_sent_and_what_nobody_wants_is_deleted() -> None:
    assert decide(PageState(TURN), [TEXT], PACE, NOW) == Send(TEXT)
    state = page_with(TEXT)
    assert decide(state, [], PACE, NOW) == Delete(state.posts["text:0"])


def test_live_text_is_edited_at_the_pace_of_its_place() -> None:
    state = page_with(LIVE, "older")
    assert decide(state, [LIVE], PACE, NOW) == Edit(state.posts["text:0"], LIVE)
    state.edited["text:0"] = NOW - 1
    assert decide(state, [LIVE], PACE, NOW) == Wait(NOW - 1 + PACE)


def test_before_something_is_sent_what_may_be_there_is_searched_for_unless_its_nonce_finds_it() -> None:
    state = PageState(TURN, unconfirmed=LONG_AGO)
    nonce = state.nonce_of(Send(TEXT))
    assert decide(state, [TEXT], PACE, NOW) == SearchFirst(nonce)
    state.unconfirmed = Unconfirmed(NOW - 59, nonce)
    assert decide(state, [TEXT], PACE, NOW) == Send(TEXT)
    state.unconfirmed = Unconfirmed(NOW - 61, nonce)
    assert decide(state, [TEXT], PACE, NOW) == SearchFirst(nonce)
    state.unconfirmed = Unconfirmed(NOW, "of another message")
    assert decide(state, [TEXT], PACE, NOW) == SearchFirst(nonce)


def test_what_is_posted_after_a_deletion_has_a_nonce_of_its_own() -> None:
    state = page_with(TEXT)
    before = state.nonce_of(Send(TEXT))
    state.deleted(state.posts["text:0"])
    assert state.nonce_of(Send(TEXT)) != before


def test_a_step_that_waited_is_taken_as_the_newest_page_wants_it() -> None:
    newer = replace(TEXT, content="hello again")
    assert still_due(Send(TEXT), [Send(newer)]) == Send(newer)
    assert still_due(Send(TEXT), []) is None
