"""Runs the command that an operator has put before a schedule's runs: no shell, none of the bridge's secrets, with a
limit of time and of what it may say."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from antiphon.agent.process.installation import handed_down
from antiphon.core.schedules.values import CheckResult

_LIMIT = 60.0  # seconds
_MOST = 20_000  # characters of what it says
_CHUNK = 4096


async def run_check(environment: Mapping[str, str], command: Sequence[str], directory: Path) -> CheckResult:
    """What it has said, and how it has ended. `environment`: the bridge's, of which it sees what Claude Code does."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env=handed_down(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return CheckResult(None, error.strerror or "")
    said = bytearray()
    try:
        async with asyncio.timeout(_LIMIT):
            assert process.stdout is not None
            while chunk := await process.stdout.read(_CHUNK):
                said += chunk[: max(0, 4 * _MOST - len(said))]  # the rest is read, and forgotten
            code: int | None = await process.wait()
    except TimeoutError:
        code = None
    finally:
        with suppress(ProcessLookupError):  # with what it has started
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return CheckResult(code, bytes(said).decode("utf-8", "replace")[:_MOST])
