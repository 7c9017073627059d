"""`antiphon service`: have the bridge run always, look at it, take that back."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click

from antiphon.cli.config import FILE, read
from antiphon.cli.failing import fail
from antiphon.config.load import environment, hide_secrets, state_directory
from antiphon.errors import AntiphonError, StoreError
from antiphon.log_files import LOG
from antiphon.service import log_lines, wording
from antiphon.service.machine import this_machine
from antiphon.service.plan import Plan, needed, planned
from antiphon.service.supervisor import Supervisor, settled, supervisor_of


@click.group()
def service() -> None:
    """Have the bridge start with this machine, and again whenever it ends (systemd, launchd)."""


@service.command()
@FILE
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def install(context: click.Context, named: Path | None, yes: bool) -> None:
    """Install the service, or renew it. What is written is shown before."""
    try:
        supervisor = here()
        supervisor.check()
        env = environment()
        found = read(env, named or context.find_object(Path))
        plan = planned(needed(env, found.sources.file), found.sources.file, found.settings.limits, Path.cwd())
        files = supervisor.files(plan)
        click.echo(wording.will_write(files, supervisor.steps()))
        _remark(supervisor, plan)
        if not yes and not click.confirm(wording.PROCEED, default=True):
            click.echo(wording.NOTHING_CHANGED)
            return
        done = supervisor.apply(files)
        click.echo(wording.applied(done))
        if done.no_lingering:
            click.echo(done.no_lingering, err=True)
        if done.what != "same":
            click.echo(wording.state(settled(supervisor)))
    except AntiphonError as error:
        fail(error)


def _remark(supervisor: Supervisor, plan: Plan) -> None:
    """What whoever installs it should know before."""
    from antiphon import status as bridge  # here alone: it brings the database along

    secret = [one.path for one in supervisor.files(plan) if one.mode == 0o600]
    if secret:
        click.echo(wording.secrets_within_reach(secret))
    pid = bridge.read_status(plan.state, time.time()).pid
    if pid is not None and not supervisor.state().is_up:
        click.echo(wording.another_runs(pid))


@service.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say how the service is, and the bridge. Exit code 0: it runs and is well; 1: something is wrong; 3: none runs."""
    from antiphon import status as bridge

    try:
        supervisor = here()
        supervisor.check()
        found, inside = supervisor.state(), bridge.read_status(state_directory(environment()), time.time())
    except AntiphonError as error:
        fail(error)
    if as_json:
        click.echo(json.dumps({"service": asdict(found), "bridge": bridge.as_json(inside)}))
    else:
        click.echo("\n".join((wording.state(found), *(bridge.lines(inside) if found.installed else ()))))
    sys.exit(inside.code if found.installed and found.is_up else bridge.DOWN)


@service.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("-n", "--lines", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many.")
def logs(follow: bool, lines: int) -> None:
    """Show the bridge's log: the journal's, or its own file."""
    try:
        command = here().log_command(lines, follow=follow)
        file = state_directory(environment()) / LOG
    except AntiphonError as error:
        fail(error)
    if command is not None:
        sys.stdout.flush()
        hide_secrets()
        os.execv(command[0], command)  # noqa: S606 - an absolute path, no shell
    found: Iterator[str] = log_lines.followed(file, lines) if follow else log_lines.last(file, lines)
    try:
        with suppress(KeyboardInterrupt):
            for line in found:
                click.echo(line)
    except FileNotFoundError:
        click.echo(wording.NO_LOG)
        sys.exit(3)  # as antiphon status says it
    except OSError as error:
        fail(StoreError(f"{file}: {error.strerror}"))


@service.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(yes: bool) -> None:
    """Stop the service and take it away. Running turns have the time to end that the configuration gives them."""
    try:
        supervisor = here()
        if not supervisor.installed:
            click.echo(wording.NOT_INSTALLED)
            return
        click.echo(wording.will_remove(supervisor.paths))
        if not yes and not click.confirm(wording.PROCEED, default=True):
            click.echo(wording.NOTHING_CHANGED)
            return
        done = supervisor.remove()
    except AntiphonError as error:
        fail(error)
    click.echo(wording.removed(done))


def here() -> Supervisor:
    """What looks after services here. UnitError: nothing that we know."""
    return supervisor_of(this_machine(environment()))


def start_installed() -> bool:
    """Have an installed service run, for whoever would start a bridge beside it; False: there is none, or nobody can be
    asked."""
    with suppress(AntiphonError):
        return here().start()
    return False
