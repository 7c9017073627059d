"""The tour: what the page suggests, in a guided order, and the settings that it needs.

The scripted model has a script for each sentence (its table holds the same ones; a test compares them). The end that a
turn has is part of the promise ("waits": for somebody to press a button; "stopped": it goes on until somebody does).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from antiphon.standin.guide import Action, Guide, Prompt

KILL = "kill"  # the action's name


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: `text` is posted as it stands. `shows`: what there is to see, for people. `end`: how its turn
    ends. `scripted`: only the scripted model does this."""

    text: str
    shows: str
    end: Literal["done", "failed", "waits", "stopped"] = "done"
    scripted: bool = False


TOUR = (
    Suggestion("What is this project?", "a plain answer"),
    Suggestion("Run the tests", "a command that fails"),
    Suggestion("Why does the test fail?", "Claude thinks first"),
    Suggestion("Fix the greeting in hello.py", "asks first, with the diff", "waits"),
    Suggestion("Write a USAGE.md", "asks for your permission", "waits"),
    Suggestion("Add a goodbye, but ask me for the tone", "a question with choices", "waits"),
    Suggestion("Plan how to add a --name option", "a plan to accept", "waits"),
    Suggestion("Explain hello.py in detail", "a long answer with code"),
    Suggestion("Compare ways to publish it, in a table", "a table too wide for a phone"),
    Suggestion("Send me hello.py", "a file in the thread"),
    Suggestion("Review every file, one by one", "takes 15 seconds: talk to it"),
    Suggestion("Count the lines, too", "send this meanwhile"),
    Suggestion("Run the build", "takes 15 seconds"),
    Suggestion("Build it whenever a file changes", "goes on until you press Stop", "stopped"),
    Suggestion("Show me an API error", "a failure in plain words", "failed", scripted=True),
)
_BEFORE_THE_KILL = "Run the build"

# Edits are asked about, so that their diff is seen, and a plan's "ask before edits" is true.
SECTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType({"display": MappingProxyType({"thinking": "full"})})
PROJECT: Mapping[str, Any] = MappingProxyType(
    {
        "permission_mode": "default",
        "isolation": "shared",  # each stop of the tour is about the same few files
        "allowed_tools": (
            *("Read", "Glob", "Grep", "Bash(ls:*)", "Bash(wc:*)"),
            # No wider: once a plan is accepted, Claude Code no longer knows a rule for any command, or for all of
            # an interpreter's.
            *("Bash(python3 -m unittest)", "Bash(python3 hello.py:*)", "Bash(python3 build.py:*)"),
        ),
        "after_restart": "continue",
    }
)

WHAT = "This is Antiphon: Claude Code in a Discord thread."
RUNS = "it runs in a throw-away project on this machine."


def played(page: str, *, real_model: bool) -> str:
    """What is real, and what only plays. `page`: what the page is called where this is said."""
    if real_model:
        return f"Discord is played by {page}; everything else is real, Claude too, and your API key pays for it."
    return f"Claude is played by a script, and Discord by {page}; everything else is real."


def guide(kill: Callable[[], Awaitable[None]], *, real_model: bool) -> Guide:
    """The tour as the page takes it. `kill`: kills the bridge, and returns when it is back."""
    chips: list[Prompt | Action] = []
    for one in TOUR:
        if not (real_model and one.scripted):
            chips.append(Prompt(one.text, one.text, one.shows))
        if one.text == _BEFORE_THE_KILL:
            chips.append(
                Action(
                    name=KILL,
                    label="Kill the bridge",
                    shows="try it while something runs",
                    run=kill,
                    began="The bridge is killed (SIGKILL). It starts again in a moment.",
                    ended="The bridge is back.",
                )
            )
    chips.append(Prompt("/help", "/help", "all that you can do here"))
    intro = (
        WHAT,
        f"You are Ada. Pick a suggestion or write anything; {RUNS}",
        played("this page", real_model=real_model),
    )
    return Guide(intro, tuple(chips))
