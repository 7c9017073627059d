"""Pipes, sockets, devices and files without an end at every place where the bridge reads: nobody else waits."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from chain import Chain

pytestmark = pytest.mark.slow


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    made, here = socket.socket(socket.AF_UNIX), Path.cwd()
    os.chdir(path.parent)  # a socket's name has room for 108 bytes
    try:
        made.bind(path.name)
    finally:
        os.chdir(here)
        made.close()


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _device(path: Path) -> None:
    path.symlink_to("/dev/tty")


def spoil(chain: Chain) -> int:
    """Put them wherever something is read for somebody who looks for skills, sessions and differences; how many."""
    config, project = Path(chain.world.environment()["CLAUDE_CONFIG_DIR"]), chain.project
    archive = config / "projects" / str(project).replace("/", "-").replace("_", "-")
    kinds: tuple[Callable[[Path], None], ...] = (_pipe, _socket, _endless, _device)
    folders = (
        (project / ".claude" / "commands", "x{}.md"),
        (project / ".claude" / "skills" / "one", "SKILL{}.md"),
        (config / "commands", "y{}.md"),
        (archive, "1e1e1e1e-0000-4000-8000-00000000000{}.jsonl"),
        (config / "sessions", "424{}.json"),
        (project, "new{}.txt"),
    )
    made = 0
    for folder, name in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for number, kind in enumerate(kinds):
            with suppress(FileExistsError):
                kind(folder / name.format(number))
                made += 1
    for number in range(3):  # a skill's own file
        skill = project / ".claude" / "skills" / f"pipe{number}"
        skill.mkdir(parents=True)
        _pipe(skill / "SKILL.md")
        made += 1
    return made


async def _handed_over(chain: Chain, prompt: str) -> float:
    """When (monotonic) the model was first asked with this prompt."""
    async with asyncio.timeout(30):
        while True:
            for one in chain.model_requests():
                if one.prompt == prompt:
                    return one.monotonic
            await asyncio.sleep(0.01)


async def test_pipes_at_every_place_hold_up_nobody(unstarted: Chain, allowance: float) -> None:
    chain = unstarted
    other = chain.world.root / "other"
    other.mkdir()
    channels = chain.world.about["channels"]
    section = {"directory": str(other), "channels": [int(channels["random"])], "people": [int(chain.ada.id)]}
    sections = {"projects.other": section, "limits": {"drain": 5}}
    await chain.start_configured(sections, channels=[int(chain.general)], people=[int(chain.ada.id)])
    place = await chain.ask("say: hello")
    await chain.ended(place)
    elsewhere = (await chain.ada.say(channels["random"], "say: hello elsewhere"))["id"]
    await chain.ada.until(lambda _: chain.ends(elsewhere), 30)
    assert spoil(chain) > 20

    async with asyncio.TaskGroup() as group:
        for _ in range(4):  # each reads all of a kind
            group.create_task(chain.ada.command(place, "skill", {"name": "x0"}))
            group.create_task(chain.ada.command(place, "sessions"))
            group.create_task(chain.ada.command(place, "diff"))
            group.create_task(chain.ada.command(place, "resume", {"session": "1e1e1e1e-0000-4000-8000-000000000000"}))
        began = time.monotonic()
        await chain.ada.say(elsewhere, "say: I am not held up")
        handed = await _handed_over(chain, "say: I am not held up")
    assert handed - began < 1.0 * allowance
    await chain.ada.until(lambda _: len(chain.ends(elsewhere)) == 2, 30)
    began = time.monotonic()
    assert await chain.bridge.stop() == 0
    assert time.monotonic() - began < 5
