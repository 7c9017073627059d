"""Which messages become prompts, for which session, with which words."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from antiphon.chat.inbound.intake import (
    Attachment,
    FetchedFiles,
    IncomingMessage,
    Quote,
    files_of,
    inbox_entry,
    is_paste,
    is_prompt,
)
from antiphon.core.blocks import AskBlock, Question
from antiphon.core.permission_requests import typed_answer
from antiphon.core.projects import Projects
from antiphon.core.records import InboxEntry, prompt_in
from antiphon.core.values import (
    Access,
    Attachments,
    File,
    MessageId,
    Person,
    PersonId,
    PlaceId,
    Project,
    Prompt,
    RoleId,
    ToolUseId,
    session_at,
)

from fakes import PROJECT

ME = PersonId(99)
OWNER = Person(PersonId(1), "ada", owns_application=True)
STRANGER = Person(PersonId(2), "mallory", frozenset({RoleId(50)}))
CHANNEL, THREAD = PlaceId(1), PlaceId(77)
SAID = IncomingMessage(MessageId(500), CHANNEL, None, OWNER, True, "Fix the tests, please")
PLAN = Attachment(41, "plan.pdf", 1000, "http://cdn/plan.pdf")
PASTE = Attachment(42, "message.txt", 5000, "http://cdn/message.txt")


NOTHING = FetchedFiles()


def prompt_from(
    arrival: IncomingMessage, projects: Sequence[Project], worker: str, me: PersonId, fetched: FetchedFiles = NOTHING
) -> InboxEntry | None:
    project = Projects(projects).at(arrival.channel, arrival.parent)
    return (
        None
        if project is None or not is_prompt(arrival, project, me)
        else inbox_entry(arrival, project, worker, me, fetched)
    )


def prompt_of(call: InboxEntry) -> Prompt:
    prompt = prompt_in(call.content)
    assert prompt is not None
    return prompt


def test_a_message_in_a_channel_opens_a_session_in_a_thread_with_the_messages_id() -> None:
    call = prompt_from(SAID, [PROJECT], "local", ME)
    assert call is not None
    assert call.session.id == session_at(PlaceId(500))
    assert (call.session.origin.channel, call.session.origin.message) == (CHANNEL, SAID.id)
    assert call.session.title == "Fix the tests, please"
    assert call.seen == (CHANNEL, SAID.id)
    assert call.key == "500"


def test_a_message_in_a_thread_continues_its_session() -> None:
    call = prompt_from(replace(SAID, channel=THREAD, parent=CHANNEL, where="thread"), [PROJECT], "local", ME)
    assert call is not None
    assert call.session.id == session_at(THREAD)
    assert call.session.origin.message is None


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, channel=PlaceId(4)),
        replace(SAID, channel=THREAD, parent=PlaceId(4), where="thread"),
        replace(SAID, written=False),
        replace(SAID, author=STRANGER),
        replace(SAID, text="   "),
        replace(SAID, text=f"<@{ME}>"),
    ],
    ids=["another channel", "a thread elsewhere", "not a person", "a stranger", "nothing said", "only a mention"],
)
def test_everything_else_is_ignored(other: IncomingMessage) -> None:
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
    assert prompt_of(call).text == "look"
    assert (
        prompt_from(replace(SAID, channel=THREAD, parent=CHANNEL, where="thread"), [project], "local", ME) is not None
    )


def test_files_without_words_are_a_prompt_and_name_the_thread() -> None:
    fetched = FetchedFiles(Attachments((File("plan.pdf", "/files/plan.pdf", 1000),), ("big.zip was not passed on",)))
    call = prompt_from(replace(SAID, text="", files=(PLAN,)), [PROJECT], "local", ME, fetched)
    assert call is not None
    assert call.session.title == "plan.pdf"
    assert prompt_of(call).text == ""
    assert prompt_of(call).attachments == fetched.attachments


def test_a_long_text_that_became_a_file_is_the_prompt() -> None:
    arrived = replace(SAID, text=f" <@{ME}> ", files=(PASTE,))
    assert is_paste(arrived, ME)
    call = prompt_from(arrived, [PROJECT], "local", ME, FetchedFiles(paste="Do this:\n- one\n"))
    assert call is not None
    assert prompt_of(call).text == "Do this:\n- one"
    assert call.session.title == "Do this: - one"


@pytest.mark.parametrize(
    "arrived",
    [
        replace(SAID, files=(PASTE,)),
        replace(SAID, text="", files=(PASTE, PLAN)),
        replace(SAID, text="", files=(replace(PASTE, name="notes.txt"),)),
        replace(SAID, text="", quoted=(Quote("ben", "see", (PASTE,)),)),
    ],
    ids=["with words", "with another file", "another name", "somebody else's"],
)
def test_any_other_text_file_is_only_a_file(arrived: IncomingMessage) -> None:
    assert not is_paste(arrived, ME)


def test_a_reply_says_what_it_replies_to_before_its_own_words() -> None:
    arrived = replace(SAID, quoted=(Quote("ben", "one\ntwo"),))
    call = prompt_from(arrived, [PROJECT], "local", ME)
    assert call is not None
    assert prompt_of(call).text == "In reply to ben:\n> one\n> two\n\nFix the tests, please"
    assert call.session.title == "Fix the tests, please"


def test_a_long_quote_is_cut_where_one_can_see_it() -> None:
    call = prompt_from(replace(SAID, quoted=(Quote("ben", "x" * 5000),)), [PROJECT], "local", ME)
    assert call is not None
    assert "x" * 1500 + " … (cut here; 3500 characters more)" in prompt_of(call).text
    assert "x" * 1501 not in prompt_of(call).text


def test_a_forwarded_message_needs_no_words_of_its_own() -> None:
    call = prompt_from(replace(SAID, text="", quoted=(Quote(None, "it is broken"),)), [PROJECT], "local", ME)
    assert call is not None
    assert prompt_of(call).text == "A forwarded message:\n> it is broken"
    assert call.session.title == "it is broken"


def test_a_reply_without_words_or_files_is_no_prompt() -> None:
    assert prompt_from(replace(SAID, text="", quoted=(Quote("ben", "hello"),)), [PROJECT], "local", ME) is None


def test_a_reply_to_a_question_answers_it_with_its_own_words_and_what_is_attached() -> None:
    call = prompt_from(
        replace(SAID, text="The first", quoted=(Quote("your own message", "Which?"),)), [PROJECT], "l", ME
    )
    assert call is not None
    words = prompt_of(call)
    asks = AskBlock(
        ToolUseId("one"), "AskUserQuestion", "", 0.0, questions=(Question("Which?"),), chosen=("",), kind="questions"
    )
    assert typed_answer(asks, words).words == "The first"
    sent = replace(words, attachments=Attachments((File("a.png", "/files/a.png", 9),)))
    assert typed_answer(asks, sent).words == "The first\nAttached: /files/a.png"


def test_files_of_quoted_messages_come_after_the_messages_own() -> None:
    arrived = replace(SAID, files=(PLAN,), quoted=(Quote("ben", "", (PASTE,)), Quote(None, "", (PLAN,))))
    assert files_of(arrived) == (PLAN, PASTE, PLAN)


def test_a_late_message_is_held_if_need_be_and_its_prompt_says_that_it_is_late() -> None:
    call = prompt_from(replace(SAID, late="Sent 2 h ago.", held=True, edited=5.0), [PROJECT], "local", ME)
    assert call is not None
    assert call.held
    assert prompt_of(call).edited == 5.0
    prompt = prompt_of(call)
    assert prompt.late == "Sent 2 h ago."
    assert prompt.text == "Fix the tests, please"
    usual = prompt_from(SAID, [PROJECT], "local", ME)
    assert usual is not None
    assert (usual.held, prompt_of(usual).late) == (False, "")
