"""What has to be done so that a place shows a page."""

from dataclasses import replace

from antiphon.chat.delivery.reconcile import GONE, Delete, Edit, Send, first, forms, not_before, replaced, steps
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import Button, Card, MessageSpec, Priority, TextUpload
from antiphon.core.records import Post
from antiphon.core.values import MessageId, PersonId, TurnId

TURN = TurnId("turn")
NOW = 1_700_000_000.0
FRESH = MessageId(int((NOW - 60 - 1_420_070_400) * 1000) << 22)
OLD = MessageId(int((NOW - 3600 - 1_420_070_400) * 1000) << 22)
A, B = MessageSpec("0.0", "a"), MessageSpec("0.1", "b")
CARD = MessageSpec("card", "c", live=True, priority=Priority.PROGRESS)


def post(spec: MessageSpec, digest: str | None = None, message: MessageId = FRESH) -> Post:
    return Post(TURN, spec.slot, message, digest or spec.digest)


def test_what_is_not_posted_is_sent_in_the_pages_order() -> None:
    assert steps((CARD, A, B), {}, NOW) == (Send(CARD), Send(A), Send(B))


def test_what_is_posted_and_right_is_left_alone() -> None:
    assert steps((CARD, A), {"card": post(CARD), "0.0": post(A)}, NOW) == ()


def test_text_is_brought_up_to_date_before_progress() -> None:
    old = {"card": post(CARD, "old"), "0.0": post(A, "old")}
    assert steps((CARD, A, B), old, NOW) == (Edit(old["0.0"], A), Send(B), Edit(old["card"], CARD))


def test_what_no_slot_wants_is_deleted_but_not_twice() -> None:
    there = post(B, message=MessageId(FRESH + 1))
    assert steps((A,), {"0.0": post(A), "0.1": there}, NOW) == (Delete(there),)
    assert steps((A,), {"0.0": post(A), "0.1": post(B, GONE)}, NOW) == ()


def test_a_deleted_message_is_not_brought_back() -> None:
    assert steps((A,), {"0.0": post(A, GONE)}, NOW) == ()


def test_a_direct_message_is_not_changed_but_taken_back_when_it_is_not_wanted() -> None:
    direct = MessageSpec("0.direct.7", "d", direct=PersonId(7))
    assert steps((replace(direct, content="other"),), {"0.direct.7": post(direct)}, NOW) == ()
    assert steps((), {"0.direct.7": post(direct)}, NOW) == (Delete(post(direct)),)


def test_a_live_message_that_is_too_old_to_be_edited_is_replaced() -> None:
    old = post(CARD, "old", OLD)
    assert steps((CARD,), {"card": old}, NOW) == (Send(CARD, old),)
    assert steps((A,), {"0.0": post(A, "old", OLD)}, NOW) == (Edit(post(A, "old", OLD), A),)


def test_an_old_message_is_kept_if_nothing_came_to_replace_it() -> None:
    old = post(CARD, "old", OLD)
    over = replace(CARD, live=False)
    assert steps((over,), {"card": old, replaced(old).slot: replaced(old)}, NOW) == (Edit(old, over),)


def test_a_message_that_is_refused_keeps_its_buttons_and_whom_it_calls() -> None:
    button = Button("a1:allow:t:r", "Allow once")
    asked = MessageSpec(
        "0", "odd", buttons=(button,), uploads=(TextUpload("request.txt", "the whole"),), ping=PersonId(7)
    )
    whole, bare, file, plain, plain_file = forms(asked)
    assert whole == asked
    assert "the whole" in bare.content
    assert (file.content, file.uploads) == ("", (TextUpload("answer.md", "odd\n\nthe whole"),))
    assert all((form.buttons, form.ping) == ((button,), PersonId(7)) for form in (bare, file))
    assert (plain.content, plain.buttons, plain.ping) == ("odd\n\nthe whole", (), PersonId(7))
    assert (plain_file.uploads, plain_file.buttons) == (file.uploads, ())
    assert [one.card for one in forms(MessageSpec("card", card=Card(("a", "b"), (button,))))][1] is None


def test_a_message_tells_when_it_was_made() -> None:
    assert snowflake_time(FRESH) == NOW - 60


def test_only_edits_of_live_messages_are_spaced_out_and_progress_most() -> None:
    live = MessageSpec("0.0", "a", live=True)
    edited = {"0.0": 50.0, "card": 50.0}
    assert not_before(Send(live), edited, 1.0) == 0.0
    assert not_before(Edit(post(A), A), edited, 1.0) == 0.0
    text, card = (not_before(Edit(post(spec), spec), edited, 1.0) for spec in (live, CARD))
    assert 50.0 < text < card


def test_live_text_goes_before_progress_but_not_for_ever() -> None:
    text, card = Edit(post(A), MessageSpec("0.0", "a", live=True)), Edit(post(CARD), CARD)
    assert first((text, card), {"card": 49.0}, 50.0) == text
    assert first((text, card), {"card": 40.0}, 50.0) == card
