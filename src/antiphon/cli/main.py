"""The `antiphon` command itself, and which commands it has. A command's module is imported when the command is asked
for: `antiphon --help` and `antiphon --version` import none of them."""

from pathlib import Path

import click

from antiphon import __version__
from antiphon.cli.failing import fail
from antiphon.cli.lazy_group import LazyCommand, LazyGroup
from antiphon.errors import AntiphonError

_BRIDGE, _TERMINALS = "antiphon.cli.bridge", "antiphon.cli.terminals"
_SESSIONS, _TRYING = "antiphon.cli.sessions", "antiphon.cli.trying"
COMMANDS = {
    "setup": LazyCommand("antiphon.cli.setup", "setup", "Set Antiphon up, or check what is set up."),
    "login": LazyCommand("antiphon.cli.setup", "login", "Log Claude Code in, as this user."),
    "run": LazyCommand(_BRIDGE, "run", "Run the bridge until it is stopped."),
    "status": LazyCommand(_BRIDGE, "status", "Say how the bridge is."),
    "doctor": LazyCommand("antiphon.cli.doctor", "doctor", "Say what is wrong around the bridge, and the way out."),
    "service": LazyCommand(
        "antiphon.cli.service", "service", "Keep the bridge running, also after a restart of the machine."
    ),
    "config": LazyCommand("antiphon.cli.config", "config", "Check the configuration, show it, print its schema."),
    "attach": LazyCommand(_TERMINALS, "attach", "Make sessions in your terminals reachable from Discord."),
    "detach": LazyCommand(_TERMINALS, "detach", "Take out what attach has put in."),
    "inbox": LazyCommand(_SESSIONS, "inbox", "Show what waits for which session."),
    "say": LazyCommand(_SESSIONS, "say", "Say something to a session, like a message in its thread."),
    "event": LazyCommand(_SESSIONS, "event", "Tell all sessions on a project something, or read that."),
    "token": LazyCommand("antiphon.cli.token", "token", "Tokens with which programs call the HTTP API."),
    "standin": LazyCommand(_TRYING, "standin", "Run the local Discord and the scripted model alone."),
    "demo": LazyCommand(_TRYING, "demo", "Try it with nothing: no bot, no token, no login."),
}


@click.group(cls=LazyGroup, commands_by_name=COMMANDS, invoke_without_command=True)
@click.version_option(__version__)
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The TOML file.")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Antiphon joins Claude Code to Discord, both ways. With a file alone it runs the bridge."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    if config is not None:
        from antiphon.cli.bridge import run

        context.invoke(run, named=config)
        return
    from antiphon.config.load import chosen_file, config_directory, environment, is_nothing_set
    from antiphon.config.wording import first_steps

    env = environment()
    try:
        is_new = is_nothing_set(env, chosen_file(env, None))
    except AntiphonError as error:
        fail(error)
    click.echo(first_steps(config_directory(env)) if is_new else context.get_help())
