"""/help: what somebody can do here, by what people want, not by the names of commands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.chat import wording
from antiphon.chat.interactions.wording import COMMANDS
from antiphon.chat.render.replies import MOST
from antiphon.chat.render.text.splitter import packed
from antiphon.core.access import Action


@dataclass(frozen=True, slots=True)
class Task:
    """Something that people want. `right`: who may; `how`: without a command, "" where there is no such way."""

    title: str
    right: Action
    how: str = ""
    commands: tuple[str, ...] = ()
    menus: tuple[str, ...] = ()


TASKS = (
    Task("Ask Claude", "prompt", "Write a message in the channel: it opens a thread.", ("new", "queue", "skill")),
    Task("Ask Claude directly", "prompt", "Send the bot a direct message.", ("project choose",)),
    Task("Add something while it works", "prompt", "Write in the thread: Claude reads it after its current step."),
    Task("Ask about it without disturbing it", "prompt", "", ("btw",)),
    Task("Answer its requests", "answer", "Press a button below the request, or write in the thread."),
    Task("Stop it", "stop", "Press Stop below its work.", ("stop",)),
    Task("Have it done later, or again and again", "prompt", "", ("schedule", "schedules")),
    Task("Keep a terminal private", "stop", "Type /antiphon off in the terminal, or in its thread.", ("antiphon",)),
    Task(
        "Continue or branch",
        "prompt",
        "",
        ("resume", "sessions", "sync", "resume-info", "fork"),
        (wording.FORK_FROM_HERE,),
    ),
    Task("Undo or start fresh", "configure", "", ("rewind", "clear", "reset"), (wording.REWIND_TO_HERE,)),
    Task("Work on several things at once", "prompt", "Each thread is a session of its own.", ("worktree",)),
    Task("Change how it works", "configure", "", ("rules", "model", "mode", "effort", "compact")),
    Task("See what is going on", "prompt", "", ("status", "board", "diff", "context", "cost", "budget", "help")),
    Task("Let somebody into a session", "prompt", "", ("invite", "uninvite")),
    Task(
        "Set up projects",
        "administer",
        "For admins of every project.",
        ("project list", "project add", "project change", "project remove"),
    ),
    Task("Find out what is wrong", "administer", "", ("doctor",)),
    Task("See who may what, and who did", "prompt", "", ("whoami", "audit")),
)


def help_pages(may: Sequence[Action], *, as_guest: bool = False) -> list[str]:
    """What somebody with these rights can do, in as few messages as can be. `as_guest`: in one session alone."""
    parts = [wording.GUEST_HELP] if as_guest else [_part(task) for task in TASKS if task.right in may]
    parts += [wording.SIGNS] if may else []
    rights = ", ".join(wording.RIGHTS[one] for one in may)
    parts.append(wording.YOU_MAY.format(actions=rights) if may else wording.YOU_MAY_NOTHING)
    return packed(parts, MOST)


def _part(task: Task) -> str:
    lines = [f"**{task.title}**", *([task.how] if task.how else [])]
    lines += [f"`/{name}` {COMMANDS[name][0]}" for name in task.commands]
    return "\n".join([*lines, *(f"`{name}` {wording.IN_MENU}" for name in task.menus)])
