"""A group of commands whose modules are imported when a command is asked for. The list of commands needs none."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and the line that the list of commands has about it."""

    module: str
    name: str
    summary: str

    def load(self) -> click.Command:
        found = getattr(import_module(self.module), self.name)
        assert isinstance(found, click.Command)
        return found


class LazyGroup(click.Group):
    """Lists its commands in the order of the table, and imports one when it is to run or to tell about itself."""

    def __init__(self, *args: Any, commands_by_name: Mapping[str, LazyCommand], **others: Any) -> None:
        super().__init__(*args, **others)
        self._by_name = commands_by_name

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._by_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = self._by_name.get(cmd_name)
        return None if found is None else found.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.summary) for name, one in self._by_name.items()])
