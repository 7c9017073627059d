"""The `antiphon` command."""

import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import click

from antiphon import __version__, wording
from antiphon.agent.process.installation import bundled
from antiphon.attach import client, install
from antiphon.attach import state as attach_state
from antiphon.attach import wording as attach_wording
from antiphon.attach.install import Scope
from antiphon.config.initial_environment import TOKEN
from antiphon.config.load import (
    claude_directory,
    environment,
    hide_secrets,
    load,
    load_webhook,
    runtime_directory,
    secrets,
    state_directory,
    webhook_file,
)
from antiphon.errors import AntiphonError, ConfigError, StoreError
from antiphon.failing import fail
from antiphon.token_command import token

_LOG_BYTES, _LOG_FILES = 10_000_000, 5


@click.group(invoke_without_command=True)
@click.version_option(__version__)
@click.option("-c", "--config", type=click.Path(path_type=Path), help="A TOML file with projects.")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Antiphon joins Claude Code to Discord, both ways. With a file alone it runs the bridge."""
    context.obj = config
    if context.invoked_subcommand is None:
        if config is None:
            click.echo(context.get_help())
        else:
            context.invoke(run)


@main.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="A TOML file with projects.")
@click.pass_obj
def run(outer: Path | None, config: Path | None) -> None:
    """Run the bridge until it is stopped (Ctrl-C or SIGTERM)."""
    from antiphon.startup import Places

    env, file = environment(), config or outer
    try:
        places = Places(state_directory(env), claude_directory(env), runtime_directory(env))
        alone = load_webhook(env, file)
        if alone is not None:
            hide_secrets()
            _log_to(places.state, hidden := secrets(env, alone))
            from antiphon import webhook_daemon

            asyncio.run(webhook_daemon.run(alone, places, hidden))
            return
        settings, remarks = load(env, file, root=os.geteuid() == 0)
        hide_secrets()
        _log_to(places.state, hidden := secrets(env, settings))
        for remark in remarks:
            logging.getLogger("antiphon").warning(remark)
        from antiphon import daemon

        asyncio.run(daemon.run(settings, places, hidden))
    except AntiphonError as error:
        fail(error)


@main.command()
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


@main.command()
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


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say how the bridge is. Exit code 0: it runs and is well; 1: something is wrong; 3: none runs."""
    from antiphon import status as standing

    try:
        found = standing.read_status(state_directory(environment()), time.time())
    except AntiphonError as error:
        fail(error)
    click.echo(json.dumps(standing.as_json(found)) if as_json else "\n".join(standing.lines(found)))
    sys.exit(found.code)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inbox(as_json: bool) -> None:
    """Show what waits for which session. Exit code 3: no bridge runs, or nothing is attached."""
    _tell(client.inbox(_asking(), as_json=as_json, now=time.time()))


@main.command(context_settings={"allow_interspersed_args": False})
@click.option("--key", type=click.UUID, help="What makes it happen once; for another try.")
@click.argument("session")
@click.argument("text", nargs=-1, required=True)
def say(key: uuid.UUID | None, session: str, text: tuple[str, ...]) -> None:
    """Say TEXT ("-": what stands on standard input) to SESSION, like a message in its thread: its id or Claude's, the
    beginning of one, or a part of its title. Exit code 2: that is not exactly one; 3: no bridge runs, or nothing is
    attached."""
    words = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip() if text == ("-",) else " ".join(text)
    _tell(client.say(_asking(), client.Utterance(session, words, str(key or uuid.uuid4()))))


@main.group()
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


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.option("--port", default=0, show_default="a free one", help="Port of the local Discord.")
@click.option("--model-port", default=0, show_default="a free one", help="Port of the scripted model.")
def standin(as_json: bool, port: int, model_port: int) -> None:
    """Run the local Discord and the scripted model alone, on 127.0.0.1."""
    from antiphon.standin import serve

    _until_interrupted(serve(port, model_port, as_json))


@main.command()
@click.option("--once", metavar="TEXT", help="Post TEXT, wait for the turn's end, print the thread, leave.")
@click.option("--real-model", is_flag=True, help="Use Anthropic's model (needs ANTHROPIC_API_KEY).")
@click.option("--port", default=0, show_default="a free one", help="Port of the local Discord.")
def demo(once: str | None, real_model: bool, port: int) -> None:
    """Try it with nothing: a local Discord, the real Claude Code CLI, a scripted model."""
    from antiphon.demo.show import Demo

    hide_secrets()  # a bot's token that lies in this shell is none of the demo's
    key = environment().get("ANTHROPIC_API_KEY") if real_model else None
    if real_model and key is None:
        fail(ConfigError((wording.KEY_MISSING,)))
    shown = Demo(environment().get("PATH", ""), key, port)
    try:
        sys.exit(_until_interrupted(shown.once(once) if once is not None else shown.chat()))
    except AntiphonError as error:
        fail(error)


main.add_command(token)


def _until_interrupted(work: Coroutine[Any, Any, int] | Coroutine[Any, Any, None]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us with it ignored
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        return asyncio.run(_ended_by_sigterm(work)) or 0
    return 0


async def _ended_by_sigterm(work: Coroutine[Any, Any, int] | Coroutine[Any, Any, None]) -> int | None:
    """So that what is temporary goes, and whatever was started ends, as by Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


class _JsonLines(logging.Formatter):
    """One JSON object a line; what was given as `extra` for a session stands under its own key."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "room": record.name,
            "message": record.getMessage(),
        }
        if session := getattr(record, "session", None):
            line["session"] = session
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Redacted(logging.Formatter):
    """Lines of another formatter, without our secrets."""

    def __init__(self, lines: logging.Formatter, redacted: Callable[[str], str]) -> None:
        super().__init__()
        self._lines, self._redacted = lines, redacted

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return self._redacted(self._lines.format(record))


class _LogFile(RotatingFileHandler):
    """What a full disk does not take is missing here alone; that it is full is said on the screen, once."""

    def _open(self) -> TextIOWrapper:
        """Nobody else may read it: it has what people and Claude have said."""
        file = super()._open()
        os.fchmod(file.fileno(), 0o600)
        return file

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """See logging.Handler."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def _log_to(state: Path, secrets: tuple[str, ...]) -> None:
    """Plain lines for whoever looks on; JSON lines with everything in the state directory, rotated. Both also have what
    ends this program unexpectedly; neither has a secret."""
    from antiphon.agent.redaction import Redaction

    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if state.stat().st_mode & 0o077:  # somebody else made it, or an earlier version
            state.chmod(0o700)
        file = _LogFile(state / "antiphon.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from error
    screen = logging.StreamHandler()
    redacted = Redaction(secrets).text
    screen.setFormatter(_Redacted(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"), redacted))
    file.setFormatter(_Redacted(_JsonLines(), redacted))
    logging.basicConfig(level=logging.INFO, handlers=[screen, file])
    logging.getLogger("discord").setLevel(logging.WARNING)
    logging.getLogger("discord.client").addFilter(lambda record: "voice will NOT" not in record.getMessage())
    logging.getLogger("claude_agent_sdk").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sys.excepthook = _log_crash


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python prints of an exception that nobody has caught."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("antiphon").critical(wording.CRASHED, exc_info=(kind, error, trace))
