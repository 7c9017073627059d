"""How the program ends, and what it means: of each command, as it says itself, and of a start."""

import re
from collections.abc import Iterator

from antiphon.errors import AntiphonError, ConfigError, StartError, StoreError
from website.markdown import code, plain, table
from website.reference.command_line import commands

_SAID = re.compile(r"Exit codes? (.*?)\.(?: |$)")


def exit_codes_of_commands() -> str:
    rows: list[tuple[str, str]] = []
    for context, _ in commands():
        if found := _SAID.search(" ".join((context.command.help or "").split())):
            rows.append((code(context.command_path), plain(found[1])))
    return table(("command", "exit codes"), rows)


def exit_codes_of_a_start() -> str:
    kinds = sorted(_told(), key=lambda kind: kind.exit_code)
    rows = [(str(kind.exit_code), plain((kind.__doc__ or "").splitlines()[0]), plain(kind.hint)) for kind in kinds]
    return table(("code", "what is wrong", "what to do"), rows)


def _told() -> Iterator[type[AntiphonError]]:
    """Those that end the program with a code that says why."""
    yield AntiphonError
    yield from (ConfigError, StoreError)
    yield from StartError.__subclasses__()
