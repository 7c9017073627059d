"""Commands that try it with nothing: the local Discord, the demo."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import click

from antiphon import wording
from antiphon.cli.failing import fail
from antiphon.config.load import environment, hide_secrets
from antiphon.errors import AntiphonError, ConfigError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.option("--port", default=0, show_default="a free one", help="Port of the local Discord.")
@click.option("--model-port", default=0, show_default="a free one", help="Port of the scripted model.")
def standin(as_json: bool, port: int, model_port: int) -> None:
    """Run the local Discord and the scripted model alone, on 127.0.0.1."""
    from antiphon.standin import serve

    _until_interrupted(serve(port, model_port, as_json))


@click.command()
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
