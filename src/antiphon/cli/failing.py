"""How a command of the terminal says that it failed."""

import sys
from typing import NoReturn

import click

from antiphon.errors import AntiphonError, ConfigError


def fail(error: AntiphonError) -> NoReturn:
    """One line a problem, what to do, and the exit code of its kind. No traceback."""
    lines = error.problems if isinstance(error, ConfigError) else (str(error),)
    for line in lines:
        click.echo(f"antiphon: {line}", err=True)
    click.echo(f"antiphon: {error.hint}", err=True)
    sys.exit(error.exit_code)
