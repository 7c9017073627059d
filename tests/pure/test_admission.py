"""The message about a stranger names who wrote, never what, and says at last what has become of it; and which messages
are those of strangers."""

from dataclasses import replace

import pytest

from antiphon.chat.inbound.intake import IncomingMessage, Quote, is_strangers
from antiphon.chat.render.admission import is_offer, offer_spec
from antiphon.core.guests.admission import MOST_KEPT, OfferState, StrangerOffer
from antiphon.core.values import Access, Guest, MessageId, Person, PersonId, PlaceId

from fakes import PROJECT

ME, OWNER = PersonId(99), PersonId(7)
OPEN = StrangerOffer(
    3, PlaceId(1), "playground", PersonId(9), "M@llory **", "open", owner=OWNER, calls=True, waiting=1, text="secret"
)
HERE = replace(PROJECT, access=Access(frozenset({OWNER})))
SAID = IncomingMessage(MessageId(500), PlaceId(77), PlaceId(1), Person(PersonId(9), "Mallory"), True, "let me in")


def test_an_open_offer_has_three_buttons_and_calls_the_owner_once() -> None:
    spec = offer_spec(OPEN, OWNER)
    assert [one.custom_id for one in spec.buttons] == [
        f"a1:offer:3:{what}" for what in ("let_in", "always", "declined")
    ]
    assert spec.ping == OWNER
    assert "secret" not in spec.content
    assert "**M@llory \\*\\*** may not ask Claude here. Their message waits · <@7>" in spec.content
    assert offer_spec(replace(OPEN, calls=False), OWNER).ping is None
    assert ", and 2 more" in offer_spec(replace(OPEN, waiting=3), None).content
    assert "the most that are kept" in offer_spec(replace(OPEN, waiting=MOST_KEPT), None).content
    assert is_offer(spec.content, OPEN)
    assert not is_offer("M@llory \\*\\* wrote", OPEN)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("let_in", "Ada let 4 messages of M@llory \\*\\* in · 1 message not run: deleted, or empty by now"),
        ("always", "they may write here from now on · 1 message not run"),
        ("declined", "Ada did not let M@llory \\*\\* in"),
        ("withdrawn", "deleted 4 messages before anybody let them in"),
    ],
)
def test_a_decided_offer_says_what_has_become_of_it(state: OfferState, text: str) -> None:
    spec = offer_spec(replace(OPEN, state=state, by="Ada", prompts=3, waiting=0, deleted=1), OWNER)
    assert text in spec.content
    assert (spec.buttons, spec.ping) == ((), None)
    assert is_offer(spec.content, OPEN)


def test_who_may_not_prompt_and_talks_to_claude_in_a_thread_is_a_stranger() -> None:
    assert is_strangers(SAID, HERE, ME)
    assert is_strangers(replace(SAID, ours=False, mentions=frozenset({ME})), HERE, ME)
    assert is_strangers(replace(SAID, text="", quoted=(Quote(None, "forwarded"),)), HERE, ME)


@pytest.mark.parametrize(
    "said",
    [
        replace(SAID, parent=None),
        replace(SAID, written=False),
        replace(SAID, ours=False),
        replace(SAID, text="  "),
        replace(SAID, author=Person(OWNER, "Ada")),
        replace(SAID, author=Person(PersonId(5), "Root", owns_application=True)),
    ],
)
def test_everything_else_is_none_of_a_strangers(said: IncomingMessage) -> None:
    assert not is_strangers(said, HERE, ME)


def test_a_guest_is_no_stranger_and_where_strangers_are_ignored_there_are_none() -> None:
    guests = replace(HERE.access, guests=(Guest(PersonId(9), "Mallory", "Ada"),))
    assert not is_strangers(SAID, replace(HERE, access=guests), ME)
    assert not is_strangers(SAID, replace(HERE, strangers="ignore"), ME)
