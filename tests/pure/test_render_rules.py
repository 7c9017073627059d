"""Rules as people see them: on a request's buttons and lines, and in the list of /rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import CALL, DANGER, RULED, SESSION, TEXTS, TURN, after

from antiphon.actions.rules import Rules
from antiphon.chat.delivery.components import view_of
from antiphon.chat.render import custom_ids
from antiphon.chat.render.custom_ids import AddRule, Always, Undo, parse
from antiphon.chat.render.message import Menu, MessageSpec
from antiphon.chat.render.page import changed_later
from antiphon.chat.render.requests import request_specs
from antiphon.chat.render.settings.rules import rules_spec
from antiphon.core.blocks import AskBlock, TakenBack
from antiphon.core.events import PermissionSettled
from antiphon.core.requests import RuleList
from antiphon.core.rules import OfferedRule, StandingRule
from antiphon.core.values import Choices, ClaudeSettings

from fakes import PROJECT
from fakes import SESSION as HOME


def spec_of(block: AskBlock, *taken_back: TakenBack, rule: int | None = None, settled: bool = False) -> MessageSpec:
    events = (block, PermissionSettled(CALL, "allowed", "Ada", rule=rule)) if settled else (block,)
    view = replace(after(SESSION, *events), taken_back=taken_back)
    (index, need) = next((n, one) for n, one in enumerate(view.blocks) if isinstance(one, AskBlock))
    (spec,) = request_specs(view, index, need, None)
    return spec


def controls(spec: MessageSpec) -> list[custom_ids.Control | None]:
    return [parse(one.custom_id) for one in spec.buttons]


def test_a_button_says_what_it_allows_and_the_rule_stands_above_it_once() -> None:
    spec = spec_of(RULED)
    assert [one.label for one in spec.buttons if isinstance(parse(one.custom_id), Always)] == [
        "Always allow “rm” commands",
        "Always allow access to /lib",
    ]
    assert "-# Always allow “rm” commands: rule `Bash(rm *)` in this project\n" in spec.content
    assert "-# Always allow access to /lib: in this session\n" in spec.content
    assert spec.content.count("Bash(rm *)") == 1


def test_a_label_that_is_too_long_is_cut_on_its_button() -> None:
    long = OfferedRule("“" + "x" * 300 + "”", ("Bash(" + "x" * 300 + ")",), "project")
    spec = spec_of(replace(RULED, rules=(long, long)))
    assert all(len(one.label) <= 80 for one in spec.buttons)
    assert len(spec.content) <= 2000


def test_two_people_are_offered_no_rule() -> None:
    assert not [one for one in controls(spec_of(DANGER)) if isinstance(one, Always)]


def test_what_was_allowed_for_good_can_be_undone_and_then_says_so_without_a_button() -> None:
    spec = spec_of(RULED, rule=0, settled=True)
    assert spec.content.endswith(" · from now on always: “rm” commands")
    assert controls(spec) == [Undo(TURN, CALL)]
    spec = spec_of(RULED, TakenBack(CALL, "*Ben*"), rule=0, settled=True)
    assert spec.content.endswith(r" · \*Ben\* took back: always allow “rm” commands")
    assert controls(spec) == []


def test_what_was_allowed_once_has_nothing_to_undo() -> None:
    spec = spec_of(RULED, settled=True)
    assert "always" not in spec.content
    assert spec.buttons == ()


@pytest.mark.parametrize("rule", [OfferedRule("old", ()), OfferedRule("newer", ("Bash",), "moon")])
def test_what_nothing_tells_how_to_take_back_has_no_button(rule: OfferedRule) -> None:
    spec = spec_of(replace(RULED, rules=(rule,)), rule=0, settled=True)
    assert f"from now on always: {rule.label}" in spec.content
    assert spec.buttons == ()


def test_only_what_was_taken_back_may_have_changed_since_the_turn_was_over() -> None:
    view = after(SESSION, RULED, PermissionSettled(CALL, "allowed", "Ada", rule=0))
    assert changed_later(view) == frozenset()
    assert changed_later(replace(view, taken_back=(TakenBack(CALL, "Ben"),))) == {"0"}


# The list


def rules(*texts: str, session: int = 0, **found: object) -> Rules:
    """So many of these are the session's, the others the project's."""
    made = [StandingRule(text, f"“{text}”", "session" if n < session else "project") for n, text in enumerate(texts)]
    known = RuleList(tuple(made[:session]), tuple(made[session:]), ".claude/settings.local.json")
    return Rules(PROJECT, HOME, replace(known, **found))  # type: ignore[arg-type]


def menu(spec: MessageSpec) -> Menu:
    (row,) = spec.rows
    assert isinstance(row, Menu)
    return row


def test_the_list_has_the_sessions_rules_and_the_projects_and_how_many_others_there_are() -> None:
    found = rules("Read(//a/**)", "Bash(ls)", session=1, shared=2, user=1, machine=1, unreadable=(".claude/x",))
    claude = ClaudeSettings(allowed_tools=("Read", *(f"Bash(x{n}:*)" for n in range(10))))
    spec = rules_spec(replace(found, project=replace(found.project, claude=claude)), 0)
    head, session, one, project, two, *rest = spec.content.splitlines()
    assert (head, session, project) == (
        "**What Claude may do here without asking**",
        "__In this session__",
        "__In this project__",
    )
    assert (one, two) == ("- “Read(//a/\\*\\*)” · `Read(//a/**)`", "- “Bash(ls)” · `Bash(ls)`")
    assert rest[0].startswith("-# Also allowed: `Read`, `Bash(x0:*)`, ")
    assert "`Bash(x8:*)`, 1 more in Antiphon's configuration, 2 rules in the" in rest[0]
    assert "1 rule in the user's own settings.json, 1 rule in this machine's managed settings." in rest[0]
    assert "`.claude/settings.local.json`" in spec.content
    assert "⚠️ `.claude/x` cannot be read" in spec.content
    assert [entry.value for entry in menu(spec).entries] == [one.key for one in found.own]
    assert menu(spec).entries[1].description == "in this project · Bash(ls)"


def test_an_empty_list_says_so_and_has_no_menu() -> None:
    spec = rules_spec(rules(), 0)
    assert "No rules of this session or project" in spec.content
    assert (spec.rows, spec.buttons) == ((), ())
    assert "Mode: `default` (the project's default)" in rules_spec(replace(rules(), session=None), 0).content
    chosen = replace(HOME, choices=Choices(mode="plan"))
    assert "Mode: `plan`." in rules_spec(replace(rules(), session=chosen), 0).content


def test_a_long_list_has_pages_and_a_page_that_is_gone_is_the_last_one() -> None:
    found = rules(*(f"Bash({n})" for n in range(23)), session=4)
    labels = [[one.label for one in rules_spec(found, n).buttons] for n in range(4)]
    assert labels == [["More ▶"], ["◀ Back", "More ▶"], ["◀ Back"], ["◀ Back"]]
    assert [len(menu(rules_spec(found, n)).entries) for n in range(3)] == [10, 10, 3]
    assert "page 3 of 3" in rules_spec(found, 9).content
    assert parse(menu(rules_spec(found, 9)).custom_id) == custom_ids.Rules("remove", 2)


def test_what_was_removed_is_told_first_with_its_undo() -> None:
    spec = rules_spec(rules("Bash(ls)"), 0, "Removed: x.", "123")
    assert spec.content.startswith("Removed: x.\n")
    assert parse(spec.buttons[0].custom_id) == AddRule("123", 0)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=30, unique_by=lambda one: one[0]), st.integers(0, 5))
async def test_whatever_the_rules_say_discord_takes_the_list(texts: list[tuple[str, str]], n: int) -> None:
    known = RuleList((), tuple(StandingRule(text, label, "project") for text, label in texts), "x" * 300)
    spec = rules_spec(Rules(PROJECT, None, replace(known, unreadable=("y" * 300,) * 5)), n, "note " * 40, "1")
    assert len(spec.content) <= 2000
    for row in spec.rows:
        assert isinstance(row, Menu)
        assert all(1 <= len(one.label) <= 100 and len(one.description) <= 100 for one in row.entries)
        assert len({one.value for one in row.entries}) == len(row.entries) <= 25
    assert view_of(spec) is not None
