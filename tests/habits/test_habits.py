"""Habits of the code that no linter knows: sizes, names, and what stands nowhere or in few places."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "antiphon").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
UNUSED_NAMES = ("manager", "helper", "handler", "util", "processor", "wrapper", "service")


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def test_the_conversation_stays_small() -> None:
    assert lines(ROOT / "src/antiphon/core/runtime/conversation.py") <= 305


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_has_at_most_about_400_lines(file: Path) -> None:
    assert lines(file) <= 420


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_function_has_at_most_about_50_lines(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_says_what_it_promises(file: Path) -> None:
    assert file.read_text().strip() == "" or ast.get_docstring(ast.parse(file.read_text()))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_names_say_what_a_thing_is(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ClassDef):
            assert not any(word in node.name.lower() for word in UNUSED_NAMES), node.name


def test_broad_excepts_stand_in_three_places_at_most() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert len({place.split(":")[0] for place in found}) <= 3, found


def test_each_test_file_has_a_name_of_its_own() -> None:
    names = [file.name for file in TESTS if file.name.startswith("test_")]  # pytest takes two of one name for one
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_test_uses_mocks() -> None:
    pattern = re.compile("unittest" + r"\.mock|Magic" + "Mock|Async" + r"Mock|monkeypatch\.set" + "attr")
    assert not [file.name for file in TESTS if pattern.search(file.read_text())]


def test_nothing_names_a_package_registrys_host() -> None:
    pattern = re.compile(r"pypi\." + "org|python" + r"hosted|registry\.npm" + "js|deb\\.debian\\.org")
    files = [*SOURCES, *TESTS, *ROOT.glob("*.lock"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    files += [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    assert not [str(file) for file in files if pattern.search(file.read_text())]
