"""The page stays quick: bench/page_speed.py on a short run. The bar is 200 ms; measured on an idle machine: 17 to 84.

A machine busy with something else stretches a frame now and then, but not the same phase three times.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from scene import CHROMIUM

MOST_MS = 200.0
TRIES = 3


async def _measure() -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.page_speed", "--seconds", "3"),
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},  # noqa: TID251
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_no_frame_is_long_with_2000_messages_and_ten_threads_streaming() -> None:
    best: dict[str, float] = {}
    for _ in range(TRIES):
        phases = await _measure()
        assert len(phases) == 3
        assert all(phase["rows"] <= 150 for phase in phases), phases
        for phase in phases:
            worst = max(phase["longest_frame"], phase["longest_task"])
            best[phase["phase"]] = min(best.get(phase["phase"], worst), worst)
        if max(best.values()) < MOST_MS:
            return
    pytest.fail(f"Longest frames in ms: {best}")
