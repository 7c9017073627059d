"""Words that a package may not know: Claude's tools by name in core and chat, Discord's markup outside chat."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "antiphon"
TOOLS = re.compile(
    r"Bash|BashOutput|KillShell|MultiEdit|Notebook(Read|Edit)|Glob|Grep|Web(Fetch|Search)|Task(Create|Update|List|Get)"
    r"|TodoWrite|ToolSearch|mcp__.*"
)  # not those that are words of English
MARKUP = re.compile(r"<t:|<@|<#|\*\*\w|^-# |\n-# |`\w|\|\|\w")


def texts(package: str) -> Iterator[tuple[str, str]]:
    """All strings of a package that are no docstrings, each with its place."""
    for file in sorted((SOURCE / package).rglob("*.py")):
        tree = ast.parse(file.read_text())
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield f"{file.relative_to(SOURCE)}:{node.lineno}", node.value


@pytest.mark.parametrize("package", ["core", "chat"])
def test_claudes_tools_have_names_in_agent_alone(package: str) -> None:
    assert [(place, text) for place, text in texts(package) if TOOLS.fullmatch(text)] == []


@pytest.mark.parametrize("package", ["core", "agent", "config"])
def test_discords_markup_stands_in_chat_alone(package: str) -> None:
    assert [(place, text) for place, text in texts(package) if MARKUP.search(text)] == []


def test_no_module_has_a_name_of_an_earlier_version() -> None:
    glossary = (SOURCE.parents[1] / "docs" / "glossary.md").read_text()
    (listed,) = re.findall(r"^Names of earlier versions[^:]*: (.*)\.$", glossary, re.MULTILINE)
    old = set(re.split(r", | and ", re.sub(r" \([^)]*\)", "", listed)))
    assert {"desk", "exchange", "turns", "trouble"} <= old
    assert [str(path) for path in SOURCE.rglob("*") if path.suffix in ("", ".py") and path.stem in old] == []
