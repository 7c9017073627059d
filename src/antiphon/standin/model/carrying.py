"""A turn that goes on in a new process: the bridge was restarted while somebody was asked, and tells what was answered.

The CLI has put a result of its own in place of the one that never came; whoever reads the conversation wants to know
whether the call has a result after all.
"""

from __future__ import annotations

import re

from antiphon.standin.model.acts import Result

_BEGIN = "[Antiphon] The bridge between you"
# What the CLI says of a call that was never run, as it begins.
_NOT_RUN = ("[Tool call interrupted", "Tool permission request failed", "The user doesn't want to proceed")
_DENIED = re.compile(r"^- .+? has denied (\w+)(?: \(.*?\))?(?:, and says: (.*)|\.)$", re.MULTILINE)
_ANSWERED = re.compile(r"^- To “(.*?)” .+? has answered: (.*)$", re.MULTILINE)


def carries_on(text: str) -> bool:
    """Whether a user text is the bridge's own: it begins no turn, the one before it goes on."""
    return text.startswith(_BEGIN)


def was_run(result: Result) -> bool:
    """Whether a result is the tool's own, or a person's word on it."""
    return not (result.is_error and result.text.startswith(_NOT_RUN))


def made_up(tool: str, words: str) -> Result | None:
    """The result that the bridge's words stand for, of a call that was not run. None: it is to be made again."""
    denied = [said or "The person denied this." for name, said in _DENIED.findall(words) if name == tool]
    if denied:
        return Result(denied[0], is_error=True)
    if tool == "AskUserQuestion" and (pairs := _ANSWERED.findall(words)):
        told = ", ".join(f'"{question}"="{answer}"' for question, answer in pairs)
        return Result(f"Your questions have been answered: {told}.", is_error=False)
    if tool == "ExitPlanMode" and "has approved your plan" in words:
        return Result("The plan is approved.", is_error=False)
    return None
