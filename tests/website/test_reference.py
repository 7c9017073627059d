"""The reference that is made from the code leaves nothing out."""

import json
import re
from collections.abc import Callable

import click
import pytest
from website.gather import MADE, MARK
from website.markdown import below, code, plain, table
from website.pages import DOCS
from website.reference.command_line import command_line, commands
from website.reference.configuration import configuration, variables
from website.reference.discord_commands import discord_commands
from website.reference.exit_codes import exit_codes_of_a_start, exit_codes_of_commands
from website.reference.http_api import http_api, http_errors
from website.reference.permissions import invitation, permissions

from antiphon.chat.interactions.help import TASKS
from antiphon.chat.interactions.wording import COMMANDS
from antiphon.chat.permissions import INVITED_WITH, PERMISSIONS
from antiphon.config.schema import leaves, schema_of
from antiphon.config.variables import settings_by_variable
from antiphon.errors import StartError

DOCUMENT = json.loads((DOCS / "openapi.json").read_text())


def test_every_slash_command_is_there_with_its_options() -> None:
    told = discord_commands()
    assert {name for task in TASKS for name in task.commands} == set(COMMANDS)
    for name, (what, options) in COMMANDS.items():
        (line,) = [line for line in told.splitlines() if line.startswith(f"| `/{name}` ")]
        assert plain(what) in line
        assert all(code(option) in line for option in options)


def test_every_setting_stands_once_in_its_section() -> None:
    told = configuration()
    sections = {text.partition("`")[0]: text for text in told.split("## `")[1:]}
    for path, _ in leaves(schema_of()):
        (*section, name) = map(str, path)
        assert sections[f"[{'.'.join(section)}]"].count(f"\n| `{name}` |") == 1
    assert len(sections) == len(re.findall("^## ", told, re.MULTILINE))


def test_every_variable_says_which_setting_it_is() -> None:
    told = variables()
    assert all(f"| `{name}` | `{'.'.join(map(str, path))}` |" in told for name, path in settings_by_variable().items())


def test_every_command_of_the_terminal_is_there_with_its_options() -> None:
    told = command_line()
    for context, level in commands():
        assert f"\n{'#' * level} {context.command_path}\n" in f"\n{told}"
        options = [one for one in context.command.params if isinstance(one, click.Option) and not one.hidden]
        assert all(option.opts[0] in told for option in options)


def test_commands_that_say_more_by_their_exit_code_are_told() -> None:
    told = exit_codes_of_commands()
    assert "| `antiphon status` | 0: it runs and is well; 1: something is wrong; 3: none runs |" in told
    assert "`antiphon say`" in told
    assert "`antiphon run`" not in told


def test_every_end_of_a_start_is_told() -> None:
    told = exit_codes_of_a_start()
    codes = [int(one) for one in re.findall(r"^\| (\d+) \|", told, re.MULTILINE)]
    assert codes == sorted(codes)
    assert {kind.exit_code for kind in StartError.__subclasses__()} | {70, 74, 78} == set(codes)


def test_every_route_is_there_and_says_what_it_answers() -> None:
    told = http_api()
    routes = {f"{method.upper()} {path}" for path, found in DOCUMENT["paths"].items() for method in found}
    sections = told.split("### `")[1:]
    assert {one.partition("`")[0] for one in sections} == routes
    assert all("\nAnswers 2" in one for one in sections)
    assert "$ref" not in told


def test_every_error_of_the_api_is_there() -> None:
    told = re.findall(r"^\| (\d+) \|", http_errors(), re.MULTILINE)
    used = {status for found in DOCUMENT["paths"].values() for one in found.values() for status in one["responses"]}
    assert told == sorted(one for one in used if one[0] in "45")


def test_the_bots_permissions_are_those_of_the_invitation() -> None:
    assert all(f"| *{one.name}* |" in permissions() for one in PERMISSIONS)
    assert f"permissions={INVITED_WITH}\n" in invitation()


def test_all_that_is_made_is_used_once() -> None:
    named = [name for file in DOCS.rglob("*.md") for name in MARK.findall(file.read_text())]
    assert sorted(named) == sorted(MADE)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_every_line_of_a_table_has_as_many_cells(make: Callable[[], str]) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", make(), re.MULTILINE):
        cells = [line.replace("\\|", "").count("|") for line in block.splitlines()]
        assert set(cells) == {cells[0]}, block


def test_pieces_of_markdown() -> None:
    assert plain("a_b [c] <d>") == r"a\_b \[c\] \<d\>"
    assert code("a`b") == "``a`b``"
    assert table(("a", "b"), [("1|2", "3\n4")]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 4 |\n"
    assert below("a", "b") == "a<br><small>b</small>"
