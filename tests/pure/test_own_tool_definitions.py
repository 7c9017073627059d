"""The tools that Claude has of us, as a model is told of them, and how calls of theirs are read."""

import json
import re

import pytest

from antiphon.agent.events.tool_traits import traits_of
from antiphon.tools.definitions import READ, TOOLS, definition, listed, own_name, understood


@pytest.mark.parametrize(
    ("tool", "own"),
    [
        ("mcp__antiphon__discord_send", "discord_send"),
        ("mcp__plugin_antiphon_antiphon__discord_ask", "discord_ask"),
        ("mcp__antiphon__send_file", "send_file"),
        ("mcp__antiphon__something_else", ""),
        ("mcp__other__discord_send", ""),
        ("discord_send", ""),
        ("Bash", ""),
    ],
)
def test_ours_are_known_in_hosted_sessions_and_in_terminals(tool: str, own: str) -> None:
    assert own_name(tool) == own


def test_what_they_do_is_seen_in_discord_itself_but_for_reading() -> None:
    quiet = {one.name for one in TOOLS if traits_of(f"mcp__antiphon__{one.name}").quiet}
    assert quiet == {one.name for one in TOOLS} - {READ}


def test_all_that_a_model_is_told_of_them_is_short() -> None:
    assert len(json.dumps(listed())) < 600 * len(TOOLS)
    assert '"title"' not in json.dumps(listed())


@pytest.mark.parametrize(
    ("tool", "given", "why"),
    [
        ("discord_send", {"text": "x" * 2001}, "text: String should have at most 2000 characters"),
        ("discord_send", {"txt": "x"}, "txt: Extra inputs are not permitted"),
        ("discord_react", {"message": "<@1>", "emoji": "🎉"}, "message: String should match pattern"),
        ("discord_react", {"emoji": "🎉"}, "message: Field required"),
        ("discord_read", {"limit": 51}, "limit: Input should be less than or equal to 50"),
        ("discord_ask", {"question": "?", "options": [{"label": str(n)} for n in range(5)]}, "options: List should"),
    ],
)
def test_what_is_wrong_with_a_call_is_named(tool: str, given: dict[str, object], why: str) -> None:
    found = definition(tool)
    assert found is not None
    with pytest.raises(ValueError, match=re.escape(why)):
        understood(found, given)


def test_an_id_may_be_a_number() -> None:
    found = definition("discord_edit")
    assert found is not None
    assert understood(found, {"message": 1191168914227200401, "text": "x"}).model_dump()["message"] == (
        "1191168914227200401"
    )
