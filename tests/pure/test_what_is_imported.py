"""What a command imports: the list of commands next to nothing, and a bridge nothing of what shows it to people."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest

from antiphon.cli.main import COMMANDS, main

_LOOK = "import json, sys\nimport {module}\nprint(json.dumps(sorted(sys.modules)))"
_CLI = Path(__file__).parents[2] / "src" / "antiphon" / "cli"
_WIDTH = 78  # columns of a page of help
FOR_SHOW = ("antiphon.standin", "antiphon.demo", "antiphon.setup")


@cache
def imported_by(module: str) -> set[str]:
    told = subprocess.run([sys.executable, "-c", _LOOK.format(module=module)], capture_output=True, check=True)
    return set(json.loads(told.stdout))


def test_the_list_of_commands_imports_nothing_but_click() -> None:
    """It takes longer to import pydantic than to do all that `antiphon --help` does."""
    own = {name for name in imported_by("antiphon.cli.main") if name.partition(".")[0] == "antiphon"}
    rest = {name.partition(".")[0] for name in imported_by("antiphon.cli.main") - own}
    assert rest - sys.stdlib_module_names <= {"click", "__main__", *rest_of_the_environment()}
    assert own == {
        "antiphon",
        "antiphon.cli",
        "antiphon.cli.failing",
        "antiphon.cli.lazy_group",
        "antiphon.cli.main",
        "antiphon.errors",
    }


def rest_of_the_environment() -> set[str]:
    """What an interpreter of this environment imports before it does anything."""
    return {name.partition(".")[0] for name in imported_by("sys")}


def test_a_bridge_imports_no_local_discord_no_demo_and_no_setup() -> None:
    """Nor may it while it runs: a contract of import-linter's forbids the first two."""
    everything = imported_by("antiphon.daemon, antiphon.webhook_daemon, antiphon.cli.bridge")
    assert [name for name in everything if name.startswith(FOR_SHOW)] == []


def test_what_sessions_call_imports_no_server_and_no_agent() -> None:
    """`antiphon say`, `inbox` and `event` are called from scripts and by Claude."""
    heavy = ("aiohttp", "antiphon.agent", "antiphon.chat", "antiphon.store", "sqlalchemy", "discord")
    assert [name for name in imported_by("antiphon.cli.sessions") if name.startswith(heavy)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says_and_has_that_name(name: str) -> None:
    found = COMMANDS[name].load()
    assert found.name == name
    assert found.help


def test_every_module_with_commands_is_in_the_table() -> None:
    own = {"__init__", "failing", "lazy_group", "main"}
    there = {f"antiphon.cli.{file.stem}" for file in _CLI.glob("*.py") if file.stem not in own}
    assert {one.module for one in COMMANDS.values()} == there


def test_the_list_of_commands_has_a_line_for_each() -> None:
    shown = main.get_help(click.Context(main, info_name="antiphon", terminal_width=80))
    listed = shown.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert max(map(len, listed)) <= _WIDTH
