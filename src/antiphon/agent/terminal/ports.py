"""What terminals are heard and reached with. May not load the SDK."""

from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.process.installation import Installation
from antiphon.core.bus import WorkerStore
from antiphon.core.records import Lease


@dataclass(frozen=True, slots=True)
class TerminalPorts:
    """`bells`: the directory with a file for each session, whose change wakes it; `types`: whether the machine's user
    wants prompts to be typed where a session runs in tmux."""

    bus: WorkerStore
    lease: Lease
    installation: Installation
    bells: Path
    types: bool = False
