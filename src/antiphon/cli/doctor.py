"""`antiphon doctor`: what is wrong, and the way out."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from antiphon.cli.failing import fail
from antiphon.config.load import chosen_file, environment, hide_secrets
from antiphon.core.health import Finding
from antiphon.errors import AntiphonError

_MARKS = {"well": "✓", "note": "·", "warning": "!", "failure": "✗"}


@click.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file that the bridge starts with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(outer: Path | None, config: Path | None, as_json: bool) -> None:
    """Look at all that the bridge needs, and say what is wrong and the way out. Exit code 1: it does not work."""
    from antiphon.doctor.examine import examine, exit_code

    env = environment()
    hide_secrets()
    try:
        found = asyncio.run(examine(env, chosen_file(env, config or outer)))
    except AntiphonError as error:
        fail(error)
    click.echo(json.dumps([asdict(one) for one in found]) if as_json else "\n".join(map(_line, found)))
    sys.exit(exit_code(found))


def _line(one: Finding) -> str:
    way = f"\n    {one.way_out}" if one.way_out else ""
    return f"{_MARKS[one.grade]} {one.text}{way}"
