"""A turn that goes on in a new process, after the one that asked for a tool was gone.

The CLI has put a result of its own in place of the one that never came. The program around the CLI says in its own
words what has happened meanwhile. Of these words the model understands no more than any reader would: that a notice is
no prompt, that its list tells what was said, which tool a line is about, and that "denied" means no.
"""

from __future__ import annotations

import re

from antiphon.standin.model.acts import Result

# The name of a program in front of what it says itself, as in "[Deploy] The machine was restarted."
_NOTICE = re.compile(r"\[\w+\] ")
# What the CLI says of a call that was never run, as it begins.
_NOT_RUN = ("[Tool call interrupted", "Tool permission request failed", "The user doesn't want to proceed")
_DENIED = re.compile(r"\bdenied\b")
# Tools whose result is what a person says.
_SAID_BY_A_PERSON = ("AskUserQuestion", "ExitPlanMode")


def is_notice(text: str) -> bool:
    """Whether a user text is a program's own: it begins no turn, the one before it goes on."""
    return _NOTICE.match(text) is not None


def was_run(result: Result) -> bool:
    """Whether a result is the tool's own, or a person's word on it."""
    return not (result.is_error and result.text.startswith(_NOT_RUN))


def result_told(tool: str, notice: str) -> Result | None:
    """The result that a notice's list tells of a call that was not run. None: the call is to be made again."""
    lines = [line.removeprefix("- ") for line in notice.splitlines() if line.startswith("- ")]
    denied = [line for line in lines if tool in line and _DENIED.search(line)]
    if denied:
        return Result(denied[0], is_error=True)
    return Result("; ".join(lines), is_error=False) if lines and tool in _SAID_BY_A_PERSON else None
