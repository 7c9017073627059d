"""Commands that make sessions in terminals reachable from Discord, and take that back."""

import shutil
import sys
from pathlib import Path

import click

from antiphon import __version__
from antiphon.agent.process.installation import bundled
from antiphon.attach import install
from antiphon.attach import state as attach_state
from antiphon.attach import wording as attach_wording
from antiphon.attach.install import Scope
from antiphon.cli.failing import fail
from antiphon.config.initial_environment import TOKEN
from antiphon.config.load import chosen_file, claude_directory, environment, state_directory, webhook_file
from antiphon.errors import AntiphonError, ConfigError


@click.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file that the bridge starts with.")
@click.option(
    "--webhook", metavar="URL", help="A webhook of Discord's: what needs you, and what is done, is told there."
)
@click.option("--owner", type=int, metavar="USER_ID", help="Whom the webhook mentions.")
@click.option("--scope", type=click.Choice(["user", "project", "local"]), default="user", show_default=True)
@click.option("--settings", "in_settings", is_flag=True, help="Write into the settings file, without a plugin.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def attach(
    outer: Path | None,
    config: Path | None,
    webhook: str | None,
    owner: int | None,
    scope: Scope,
    in_settings: bool,
    yes: bool,
) -> None:
    """Make the Claude Code sessions of this user's terminals reachable from Discord; with a webhook alone, tell of
    them."""
    try:
        where, file = _attaching(), config or outer
        content = _webhook_file(webhook, owner, file)
        if content is not None:
            file = where.directory / attach_state.WEBHOOK
        files = install.written_files(where, scope, as_plugin=not in_settings)
        own = install.own_files(where, as_plugin=not in_settings, webhook=content is not None)
        click.echo(attach_wording.will_write(files, own))
        if not yes and not click.confirm(attach_wording.PROCEED, default=True):
            click.echo(attach_wording.NOTHING_CHANGED)
            return
        known = attach_state.read(where.directory)
        if file is None and (known is None or not known.config):
            file = chosen_file(environment(), None)  # sessions start the bridge elsewhere: it would not be found there
        told = str(file.resolve()) if file is not None else "" if known is None else known.config
        start = (sys.executable, "-P", "-m", "antiphon", "run", "--unless-service", *(("-c", told) if told else ()))
        done = install.attach(where, scope, start, told, __version__, as_plugin=not in_settings, webhook=content)
    except AntiphonError as error:
        fail(error)
    attached = attach_wording.ATTACHED if content is None else attach_wording.TELLING
    click.echo(attach_wording.RENEWED if done.renewed else attached)
    click.echo(attach_wording.RUNNING_BEFORE)


def _webhook_file(url: str | None, owner: int | None, config: Path | None) -> str | None:
    """The configuration that is to be written; None: none is."""
    if url is None:
        if owner is not None:
            raise ConfigError((attach_wording.OWNER_ALONE,))
        return None
    if config is not None:
        raise ConfigError((attach_wording.BOTH,))
    return webhook_file(url, owner)


@click.command()
def detach() -> None:
    """Take out what `antiphon attach` has put in."""
    try:
        where = _attaching()
        if not install.is_attached(where.directory):
            click.echo(attach_wording.NOT_ATTACHED)
            return
        changed = install.detach(where)
    except AntiphonError as error:
        fail(error)
    click.echo(attach_wording.changed_since(changed) if changed else attach_wording.DETACHED)


def _attaching() -> install.Where:
    env = environment()
    command = env.get("CLAUDE_COMMAND") or shutil.which("claude", path=env.get("PATH"))
    return install.Where(
        state_directory(env).absolute(),
        claude_directory(env).absolute(),
        Path.cwd(),
        Path(command) if command else bundled(),
        {**{name: value for name, value in env.items() if name != TOKEN}, "DISABLE_AUTOUPDATER": "1"},
    )
