"""`antiphon token`: the tokens with which programs call the HTTP API."""

import re
import time
from datetime import datetime

import click

from antiphon import wording
from antiphon.cli.failing import fail
from antiphon.config.load import environment, state_directory
from antiphon.core.programs.scopes import SCOPES
from antiphon.core.values import TokenScope
from antiphon.errors import AntiphonError

_DAY = 86_400.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@click.group()
def token() -> None:
    """The tokens with which programs call the HTTP API ([api] in the configuration)."""


@token.command()
@click.argument("name")
@click.option("--scope", required=True, metavar="SCOPES", help=f"What it is good for: a,b,c of {', '.join(SCOPES)}.")
@click.option("--project", "projects", multiple=True, help="Only for this project; may be given again.")
@click.option("--days", type=click.IntRange(1, 3650), help="It expires after so many days.")
def create(name: str, scope: str, projects: tuple[str, ...], days: int | None) -> None:
    """Make one, and show it: once."""
    from antiphon.web import tokens  # here alone: other commands do without

    wanted = {one.strip() for one in scope.split(",") if one.strip()}
    if unknown := wanted - set(SCOPES):
        raise click.BadParameter(f"there is no scope {', '.join(sorted(unknown))}", param_hint="--scope")
    if _NAME.fullmatch(name) is None:
        raise click.BadParameter("use letters, digits, “-”, “_” and “.”, at most 40", param_hint="NAME")
    if name.casefold() == "claude":
        raise click.BadParameter("this is what sessions' own scripts are called", param_hint="NAME")
    now = time.time()
    scopes = frozenset[TokenScope](one for one in SCOPES if one in wanted)
    expires = None if days is None else now + days * _DAY
    try:
        state = state_directory(environment())
        shown = tokens.create(state, name, scopes, frozenset(projects) or None, now, expires=expires)
    except AntiphonError as error:
        fail(error)
    click.echo(shown)
    click.echo(wording.TOKEN_SHOWN, err=True)


@token.command("list")
def list_tokens() -> None:
    """Those that there are."""
    from antiphon.web import tokens

    try:
        found = tokens.read(state_directory(environment()))
    except AntiphonError as error:
        fail(error)
    for one in sorted(found, key=lambda one: one.name):
        until = "" if one.expires is None else datetime.fromtimestamp(one.expires).astimezone().strftime("%Y-%m-%d")
        projects = None if one.projects is None else sorted(one.projects)
        click.echo(wording.token(one.name, sorted(one.scopes), projects, until))
    if not found:
        click.echo(wording.NO_TOKENS)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """From the next request on it is refused; what it has scheduled does not run any more."""
    from antiphon.web import tokens

    try:
        tokens.revoke(state_directory(environment()), name)
    except AntiphonError as error:
        fail(error)
    click.echo(wording.REVOKED.format(name=name))
