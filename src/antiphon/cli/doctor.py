"""`antiphon doctor`: what is wrong, and the way out."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from antiphon.cli.failing import fail
from antiphon.config.load import chosen_file, environment, hide_secrets, state_directory
from antiphon.doctor.wording import BUNDLED, line
from antiphon.errors import AntiphonError


@click.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file that the bridge starts with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Write a file for a bug report too, without secrets.")
@click.pass_obj
def doctor(outer: Path | None, config: Path | None, as_json: bool, bundle: Path | None) -> None:
    """Look at all that the bridge needs, and say what is wrong and the way out. Exit code 1: it does not work."""
    from antiphon.doctor.bundle import write_bundle
    from antiphon.doctor.examine import examine, exit_code, known_secrets

    env = environment()
    hide_secrets()
    try:
        file = chosen_file(env, config or outer)
        found = asyncio.run(examine(env, file))
        if bundle is not None:
            write_bundle(bundle, found, file, state_directory(env), known_secrets(env, file))
    except AntiphonError as error:
        fail(error)
    click.echo(json.dumps([asdict(one) for one in found]) if as_json else "\n".join(map(line, found)))
    if bundle is not None:
        click.echo(BUNDLED.format(path=bundle), err=True)
    sys.exit(exit_code(found))
