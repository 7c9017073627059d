"""A command that stands for `claude`: the real one, with an ear at what it says, and garbled copies among it.

The command becomes the real Claude Code; a child of it stands between its output and whoever reads that. The
conversation about control (answers, permission requests) goes through as it is: the SDK itself reads it.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from standin.mutations import Spoiler

Json = dict[str, Any]

_JOBS = ("task_started", "task_progress", "task_updated", "task_notification")


def command(path: Path, claude: Path, record: Path, copies: int = 0, seed: str = "") -> Path:
    """Write such a command. `record`: takes every line as it left. `copies`: garbled ones after each message."""
    words = f"become({str(claude)!r}, {str(record)!r}, {copies}, {seed!r})"
    tests = str(Path(__file__).parent)
    path.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {tests!r})\nfrom garbler import become\n{words}\n"
    )
    path.chmod(0o700)
    return path


def become(claude: str, record: str, copies: int, seed: str) -> None:
    """What the command does; does not return."""
    read, write = os.pipe()
    if os.fork():  # the parent: the bridge knows this process, and may kill it
        os.dup2(write, 1)
        os.close(read)
        os.execv(claude, [claude, *sys.argv[1:]])
    os.close(write)
    spoiler = Spoiler(seed, ["1234567890", "9"])
    with open(read, encoding="utf-8") as lines, open(record, "a", encoding="utf-8") as kept:
        for line in lines:
            out = [line, *(f"{one}\n" for one in garbled(line, spoiler, copies))]
            kept.writelines(out)
            kept.flush()
            sys.stdout.writelines(out)
            sys.stdout.flush()
    os._exit(0)


def garbled(line: str, spoiler: Spoiler, copies: int) -> list[str]:
    """Garbled copies of a message."""
    raw = json.loads(line)
    if is_control(raw):
        return []
    made = [spoiler.body(raw) for _ in range(copies)]
    return [json.dumps(one) for one in made if isinstance(one, dict) and not is_control(one) and not _ends_the_sdk(one)]


def is_control(raw: Json) -> bool:
    """Whether the SDK keeps a message to itself."""
    return str(raw.get("type")).startswith(("control_", "transcript_"))


def _ends_the_sdk(raw: Json) -> bool:
    """Its own reader ends at a job whose name cannot be a key."""
    return raw.get("subtype") in _JOBS and not isinstance(raw.get("task_id"), str | int | None)
