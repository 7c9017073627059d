"""What this machine says: disk, clock, fonts, other bridges, ports, service, sleep. Looks, and changes nothing."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIMIT = 5.0  # seconds for another program's answer


@dataclass(frozen=True, slots=True)
class Program:
    """What became of another program: its exit code (None: it could not be run, or did not end in time), its words."""

    code: int | None
    text: str = ""


async def run(*words: str, limit: float = _LIMIT, environment: Mapping[str, str] | None = None) -> Program:
    """Run a program that is on PATH, or named by its path, without a shell and without input; its output, at most
    64 kB."""
    path = shutil.which(words[0], path=None if environment is None else environment.get("PATH"))
    if path is None:
        return Program(None)
    quiet = asyncio.subprocess.DEVNULL
    try:
        asked = await asyncio.create_subprocess_exec(
            path,
            *words[1:],
            stdin=quiet,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
        )
    except OSError:
        return Program(None)
    try:
        async with asyncio.timeout(limit):
            assert asked.stdout is not None
            told = await asked.stdout.read(1 << 16)
            return Program(await asked.wait(), told.decode("utf-8", "replace").strip())
    except TimeoutError:
        return Program(None)
    finally:
        if asked.returncode is None:
            with suppress(ProcessLookupError):
                asked.kill()
            await asked.wait()


def free_bytes(directory: Path) -> int | None:
    """Of the disk on which a directory lies, or will lie; None: nobody knows."""
    place = directory.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    with suppress(OSError):
        return shutil.disk_usage(place).free
    return None


def is_writable(directory: Path) -> bool:
    """Whether files can be made in a directory, or it can be made."""
    place = directory.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens on a port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError:
            return False
    return True


def has_fonts() -> bool:
    """Whether pictures of tables can be drawn with a font of this machine."""
    from antiphon.chat.render.images.fonts import has_sans

    return has_sans()


def sleeps_by_itself() -> bool | None:
    """Whether this machine goes to sleep when nobody uses it; None: nobody knows. A laptop's battery says so."""
    if not sys.platform.startswith("linux"):
        return None
    supplies = Path("/sys/class/power_supply")
    with suppress(OSError):
        kinds = {(one / "type").read_text(encoding="ascii").strip() for one in supplies.iterdir()}
        return "Battery" in kinds
    return None
