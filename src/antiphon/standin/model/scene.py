"""What scripts are written with: a scene, a script, and the steps that several of them take.

A script is a generator: it yields what the model says, and gets the results of the tool calls that it yields. It holds
no state: `planning` plays it again from the start at every request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass

from antiphon.standin.model.acts import Act, Call, Calls, Result, Text
from antiphon.standin.model.reading import Reading

Play = Generator[Act, tuple[Result, ...], None]

# How the results of tools that ran and failed begin; what else is marked as an error was refused.
_TOOL_ERRORS = ("Exit code", "<tool_use_error>", "Error:", "File ", "EISDIR", "InputValidationError", "String to")


@dataclass(frozen=True, slots=True)
class Scene:
    """What a script may know: the tools that can be called, the conversation so far, and the working directory."""

    tools: frozenset[str]
    reading: Reading

    def path(self, name: str) -> str:
        """A file of the working directory, absolute as the tools want it."""
        return name if name.startswith("/") else f"{self.reading.directory or '/tmp'}/{name}"  # noqa: S108


@dataclass(frozen=True, slots=True)
class Script:
    """One trigger. `example` can be sent as it stands; `pattern` matches the line, its groups are the arguments.

    `hears`: a script that answers by itself (`Listen`) what comes in while it runs has these lines for its own too, and
    other scripts do not play them then. None: it does not listen.
    """

    name: str
    example: str
    description: str
    pattern: re.Pattern[str]
    play: Callable[[Scene, re.Match[str]], Play]
    hears: frozenset[str] | None = None


def call(tool: str, **inputs: object) -> Call:
    """A tool call."""
    return Call(tool, inputs)


def bash(command: str, description: str) -> Call:
    """A command, with the words that Claude would give it."""
    return call("Bash", command=command, description=description)


def first_line(text: str) -> str:
    """The first line that holds something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def closing(result: Result) -> str:
    """What is said of a result."""
    line = first_line(result.text)
    if not result.is_error:
        return f"The first line of the result: {line}" if line else "It ended without a word."
    if is_denial(result):
        return f"That was denied: {_reason(result.text)}"
    return f"That failed: {line}"


def is_denial(result: Result) -> bool:
    """Whether somebody refused the call: in words of their own, so it is told by what it is not."""
    return result.is_error and not result.text.startswith(_TOOL_ERRORS)


def _reason(text: str) -> str:
    # The words of the person come last when the CLI puts an explanation before them.
    return first_line(text.rpartition("the user said:")[2]) or first_line(text)


def lacks(scene: Scene, *tools: str) -> Generator[Act, tuple[Result, ...], bool]:
    """Say which of these tools do not exist, and return whether one is missing."""
    missing = [tool for tool in tools if tool not in scene.tools]
    for tool in missing:
        yield Text(f"I would use the tool {tool} now, but it does not exist in this session.")
    return bool(missing)


def single(scene: Scene, wanted: Call) -> Play:
    """One call and its closing text; a text instead when the tool does not exist."""
    if not (yield from lacks(scene, wanted.tool)):
        results = yield Calls((wanted,))
        yield Text(closing(results[0]))


def propose(scene: Scene, plan: str) -> Generator[Act, tuple[Result, ...], bool]:
    """Propose a plan, from within plan mode, and return whether it is accepted; else that is said."""
    if (yield from lacks(scene, "ExitPlanMode", "Write")):
        return False
    reading = scene.reading
    if not reading.plan_mode and "EnterPlanMode" in scene.tools:
        entered = (yield Calls((call("EnterPlanMode"),)))[0]
        if entered.is_error:
            yield Text(closing(entered))
            return False
    # The CLI takes the plan from a file that it names when plan mode begins; the input is not looked at.
    if reading.plan_file:
        yield Calls((call("Write", file_path=reading.plan_file, content=plan),))
    decided = (yield Calls((call("ExitPlanMode", plan=plan),)))[0]
    if decided.is_error:
        yield Text(closing(decided))
    return not decided.is_error
