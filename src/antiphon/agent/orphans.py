"""What a Claude Code that was killed leaves behind: commands at work, with nobody to report to.

They are found by a mark in their environment, which they inherit whatever group or parent they have by now. Linux only:
elsewhere nothing is found.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

MARK = "ANTIPHON_PROCESS"  # names the Claude Code process that a process descends from


def end_orphans(mark: str) -> int:
    """SIGKILL to every process of ours that carries `mark`; how many there were."""
    line, ended = f"{MARK}={mark}".encode(), 0
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # somebody else's, or just ended
            if line in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
    return ended
