"""SIGHUP: the configuration is read again; and what came of it, for whoever has asked for it from a terminal."""

import asyncio
import json
import logging
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from antiphon.actions.projects.catalogue import Catalogue, Reloaded
from antiphon.errors import AntiphonError

log = logging.getLogger(__name__)

_OUTCOME = "reloaded.json"
_INPUT = 0  # the descriptor of the standard input
_MOST_BYTES = 1_000_000  # of it


async def reload_on_hangup(configuration: Catalogue, state: Path, stop: asyncio.Event) -> None:
    """Until cancelled. A terminal that is closed sends the same signal: then the bridge is to stop."""
    in_terminal, asked = os.isatty(_INPUT), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        while True:
            await asked.wait()
            asked.clear()
            if in_terminal and not os.isatty(_INPUT):
                stop.set()
                return
            await asyncio.to_thread(_keep, state, await _reloaded(configuration))
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def outcome(state: Path, since: float) -> Reloaded | None:
    """What came of the last reading; None: there was none after `since` (epoch seconds)."""
    try:
        with (state / _OUTCOME).open("rb") as file:
            found = cast(dict[str, Any], json.loads(file.read(_MOST_BYTES)))
        at, said = float(found.pop("at")), Reloaded(**found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return said if at >= since else None


async def _reloaded(configuration: Catalogue) -> Reloaded:
    try:
        return await configuration.reload()
    except AntiphonError as error:  # the database does not answer
        log.exception("the configuration could not be read again")
        return Reloaded(problems=(f"{error} {error.hint}",))


def _keep(state: Path, found: Reloaded) -> None:
    made = state / f"{_OUTCOME}.new"
    try:
        made.write_text(json.dumps({"at": time.time(), **asdict(found)}), encoding="utf-8")
        made.replace(state / _OUTCOME)
    except OSError as error:
        log.warning("what came of reading the configuration again is in this log alone: %s", error)
