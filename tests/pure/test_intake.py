"""Which messages become prompts, and for which session."""

from dataclasses import replace

import pytest

from antiphon.chat.intake import Arrival, prompt_from
from antiphon.chat.look.render import title
from antiphon.core.values import Access, MessageId, Person, PersonId, PlaceId, RoleId, session_at

from fakes import PROJECT

ME = PersonId(99)
OWNER = Person(PersonId(1), "ada", owns_application=True)
STRANGER = Person(PersonId(2), "mallory", frozenset({RoleId(50)}))
CHANNEL, THREAD = PlaceId(1), PlaceId(77)
SAID = Arrival(MessageId(500), CHANNEL, None, OWNER, True, "Fix the tests, please")


def test_a_message_in_a_channel_opens_a_session_in_a_thread_with_the_messages_id() -> None:
    call = prompt_from(SAID, [PROJECT], "local", ME)
    assert call is not None
    assert call.session.id == session_at(PlaceId(500))
    assert (call.session.origin.channel, call.session.origin.message) == (CHANNEL, SAID.id)
    assert call.session.title == "Fix the tests, please"
    assert call.seen == (CHANNEL, SAID.id)
    assert call.key == "500"


def test_a_message_in_a_thread_continues_its_session() -> None:
    call = prompt_from(replace(SAID, channel=THREAD, parent=CHANNEL), [PROJECT], "local", ME)
    assert call is not None
    assert call.session.id == session_at(THREAD)
    assert call.session.origin.message is None


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, channel=PlaceId(4)),
        replace(SAID, channel=THREAD, parent=PlaceId(4)),
        replace(SAID, spoken=False),
        replace(SAID, author=STRANGER),
        replace(SAID, text="   "),
        replace(SAID, text=f"<@{ME}>"),
    ],
    ids=["another channel", "a thread elsewhere", "not a person", "a stranger", "nothing said", "only a mention"],
)
def test_everything_else_is_ignored(other: Arrival) -> None:
    assert prompt_from(other, [PROJECT], "local", ME) is None


@pytest.mark.parametrize(
    "access",
    [Access(people=frozenset({STRANGER.id})), Access(roles=frozenset({RoleId(50)}))],
    ids=["by name", "by role"],
)
def test_people_and_roles_that_are_configured_may_prompt(access: Access) -> None:
    assert prompt_from(replace(SAID, author=STRANGER), [replace(PROJECT, access=access)], "local", ME) is not None


def test_where_a_mention_is_required_only_a_mention_opens_a_session() -> None:
    project = replace(PROJECT, mention_required=True)
    assert prompt_from(SAID, [project], "local", ME) is None
    mentioned = replace(SAID, text=f"<@{ME}> look", mentions=frozenset({ME}))
    call = prompt_from(mentioned, [project], "local", ME)
    assert call is not None
    assert call.body["text"] == "look"
    assert prompt_from(replace(SAID, channel=THREAD, parent=CHANNEL), [project], "local", ME) is not None


def test_what_is_attached_is_named_and_not_dropped_in_silence() -> None:
    call = prompt_from(replace(SAID, text="", files=("plan.pdf",)), [PROJECT], "local", ME)
    assert call is not None
    assert "plan.pdf" in call.body["text"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello", "hello"),
        ("  a\n b\t c ", "a b c"),
        ("", "Session"),
        ("***", "Session"),
        ("\u200b", "Session"),
        ("# Title", "Title"),
    ],
)
def test_a_thread_is_named_by_the_first_words(text: str, name: str) -> None:
    assert title(text) == name


@pytest.mark.parametrize("text", ["x" * 102, "word " * 40, "x" * 5000])
def test_a_threads_name_has_at_most_100_characters(text: str) -> None:
    assert 1 <= len(title(text)) <= 100
