"""What people read in each state of `make screenshots`: said once, with a way on, in signs that are explained."""

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = sorted((ROOT / "docs/pictures/texts").glob("*.txt"))
GUIDE = (ROOT / "docs/members.md").read_text()
CATALOGUES = sorted([*(ROOT / "src/antiphon").rglob("wording.py"), ROOT / "src/antiphon/chat/interactions/help.py"])
ENDED_BADLY = re.compile(r"(?:❌|⌛|🚦|🕳️|⚠️) (?:Failed|Timed out|Limit reached|Session lost|Interrupted)")
WAYS_ON = ("Try again", "Continue", "Run again", "Start again", "Go on now")
CONTROLS = ("Stop", "Stop it", "Details", "Edit", "Remove", "Run", *WAYS_ON)
OF_THE_PAGE = re.compile(
    r"antiphon ?APP.*|\(edited\)|Only you can see this.*|Dismiss message|\d+|\d\d:\d\d|NEW|[A-Z]|Ada.*|used|/\w+"
)
FORBIDDEN = {
    "an id of Discord's": re.compile(r"\b\d{17,20}\b"),
    "an id of Claude Code's": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-"),
    "a temporary path": re.compile(r"/tmp/|\.claude/plans"),
}
IDENTIFIER = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+[a-z0-9]*[A-Z][A-Za-z]*\(")
CONFIGURATION = re.compile(r"DISCORD_\w+|ANTHROPIC_\w+|claude auth login")
BY_DESIGN = {"✓", "✗", "▸", "·", "…", "−", "→", "“", "”", "↳"}  # a tick, a cross, what runs; and punctuation


def said_by_antiphon(file: Path) -> Iterator[list[str]]:
    """The lines of each of its messages."""
    ours = False
    for message in file.read_text().split("\n---\n"):
        if re.match(r"A\nAda\d", message):
            ours = False
        elif re.match(r"antiphon ?APP|A\nAda\nused", message):
            ours = True
        if ours:
            yield [line.strip() for line in message.split("\n") if line.strip()]


def sentences(lines: list[str]) -> list[str]:
    return [line for line in lines if line not in CONTROLS and not OF_THE_PAGE.fullmatch(line)]


def test_there_are_texts_to_read() -> None:
    assert len(TEXTS) >= 25
    assert all(list(said_by_antiphon(file)) for file in TEXTS if file.stem != "first-page")


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_nothing_is_said_twice(file: Path) -> None:
    """But prompts, which are quoted where they are queued."""
    queue = file.stem.startswith("queue")
    found = Counter(line for lines in said_by_antiphon(file) for line in sentences(lines))
    twice = [line for line, count in found.items() if count > 1 and not (queue and line.startswith("For when"))]
    assert twice == []


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_a_failure_has_a_button_that_helps(file: Path) -> None:
    for lines in said_by_antiphon(file):
        if any(ENDED_BADLY.match(line) for line in lines):
            assert any(line in WAYS_ON for line in lines), lines


def test_failures_are_among_the_pictures() -> None:
    found = [line for file in TEXTS for lines in said_by_antiphon(file) for line in lines if ENDED_BADLY.match(line)]
    assert {line.split()[1] for line in found} >= {"Failed", "Limit", "Interrupted"}


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_every_sign_is_explained_to_members(file: Path) -> None:
    text = "".join(line for lines in said_by_antiphon(file) for line in lines)
    signs = {one for one in text if unicodedata.category(one) in ("So", "Sm")} - BY_DESIGN
    assert {one for one in signs if one not in GUIDE and one not in "$+<>=|~"} == set()


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_nothing_is_shown_that_only_a_machine_can_read(file: Path) -> None:
    text = "\n".join(line for lines in said_by_antiphon(file) for line in lines)
    assert {what: found[0] for what, kind in FORBIDDEN.items() if (found := kind.search(text))} == {}


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: str(file.relative_to(ROOT / "src/antiphon")))
def test_no_sentence_of_a_catalogue_names_a_thing_of_the_code(file: Path) -> None:
    found: list[str] = []
    tree = ast.parse(file.read_text())
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = {ast.get_docstring(one, clean=False) for one in ast.walk(tree) if isinstance(one, documented)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            if node.value in docstrings:
                continue
            text = CONFIGURATION.sub("", re.sub(r"\{[^}]*\}", "", node.value))
            found += IDENTIFIER.findall(text)
    assert found == []
