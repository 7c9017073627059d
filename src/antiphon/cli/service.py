"""`antiphon service`: keep the bridge running, also after a restart of the machine."""

import asyncio
import getpass
import json
import os
import shutil
import sys
from pathlib import Path

import click

from antiphon.cli.failing import fail
from antiphon.config.load import CREDENTIALS, chosen_file, environment, hide_secrets, state_directory
from antiphon.errors import AntiphonError


@click.group()
def service() -> None:
    """Keep the bridge running: as a service of systemd's or launchd's, for this user."""


@service.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file that the bridge starts with.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def install(config: Path | None, yes: bool) -> None:
    """Install and start it; again, renew it."""
    from antiphon.service import wording
    from antiphon.service.install import UnitInstaller, service_for

    env = environment()
    hide_secrets()
    try:
        wanted = service_for(env, chosen_file(env, config), state_directory(env) / "service.log")
        manager = UnitInstaller(env)
        same = manager.is_ours() and manager.unit.read_bytes() == manager.content(wanted)
        if not same:
            click.echo(wording.will_write(manager.unit, manager.content(wanted).decode()))
            if not yes and not click.confirm(wording.PROCEED, default=True):
                click.echo(wording.NOTHING_CHANGED)
                return
        asyncio.run(manager.install(wanted))
        click.echo(wording.UNCHANGED if same else wording.INSTALLED)
        if not manager.launchd:
            user = getpass.getuser()
            lingers = asyncio.run(manager.lingers(user))
            if logins := [name for name in CREDENTIALS if name in env]:
                click.echo(wording.NO_LOGIN.format(names=", ".join(logins)))
            click.echo(wording.LINGERS if lingers else wording.NO_LINGER.format(user=user))
    except AntiphonError as error:
        fail(error)


@service.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say how the service is. Exit code 3: there is none, or it does not run."""
    from antiphon.service import wording
    from antiphon.service.install import UnitInstaller

    found = asyncio.run(UnitInstaller(environment()).status())
    if as_json:
        click.echo(json.dumps(found))
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in found.items()) if found else wording.NOT_INSTALLED)
    sys.exit(0 if found.get("ActiveState") in ("active", "running") else 3)


@service.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("-n", "--lines", default=100, show_default=True, help="How many lines.")
def logs(follow: bool, lines: int) -> None:
    """Show what the service has written."""
    from antiphon.service.install import UnitInstaller
    from antiphon.service.units import NAME

    env = environment()
    if UnitInstaller(env).launchd:
        words = ["tail", "-n", str(lines), *(["-F"] if follow else []), str(state_directory(env) / "service.log")]
    else:
        words = ["journalctl", "--user", "--unit", NAME, "--lines", str(lines), *(["--follow"] if follow else [])]
    program = shutil.which(words[0], path=env.get("PATH"))
    if program is None:
        click.echo(f"antiphon: there is no {words[0]} here", err=True)
        sys.exit(1)
    os.execve(program, words, dict(env))  # noqa: S606 - no shell


@service.command()
def remove() -> None:
    """Stop it and take it away."""
    from antiphon.service import wording
    from antiphon.service.install import UnitInstaller

    removed = asyncio.run(UnitInstaller(environment()).remove())
    click.echo(wording.REMOVED if removed else wording.NOT_INSTALLED)
