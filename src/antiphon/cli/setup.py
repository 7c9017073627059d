"""`antiphon setup` and `antiphon login`: from nothing to a configuration that works."""

import asyncio
import shutil
import signal
import sys
from pathlib import Path

import click

from antiphon.cli.failing import fail
from antiphon.config.initial_environment import TOKEN
from antiphon.config.load import FILE, config_directory, default_file, environment, hide_secrets, state_directory
from antiphon.errors import AntiphonError


@click.command()
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Where the configuration is written, or is.")
@click.option("--json", "as_json", is_flag=True, help="Ask nobody: answers are flags, each finding is a JSON line.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with the bot token (or DISCORD_BOT_TOKEN).")
@click.option("--server", help="The server, by name or id.")
@click.option("--channel", help="The channel, by name or id; “new” makes one.")
@click.option("--channel-name", help="How a new channel is called.")
@click.option("--directory", help="Where Claude works.")
@click.option("--people", help="Who may use it besides the bot's owner: names with commas; “-”: nobody.")
@click.option("--service", type=click.Choice(["yes", "no"]), help="Whether to install the service.")
@click.option("--login", type=click.Choice(["now", "later"]), help="Whether to log Claude Code in, where it is not.")
@click.pass_obj
def setup(
    outer: Path | None,
    config: Path | None,
    as_json: bool,
    token_file: Path | None,
    **answers: str | None,
) -> None:
    """Set Antiphon up: bot, server, channel, directory, people; each is checked. Run again, it checks what is there and
    changes what you name. Exit code 2: an answer is missing (--json); 1: something is wrong."""
    from antiphon.setup import wording
    from antiphon.setup.context import SetupContext
    from antiphon.setup.json_lines import FlagAsker
    from antiphon.setup.progress import load
    from antiphon.setup.questions import Failed, Unanswered
    from antiphon.setup.run import set_up
    from antiphon.setup.service import service_step
    from antiphon.setup.terminal import TerminalAsker

    env = environment()
    hide_secrets()
    given = {name.replace("_", "-"): value for name, value in answers.items() if value}
    asker = FlagAsker(given) if as_json else TerminalAsker(given)
    try:
        path = (config or outer or default_file(env) or config_directory(env) / FILE).expanduser().absolute()
        token = token_file.read_text(encoding="utf-8") if token_file is not None else env.get(TOKEN)
        state = state_directory(env)
        at = SetupContext(
            asker, env, state, path, load(state), env.get("ANTIPHON_DISCORD_API"), interactive=not as_json
        )
        if not as_json:
            click.echo(wording.WELCOME)
        signal.signal(signal.SIGINT, _interrupt)
        asyncio.run(set_up(at, token, given))
        runs = service_step(at)
        if runs and not as_json:
            click.echo(f"\n{wording.READY_AND_RUNNING}")
        elif not as_json:
            option = "" if path == config_directory(env) / FILE else f" -c {path}"
            click.echo(f"\n{wording.ready(_command(), option)}")
    except (Unanswered, Failed) as error:
        sys.exit(error.exit_code)
    except OSError as error:
        fail(AntiphonError(f"{error.filename}: {error.strerror}"))
    except AntiphonError as error:
        fail(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"\n{wording.STOPPED}", err=True)
        sys.exit(130)


def _command() -> str:
    """By which words somebody has started this program."""
    named, module = Path(sys.argv[0]).name, f"{Path(sys.executable).name} -m antiphon"
    if named != "antiphon":
        return module
    return named if shutil.which(named) else sys.argv[0]


def _interrupt(number: int, frame: object) -> None:
    """Ends a prompt at once; asyncio's own handler waits for the next `await`."""
    raise KeyboardInterrupt


@click.command()
@click.option("--setup-token", is_flag=True, help="Make a token for a year (CLAUDE_CODE_OAUTH_TOKEN), for a service.")
def login(setup_token: bool) -> None:
    """Log Claude Code in: the one that the bridge uses, as this user."""
    from antiphon.agent.process.installation import bundled, handed_down
    from antiphon.setup.machine import log_in

    env = environment()
    hide_secrets()
    path = Path(env["CLAUDE_COMMAND"]) if "CLAUDE_COMMAND" in env else bundled()
    sys.exit(asyncio.run(log_in(path, handed_down(env), "setup-token" if setup_token else "login")))
