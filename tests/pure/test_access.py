"""The tables of docs/access.md are what the code does: who may do what, where, and what is said to whoever may not."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from antiphon.actions.reasons import NotAllowed
from antiphon.chat.wording import refusal
from antiphon.core.access import Action, asks_less, may
from antiphon.core.projects import Projects
from antiphon.core.values import Access, Group, PermissionMode, Person, PersonId, PlaceId, RoleId

from fakes import PROJECT

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"

WORKS, APPROVES, ADMINS = RoleId(1), RoleId(2), RoleId(3)
NOBODY = Person(PersonId(100), "anybody")
OPEN = Access(frozenset({PersonId(1)}), frozenset({WORKS}), None, Group(frozenset({PersonId(3)}), frozenset({ADMINS})))
APPROVED = replace(OPEN, approvers=Group(frozenset({PersonId(2)}), frozenset({APPROVES})))

# Each kind of person that the tables name, in every way in which one can be it.
PEOPLE: dict[str, tuple[Person, ...]] = {
    "owner of the application": (replace(NOBODY, owns_application=True),),
    "admin": (replace(NOBODY, id=PersonId(3)), replace(NOBODY, roles=frozenset({ADMINS}))),
    "one of the people": (replace(NOBODY, id=PersonId(1)),),
    "with one of the roles": (replace(NOBODY, roles=frozenset({WORKS})),),
    "approver": (replace(NOBODY, id=PersonId(2)), replace(NOBODY, roles=frozenset({APPROVES}))),
    "one of the people, and approver": (
        Person(PersonId(1), "both", frozenset({APPROVES})),
        Person(PersonId(2), "both", frozenset({WORKS})),
        replace(NOBODY, roles=frozenset({WORKS, APPROVES})),
    ),
    "anybody else": (NOBODY, replace(NOBODY, roles=frozenset({RoleId(99)}))),
}
PLACES = {
    "a project's channel": (PlaceId(1), None),
    "a thread in it": (PlaceId(77), PlaceId(1)),
    "another channel": (PlaceId(2), None),
    "a thread in another channel": (PlaceId(78), PlaceId(2)),
}


def tables() -> list[list[dict[str, str]]]:
    """The document's tables, each row by its header."""
    found: list[list[dict[str, str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", DOCUMENT.read_text(), re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def people_tables() -> list[list[dict[str, str]]]:
    return [rows for rows in tables() if "person" in rows[0]]


@pytest.mark.parametrize(("access", "number"), [(OPEN, 0), (APPROVED, 1)], ids=["without approvers", "with approvers"])
def test_the_tables_of_people_say_what_holds(access: Access, number: int) -> None:
    rows = people_tables()[number]
    for row, action in product(rows, get_args(Action)):
        for person in PEOPLE[row["person"]]:
            allowed = may(access, person, action)
            assert row[action] == ("yes" if allowed else "no"), (row["person"], person, action)


def test_the_tables_leave_nobody_out() -> None:
    without, with_ = ({row["person"] for row in rows} for rows in people_tables())
    assert with_ == set(PEOPLE)
    assert without == {who for who in PEOPLE if "approver" not in who}


def test_the_reasons_are_those_that_people_read() -> None:
    (reasons,) = [rows for rows in tables() if "reason" in rows[0]]
    assert {row["action"] for row in reasons} == set(get_args(Action))
    for row, action in product(reasons, get_args(Action)):
        if row["action"] == action:
            assert refusal(NotAllowed(action)) == row["reason"]


def test_the_modes_are_those_that_ask_less_or_not() -> None:
    (modes,) = [rows for rows in tables() if "mode" in rows[0]]
    told = {row["mode"].split("`")[1]: row["to choose it, one may"] for row in modes if "`" in row["mode"]}
    assert set(told) == set(get_args(PermissionMode))
    for mode, what in told.items():
        assert asks_less(mode, "plan") == (what == "configure, answer")
        assert not asks_less(mode, mode)  # pyright: ignore[reportArgumentType]
    assert asks_less("a newer one", "default")


def test_every_action_is_explained() -> None:
    (covered,) = [rows for rows in tables() if "what it covers" in rows[0]]
    assert [row["action"] for row in covered] == list(get_args(Action))


def test_the_places_are_those_of_the_projects_channels() -> None:
    (places,) = [rows for rows in tables() if "place" in rows[0]]
    assert [row["place"] for row in places] == list(PLACES)
    for row in places:
        found = Projects([PROJECT]).at(*PLACES[row["place"]])
        assert row["outcome"] == ("as below" if found is PROJECT else "No project belongs to this channel.")


@pytest.mark.parametrize("action", get_args(Action))
def test_where_nobody_is_named_only_the_owner_may(action: Action) -> None:
    assert may(Access(), replace(NOBODY, owns_application=True), action)
    assert not may(Access(), NOBODY, action)
    assert not may(replace(Access(), approvers=Group()), NOBODY, action)
