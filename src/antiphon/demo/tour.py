"""The tour: prompts that show what the bridge can do, suggested above the page's composer.

The scripted model answers each by a script of its own; the end that a turn has is part of the promise ("waits": for
somebody to press a button).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stop:
    """One suggestion. `text` is posted as it stands; `end` is how its turn ends."""

    label: str
    text: str
    end: Literal["done", "failed", "waits"] = "done"


_TABLE = (
    "say: | service | owner | last deployment | open incidents | note |\\n|---|---|---|---:|---|\\n"
    "| payments-gateway | Platform team | 2026-11-19 14:02 | 2 | waits for the new certificate |\\n"
    "| search-indexer | Discovery team | 2026-11-20 09:41 | 0 | reindexed over night |\\n"
    "| mail-relay | Platform team | 2026-10-30 17:20 | 1 | greylisted by two providers |"
)

TOUR = (
    Stop("A plain answer", "What is this?"),
    Stop("A long answer with code and a table", "long 6000"),
    Stop("A real file edit", "edit hello.py"),
    Stop("Text between tools", "steps"),
    Stop("Ten tools in a row", "tools 10"),
    Stop("A command that fails", "bash: python3 -c 'import no_such_module'"),
    Stop("Thinking", "think: how would one cross this river?"),
    Stop("A wide table", _TABLE),
    Stop("A file for you", 'call mcp__antiphon__send_file {"paths": ["hello.py"], "caption": "The file"}'),
    Stop(
        "Something that needs you", 'call WebFetch {"url": "https://example.com", "prompt": "What is this?"}', "waits"
    ),
    Stop("A question for you", "ask", "waits"),
    Stop("A plan to accept", "plan", "waits"),
    Stop("An API error", "error 400", "failed"),
    Stop("Something to stop, or to talk to meanwhile", "sleep 30"),
)


def chips() -> tuple[dict[str, str], ...]:
    """The tour as the page wants it."""
    return tuple({"label": stop.label, "text": stop.text} for stop in TOUR)
