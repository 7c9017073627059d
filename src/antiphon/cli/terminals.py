"""Commands about sessions in terminals: reach them from Discord, ask and tell them from a shell."""

import shutil
import sys
import time
import uuid
from pathlib import Path
from typing import NoReturn

import click

from antiphon import __version__
from antiphon.agent.process.installation import bundled
from antiphon.attach import client, install
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
        start = (sys.executable, "-P", "-m", "antiphon", "run", *(("-c", told) if told else ()))
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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inbox(as_json: bool) -> None:
    """Show what waits for which session. Exit code 3: no bridge runs, or nothing is attached."""
    _tell(client.inbox(_asking(), as_json=as_json, now=time.time()))


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--key", type=click.UUID, help="What makes it happen once; for another try.")
@click.argument("session")
@click.argument("text", nargs=-1, required=True)
def say(key: uuid.UUID | None, session: str, text: tuple[str, ...]) -> None:
    """Say TEXT ("-": what stands on standard input) to SESSION, like a message in its thread: its id or Claude's, the
    beginning of one, or a part of its title. Exit code 2: that is not exactly one; 3: no bridge runs, or nothing is
    attached."""
    words = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip() if text == ("-",) else " ".join(text)
    _tell(client.say(_asking(), client.Utterance(session, words, str(key or uuid.uuid4()))))


@click.group()
def event() -> None:
    """Tell the sessions on a project something, or read what was told."""


@event.command()
@click.option("--key", type=click.UUID, help="What makes it happen once; for another try.")
@click.option(
    "--project", default="", help="Whose sessions (your own session's, or the first project, unless you say)."
)
@click.argument("text", nargs=-1, required=True)
def post(key: uuid.UUID | None, project: str, text: tuple[str, ...]) -> None:
    """Tell them TEXT. Exit code 3: no bridge runs, or nothing is attached."""
    _tell(client.post_event(_asking(), client.Told(" ".join(text), str(key or uuid.uuid4()), project)))


@event.command()
@click.option("--project", default="", help="Of which project (your own session's, or all, unless you say).")
@click.option("--after", default=0, help="Only those with a higher number.")
@click.option("--last", default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def read(project: str, after: int, last: int, as_json: bool) -> None:
    """Print what was told, a line each. Exit code 3: no bridge runs, or nothing is attached."""
    _tell(client.read_events(_asking(), project, max(0, after), max(1, last), as_json=as_json))


def _asking() -> client.Asker:
    env = environment()
    try:
        return client.Asker(state_directory(env), env.get("CLAUDE_CODE_SESSION_ID", ""))
    except AntiphonError as error:
        fail(error)


def _tell(done: client.Outcome) -> NoReturn:
    click.echo(done.text, err=done.code != 0)
    sys.exit(done.code)
