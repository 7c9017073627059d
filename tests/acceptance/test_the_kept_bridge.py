"""The demo's bridge, which may be killed: it comes back, once for each kill, and not when it was let go."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from antiphon.demo.kept_bridge import KeptBridge
from antiphon.demo.process import BridgeProcess
from antiphon.standin.guide import ActionFailed

# As much of a bridge as its keeper sees: it says that it is connected, once it may, and stays.
PROGRAM = """
import pathlib, sys, time
if not pathlib.Path(sys.argv[1]).exists():
    sys.exit("It does not start.")
print("connected as a stub", flush=True)
time.sleep(60)
"""


@dataclass
class Scene:
    bridge: BridgeProcess
    kept: KeptBridge
    starts: Path  # while it exists
    said: list[str] = field(default_factory=list[str])


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    starts = tmp_path / "starts"
    starts.touch()
    said: list[str] = []
    bridge = BridgeProcess(None, {}, ("-c", PROGRAM, str(starts)))
    kept = KeptBridge(said.append, away=0.05)
    yield Scene(bridge, kept, starts, said)
    await kept.let_go()
    if bridge.lines and bridge.returncode is None:
        await bridge.kill()


async def test_a_killed_bridge_comes_back_and_the_terminal_says_so(scene: Scene) -> None:
    await scene.kept.start(scene.bridge)
    first = scene.bridge.pid
    await scene.kept.kill()
    assert scene.bridge.pid != first
    assert scene.bridge.returncode is None
    killed, back = scene.said
    assert killed.startswith(f"The bridge (process {first}) is killed with SIGKILL.")
    assert back == f"The bridge is back (process {scene.bridge.pid})."


async def test_pressed_twice_quickly_it_is_killed_once(scene: Scene) -> None:
    await scene.kept.start(scene.bridge)
    await asyncio.gather(scene.kept.kill(), scene.kept.kill())
    assert len(scene.said) == 2


async def test_a_bridge_that_is_not_there_yet_is_not_killed(scene: Scene) -> None:
    with pytest.raises(ActionFailed, match="has not started yet"):
        await scene.kept.kill()


async def test_one_that_does_not_come_back_is_told_and_may_be_tried_again(scene: Scene) -> None:
    await scene.kept.start(scene.bridge)
    scene.starts.unlink()
    with pytest.raises(ActionFailed, match="did not come back"):
        await scene.kept.kill()
    assert "It does not start." in scene.said[-1]
    scene.starts.touch()
    await scene.kept.kill()
    assert scene.bridge.returncode is None


async def test_nothing_comes_back_once_it_is_let_go(scene: Scene) -> None:
    await scene.kept.start(scene.bridge)
    killing = asyncio.create_task(scene.kept.kill())
    while not scene.said:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await scene.kept.let_go()
    await asyncio.wait({killing})
    assert killing.cancelled()
    assert scene.bridge.returncode is not None
