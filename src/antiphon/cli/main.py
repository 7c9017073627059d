"""The `antiphon` command itself, and which commands it has."""

from pathlib import Path

import click

from antiphon import __version__
from antiphon.cli.bridge import run, status
from antiphon.cli.config import config as config_commands
from antiphon.cli.doctor import doctor
from antiphon.cli.failing import fail
from antiphon.cli.service import service
from antiphon.cli.setup import login, setup
from antiphon.cli.terminals import attach, detach, event, inbox, say
from antiphon.cli.token import token
from antiphon.cli.trying import demo, standin
from antiphon.config.load import chosen_file, config_directory, environment, is_nothing_set
from antiphon.config.wording import first_steps
from antiphon.errors import AntiphonError


@click.group(invoke_without_command=True)
@click.version_option(__version__)
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file.")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Antiphon joins Claude Code to Discord, both ways. With a file alone it runs the bridge."""
    context.obj = config
    if context.invoked_subcommand is None:
        if config is not None:
            context.invoke(run, named=config)
            return
        env = environment()
        try:
            is_new = is_nothing_set(env, chosen_file(env, None))
        except AntiphonError as error:
            fail(error)
        click.echo(first_steps(config_directory(env)) if is_new else context.get_help())


_SESSIONS = (attach, detach, inbox, say, event)
for _command in (setup, login, run, status, doctor, service, config_commands, *_SESSIONS, token, standin, demo):
    main.add_command(_command)
