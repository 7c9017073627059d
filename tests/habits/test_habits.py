"""Habits of the code that no linter knows: sizes, names, and what stands nowhere or in few places.

Each list of exceptions is what was true when its habit began. It only gets shorter, and a limit only lower.
"""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "antiphon"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PRODUCT = [file for file in SOURCES if not file.is_relative_to(PACKAGE / "standin")]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
UNUSED_NAMES = ("manager", "helper", "handler", "util", "processor", "wrapper", "service")

# Lines of a file, where it has more than 400.
LONG_FILES = {
    "chat/delivery/place_writer.py": 407,
}
BROAD_EXCEPTS = {
    "agent/disk/reading.py": 1,
    "agent/process/control_requests.py": 1,
    "core/runtime/conversation.py": 1,
}
Functions = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def name(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def over(found: dict[str, int], limit: int, exceptions: dict[str, int]) -> dict[str, int]:
    """What is more than its limit: the common one, or its own where it is an exception."""
    return {what: size for what, size in found.items() if size > exceptions.get(what, limit)}


def test_a_file_has_at_most_400_lines() -> None:
    assert over({name(file): len(file.read_text().splitlines()) for file in SOURCES}, 400, LONG_FILES) == {}


def test_a_folder_has_at_most_20_python_files() -> None:
    counted = [file.parent for file in SOURCES if file.name != "__init__.py" and "versions" not in file.parts]
    assert over(dict(Counter(name(folder) for folder in counted)), 20, {}) == {}


def test_a_function_has_at_most_about_50_lines() -> None:
    found = {
        f"{name(file)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file in SOURCES
        for node in ast.walk(tree(file))
        if isinstance(node, Functions)
    }
    assert over(found, 55, {}) == {}


def test_a_module_says_what_it_promises() -> None:
    assert not [name(file) for file in SOURCES if file.read_text().strip() and not ast.get_docstring(tree(file))]


def test_names_say_what_a_thing_is() -> None:
    classes = [node.name for file in SOURCES for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)]
    assert not [one for one in classes if any(word in one.lower() for word in UNUSED_NAMES)]


def broad(node: ast.AST) -> bool:
    """Whether this catches whatever happens: a bare except, Exception or BaseException, alone or among others."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = [] if node.type is None else [one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)]
    return node.type is None or not {"Exception", "BaseException"}.isdisjoint(caught)


def test_broad_excepts_stand_in_three_places_at_most() -> None:
    found = Counter(name(file) for file in PRODUCT for node in ast.walk(tree(file)) if broad(node))
    assert found.total() <= 3, found
    assert over(dict(found), 0, BROAD_EXCEPTS) == {}


def test_each_test_file_has_a_name_of_its_own() -> None:
    names = [file.name for file in TESTS if file.name.startswith("test_")]  # pytest takes two of one name for one
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_folder_of_tests_is_run() -> None:
    """By `make test`, or by a target of its own."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    folders = {f"tests/{file.relative_to(ROOT / 'tests').parts[0]}" for file in TESTS if file.name.startswith("test_")}
    assert folders - set(options["testpaths"]) == {"tests/browser", "tests/peers"}


def test_no_test_uses_mocks() -> None:
    pattern = re.compile("unittest" + r"\.mock|Magic" + "Mock|Async" + r"Mock|monkeypatch\.set" + "attr")
    assert not [file.name for file in TESTS if pattern.search(file.read_text())]


def real_sleeps(source: str) -> Iterator[int]:
    """The lines that let real time pass, though nothing is looked at again and again meanwhile, and no comment on the
    line says why. Where time is virtual (tests/virtual_time.py), none does."""
    module, lines = ast.parse(source), source.splitlines()
    if any(isinstance(node, ast.ImportFrom) and node.module == "virtual_time" for node in ast.walk(module)):
        return
    looking = {id(inner) for node in ast.walk(module) if isinstance(node, ast.While) for inner in ast.walk(node)}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("asyncio.sleep", "time.sleep"):
            passes = not (isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
            if passes and id(node) not in looking and "#" not in lines[(node.end_lineno or node.lineno) - 1]:
                yield node.lineno


def test_no_test_sleeps_without_a_reason() -> None:
    assert [f"{file.name}:{line}" for file in TESTS for line in real_sleeps(file.read_text())] == []


def test_a_sleep_without_a_reason_is_found() -> None:
    bare, said = "await asyncio.sleep(1)", "await asyncio.sleep(1)  # as long as the lease"
    assert list(real_sleeps(f"async def test():\n    {bare}\n    {said}\n    await asyncio.sleep(0)\n")) == [2]
    assert not list(real_sleeps(f"async def test():\n    while not there():\n        {bare}\n"))
    assert not list(real_sleeps(f"from virtual_time import virtually\nasync def test():\n    {bare}\n"))


def test_a_broad_except_is_found_however_it_is_written() -> None:
    ways = ("except:", "except Exception:", "except (ValueError, BaseException) as error:", "except ValueError:")
    found: Sequence[bool] = [
        any(map(broad, ast.walk(ast.parse(f"try:\n    act()\n{one}\n    pass\n")))) for one in ways
    ]
    assert found == [True, True, True, False]


def test_nothing_names_a_package_registrys_host() -> None:
    pattern = re.compile(r"pypi\." + "org|python" + r"hosted|registry\.npm" + "js|deb\\.debian\\.org")
    files = [*SOURCES, *TESTS, *ROOT.glob("*.lock"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    files += [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    assert not [str(file) for file in files if pattern.search(file.read_text())]
