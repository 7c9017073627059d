"""Sessions in lists, the choices that are offered while somebody types, and what is read around a step back."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from antiphon.actions import places
from antiphon.actions.sessions import ListedSession, listed
from antiphon.chat.render.custom_ids import Page, RewindTo, Sync, parse
from antiphon.chat.render.format import ago, snowflake_time
from antiphon.chat.render.message import Menu
from antiphon.chat.render.session_list import (
    CHOICES,
    history,
    page_spec,
    progress,
    rewind_spec,
    rewound,
    session_choices,
    since_days,
    sync_spec,
    turn_choices,
    wanted,
)
from antiphon.core.records import PastTurn
from antiphon.core.requests import Rewound, SessionInfo, TranscriptMessage
from antiphon.core.values import NOWHERE, ClaudeSessionId, MessageId, PlaceId, Session, SessionId, Terminal, TurnId

NOW = 1_800_000_000.0
TURN = PastTurn(TurnId("t1"), TurnId("c1"), MessageId(5), NOW - 600, "fix the *build*")


def on_disk(claude: str, at: float, **more: Any) -> SessionInfo:
    found = SessionInfo(ClaudeSessionId(claude), "", f"first of {claude}", at, "main", "/p", "terminal")
    return replace(found, **more)


def hosted(claude: str, place: int) -> Session:
    return Session(SessionId(str(place)), PlaceId(place), "site", ClaudeSessionId(claude), f"title of {claude}")


def rows(count: int) -> list[ListedSession]:
    return [ListedSession(ClaudeSessionId(f"{n:036}"), "x" * 300, NOW - n, "terminal", live=True) for n in range(count)]


def test_sessions_of_the_disk_stand_beside_hosted_ones_newest_first() -> None:
    place = 1 << 22
    found = listed(
        [on_disk("a", 2_000_000_000, live=True), on_disk("b", 2_000_000_500, origin="discord")],
        [hosted("b", 7), hosted("c", place)],
        lambda at: snowflake_time(MessageId(at)),
    )
    assert [(row.claude, row.origin, row.place, row.title) for row in found] == [
        ("b", "discord", 7, "title of b"),
        ("a", "terminal", None, "first of a"),
        ("c", "discord", place, "title of c"),
    ]
    assert [row.live for row in found] == [False, True, False]


def test_a_session_without_a_place_is_told_as_the_disk_has_it_and_one_that_is_left_out_not_at_all() -> None:
    open_, out = (replace(hosted(one, NOWHERE), terminal=Terminal(1, left_out=one == "b")) for one in "ab")
    empty = replace(hosted("c", NOWHERE), terminal=Terminal(2))
    found = listed([on_disk("a", 20.0), on_disk("b", 10.0)], [open_, out, empty], lambda _: 0.0)
    assert [(row.claude, row.origin, row.place, row.title) for row in found] == [("a", "terminal", None, "first of a")]


def test_what_can_be_brought_fits_a_menu_and_a_button_brings_all() -> None:
    at = Sync("pick", 7, "terminal", "site")
    spec = sync_spec(rows(30), 2, at, NOW)
    (menu,) = spec.rows
    assert isinstance(menu, Menu)
    assert (len(menu.entries), menu.most, parse(menu.custom_id)) == (CHOICES, CHOICES, at)
    assert all(len(one.label) <= 100 and "open in a terminal" in one.description for one in menu.entries)
    (everything,) = spec.buttons
    assert (everything.label, parse(everything.custom_id)) == ("Bring all 30", replace(at, what="all"))
    assert "2 threads still to open" in spec.content
    none = sync_spec([], 0, at, NOW)
    assert (none.rows, none.buttons) == ((), ())
    old = ListedSession(ClaudeSessionId("a"), "a", NOW - 8 * 86_400, "terminal")
    other = ListedSession(ClaudeSessionId("b"), "b", NOW, "script")
    assert since_days([old, other, *rows(1)], at, NOW) == rows(1)


def test_how_far_it_is_stays_true_whatever_happens() -> None:
    assert progress(0, 0) == "Each of these has its thread, or gets it in a moment."
    assert progress(1, 3).startswith("1 of 3 threads opened. The others come by themselves")
    assert progress(3, 3) == "Done: 3 threads opened."


def test_a_list_is_filtered_by_origin_and_by_time() -> None:
    found = [
        ListedSession(ClaudeSessionId("a"), "a", NOW - 10, "terminal"),
        ListedSession(ClaudeSessionId("b"), "b", 0, "discord"),
    ]
    assert [row.claude for row in wanted(found, "terminal", "all", NOW)] == ["a"]
    assert [row.claude for row in wanted(found, "all", "hour", NOW)] == ["a"]
    assert len(wanted(found, "all", "all", NOW)) == 2


@pytest.mark.parametrize(("n", "turns"), [(0, [1]), (1, [0, 2]), (2, [1]), (99, [1])])
def test_a_page_leads_to_its_neighbours_and_fits_a_message(n: int, turns: list[int]) -> None:
    spec = page_spec(rows(20), Page(n, "all", "week", "site"))
    assert [parse(button.custom_id) for button in spec.buttons] == [Page(to, "all", "week", "site") for to in turns]
    assert len(spec.content) <= 2000
    assert "20 sessions" in spec.content


def test_a_project_whose_name_no_control_can_carry_has_no_buttons() -> None:
    assert page_spec(rows(20), Page(0, "all", "all", "a project: ours")).buttons == ()


def test_no_sessions_is_said() -> None:
    assert "No such sessions" in page_spec([], Page(0, "all", "all", "site")).content


def test_choices_are_found_by_any_of_their_words_and_are_not_too_long() -> None:
    found = [
        ListedSession(ClaudeSessionId("a"), "Fix the Build", NOW - 7200, "terminal", about="main", live=True),
        *rows(40),
    ]
    [(name, value)] = session_choices(found, "build MAIN", NOW)
    assert (name, value) == ("Fix the Build · 2 h ago · terminal, open now", "a")
    every = session_choices(found, "", NOW)
    assert len(every) == CHOICES
    assert all(len(name) <= 100 for name, _ in every)


def test_only_turns_of_people_can_be_gone_back_to() -> None:
    by_itself = PastTurn(TurnId("t2"), TurnId("t2"), None, NOW, "")
    assert turn_choices([by_itself, TURN], "BUILD", NOW) == [("10 min ago · fix the *build*", "t1")]
    assert turn_choices([by_itself, TURN], "other", NOW) == []
    [(name, _)] = turn_choices([PastTurn(TurnId("t"), TurnId("t"), None, NOW, "x" * 300)], "", NOW)
    assert len(name) <= 100


def test_a_step_back_is_shown_before_it_is_made() -> None:
    spec = rewind_spec(TURN, Rewound(("a.py", "b.py"), 4, 1), Rewound(prompts=3))
    assert "“fix the \\*build\\*”" in spec.content
    assert "2 files +4 −1: `a.py`, `b.py`" in spec.content
    assert "forgets 3 prompts" in spec.content
    assert [parse(one.custom_id) for one in spec.buttons] == [
        RewindTo(TURN.turn, what) for what in ("files", "conversation", "both")
    ]


@pytest.mark.parametrize("reply", ["No checkpoint.", Rewound()])
def test_where_no_file_can_be_put_back_only_the_conversation_is_offered(reply: Any) -> None:
    spec = rewind_spec(TURN, reply, Rewound(prompts=1))
    assert [parse(one.custom_id) for one in spec.buttons] == [RewindTo(TURN.turn, "conversation")]
    assert "1 prompt and" in spec.content


def test_a_turn_that_claude_has_forgotten_gives_back_its_files_alone() -> None:
    files = Rewound(("a.py",), 1)
    spec = rewind_spec(TURN, files, "It is not in the conversation any more.")
    assert [parse(one.custom_id) for one in spec.buttons] == [RewindTo(TURN.turn, "files")]
    assert "not in the conversation" in spec.content
    assert rewind_spec(TURN, "No.", "Nor this.").buttons == ()


def test_what_was_done_is_told_in_one_line() -> None:
    reply = Rewound(tuple(f"{n}.py" for n in range(9)), 4, 1, 2, done=True)
    line = rewound(places.Rewound("Ada", TURN, "both", reply))
    assert line.startswith("-# ⏪ Ada undid everything since “fix")
    assert "9 files +4 −1: `0.py`" in line
    assert "4 more" in line
    assert "2 prompts forgotten" in line
    assert "forgotten" not in rewound(places.Rewound("Ada", TURN, "files", reply))
    assert "file" not in rewound(places.Rewound("Ada", TURN, "conversation", reply))


def test_the_last_messages_of_a_session_fit_one_message_and_end_nothing() -> None:
    roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
    messages = [TranscriptMessage(role, f"{n} " + "```x\n" * 500) for n in range(6) for role in roles]
    words = history(messages, 40)
    assert len(words) <= 2000
    assert "of 40 messages" in words
    assert words.startswith("-# ")
    assert history([TranscriptMessage("user", "hello")], 1) == "-# Earlier in this conversation\n**You**\n> hello"
    assert history([], 0) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (61, "1 min ago"), (7300, "2 h ago"), (100_000, "27 h ago"), (200_000, "2 days ago")],
)
def test_ages_are_told_in_one_unit(seconds: float, words: str) -> None:
    assert ago(seconds) == words
