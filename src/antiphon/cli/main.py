"""The `antiphon` command itself, and which commands it has."""

from pathlib import Path

import click

from antiphon import __version__
from antiphon.cli.bridge import run, status
from antiphon.cli.doctor import doctor
from antiphon.cli.setup import login, setup
from antiphon.cli.terminals import attach, detach, event, inbox, say
from antiphon.cli.token import token
from antiphon.cli.trying import demo, standin


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


for _command in (setup, login, run, status, doctor, attach, detach, inbox, say, event, token, standin, demo):
    main.add_command(_command)
