"""Commands that ask and tell sessions from a shell, also from within a session's own Bash. They are called often: what
they import is little."""

import sys
import time
import uuid
from typing import NoReturn

import click

from antiphon.attach import client
from antiphon.cli.failing import fail
from antiphon.config.load import environment, state_directory
from antiphon.errors import AntiphonError


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
