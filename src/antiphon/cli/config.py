"""`antiphon config`: whether the configuration is right, what is in force, and its schema for editors."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from antiphon.cli.failing import fail
from antiphon.config import wording
from antiphon.config.load import (
    Configuration,
    chosen_file,
    claude_directory,
    config_directory,
    environment,
    is_nothing_set,
    load_configuration,
    state_directory,
)
from antiphon.config.settings import Settings
from antiphon.errors import AntiphonError, ConfigError

_NONE_RUNS = 3  # exit code
_ANSWERS = 15.0  # seconds for a bridge to say what came of it

FILE = click.option(
    "-c",
    "--config",
    "named",
    type=click.Path(path_type=Path),
    help="The TOML file; else antiphon.toml here, or in your directory for configurations.",
)


@click.group()
def config() -> None:
    """The configuration: check it, show what is in force, print its schema."""


@config.command()
@FILE
@click.pass_obj
def check(outer: Path | None, named: Path | None) -> None:
    """Say all that is wrong with it. Exit code 0: nothing is; 78: something is."""
    try:
        found = read(environment(), named or outer)
    except AntiphonError as error:
        fail(error)
    for remark in found.remarks:
        click.echo(wording.note(remark))
    click.echo(wording.fine(found.sources.file, _parts(found)))


@config.command()
@FILE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(outer: Path | None, named: Path | None, as_json: bool) -> None:
    """Show the settings in force and where each comes from. Secrets are hidden."""
    from antiphon.config import shown

    env = environment()
    try:
        found = read(env, named or outer)
        state = state_directory(env)
    except AntiphonError as error:
        fail(error)
    if as_json:
        directories = {"state": str(state), "claude": str(claude_directory(env))}
        click.echo(json.dumps({**shown.as_json(found), "directories": directories}, ensure_ascii=False, indent=2))
        return
    click.echo(wording.head(found.sources.file, state, claude_directory(env)))
    click.echo(shown.as_toml(found))


@config.command()
def schema() -> None:
    """Print the JSON schema of the TOML file: editors complete and check with it."""
    from antiphon.config.schema import published

    click.echo(json.dumps(published(), ensure_ascii=False, indent=2))


@config.command()
def reload() -> None:
    """Have the bridge that runs read its configuration again. Exit code 0: it has; 3: none runs; 78: it cannot be used,
    and everything stays as it was."""
    from antiphon.reloading import outcome
    from antiphon.status import DATABASE
    from antiphon.store.lock import holder

    state, began = state_directory(environment()), time.time()
    if not (bridge := holder(state / DATABASE)):
        click.echo(wording.NONE_RUNS, err=True)
        sys.exit(_NONE_RUNS)
    os.kill(bridge, signal.SIGHUP)
    while (found := outcome(state, began)) is None:
        if time.time() - began > _ANSWERS:
            click.echo(wording.no_outcome(state), err=True)
            sys.exit(_NONE_RUNS)
        time.sleep(0.1)
    if found.problems:
        fail(ConfigError(found.problems))
    click.echo("\n".join(wording.reloaded(found.taken, found.later, found.left_out)))


def read(env: Mapping[str, str], named: Path | None) -> Configuration:
    """The configuration, from the file that is named, that lies where one is looked for, or none. Where nothing is set,
    it says where to begin, and ends the process. ConfigError: all problems."""
    from antiphon.schedule_times import refuse_bad_times

    file = chosen_file(env, named)
    if is_nothing_set(env, file):
        click.echo(wording.first_steps(config_directory(env)), err=True)
        sys.exit(ConfigError.exit_code)
    found = load_configuration(env, file, root=os.geteuid() == 0)
    refuse_bad_times(found, time.time())
    return found


def _parts(found: Configuration) -> list[str]:
    settings = found.settings
    if not isinstance(settings, Settings):
        return [wording.WEBHOOK_ALONE]
    counts = (
        (len(settings.projects), "project"),
        (sum(len(one.channels) for one in settings.projects.values()), "channel"),
        (len(settings.schedules), "schedule"),
        (len(settings.triggers), "trigger"),
    )
    return [wording.counted(count, what) for count, what in counts if count]
