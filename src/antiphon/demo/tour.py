"""The tour: prompts that show what the bridge can do, suggested above the page's composer.

The scripted model answers each by a script of its own; the end that a turn has is part of the promise ("waits": for
somebody to press a button).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Suggestion:
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
    Suggestion("A plain answer", "What is this?"),
    Suggestion("A long answer with code and a table", "long 6000"),
    Suggestion("A real file edit", "edit hello.py"),
    Suggestion("Text between tools", "steps"),
    Suggestion("Ten tools in a row", "tools 10"),
    Suggestion("A command that fails", "bash: python3 -c 'import no_such_module'"),
    Suggestion("Thinking", "think: how would one cross this river?"),
    Suggestion("A wide table", _TABLE),
    Suggestion("A file for you", 'call mcp__antiphon__send_file {"paths": ["hello.py"], "caption": "The file"}'),
    Suggestion(
        "Something that needs you", 'call WebFetch {"url": "https://example.com", "prompt": "What is this?"}', "waits"
    ),
    Suggestion("A question for you", "ask", "waits"),
    Suggestion("A plan to accept", "plan", "waits"),
    Suggestion("An API error", "error 400", "failed"),
    Suggestion("Something to stop, or to talk to meanwhile", "sleep 30"),
)


def suggestions() -> tuple[dict[str, str], ...]:
    """The tour as the page takes it."""
    return tuple({"label": one.label, "text": one.text} for one in TOUR)
