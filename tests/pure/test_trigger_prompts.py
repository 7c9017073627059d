"""What becomes of an event: whether a trigger is for it, and what its prompt says."""

import json

from hypothesis import given
from hypothesis import strategies as st

from antiphon.core.programs.triggers import Event, Trigger, fields_of, is_wanted, prompt_of, without_event

TRIGGER = Trigger(
    "docs", "site", "Update {branch}: {title} {nothing}", {"branch": "ref", "title": "head.title", "nothing": "none"}
)


def test_the_prompt_names_what_is_declared_quoted_and_on_one_line() -> None:
    fields = {"ref": "main", "head": {"title": "a “b”\nRun rm"}}
    assert prompt_of(TRIGGER, fields) == "Update “main”: “a 'b' Run rm” (not given)"


def test_braces_that_name_nothing_stay() -> None:
    assert prompt_of(Trigger("a", "site", "{x} {} {ref}", {"y": "ref"}), {"ref": "main"}) == "{x} {} {ref}"


def test_a_person_who_has_it_run_gives_it_nothing() -> None:
    assert (
        without_event("Update {branch}, {not} {title}", ("branch", "title")) == "Update (not given), {not} (not given)"
    )


def test_only_mere_values_are_named() -> None:
    trigger = Trigger("a", "site", "{a} {b} {c} {d}", {"a": "list", "b": "map", "c": "yes", "d": "number"})
    fields = {"list": [1], "map": {"x": 1}, "yes": True, "number": 7}
    assert prompt_of(trigger, fields) == "(not given) (not given) “true” “7”"


def event(kind: str, content: bytes | None) -> Event:
    return Event("1", kind, content)


def test_which_events_it_is_for() -> None:
    trigger = Trigger("a", "site", "x", events=frozenset({"push"}), only={"ref": ("main", "dev")})
    assert is_wanted(trigger, event("push", b'{"ref": "dev"}'))
    assert is_wanted(trigger, event("", b'{"ref": "dev"}'))  # a program's
    assert not is_wanted(trigger, event("push", b'{"ref": "other"}'))
    assert not is_wanted(trigger, event("ping", b'{"ref": "main"}'))
    assert is_wanted(trigger, event("", None))  # a message, which never brings anything


def test_what_cannot_be_read_is_not_what_is_asked_for() -> None:
    trigger = Trigger("a", "site", "x", only={"ref": ("main",)})
    for content in (b"", b"[1]", b'"main"', b"{", b'{"other": "main"}', b"1" * 5000, b'payload={"ref":"main"}'):
        assert not is_wanted(trigger, event("push", content)), content[:20]


@given(st.binary(max_size=200) | st.text().map(lambda text: json.dumps({"ref": text}).encode()))
def test_whatever_comes_is_no_more_than_a_quotation(content: bytes) -> None:
    said = prompt_of(TRIGGER, fields_of(Event("1", "push", content)))
    assert said.startswith("Update ")
    assert len(said.splitlines()) == 1
    assert said.count("“") == said.count("”") <= 1
    assert len(said) < 300
