"""Every sentence of this package that a person reads, and what Claude is told of a turn that outlived its process.

Plain text: whoever shows it escapes it.
"""

from collections.abc import Sequence
from datetime import datetime

from antiphon.core.blocks import AskBlock
from antiphon.core.values import Answer, Terminal

# Notes in a turn, and ends of turns

GOES_ON = "Antiphon was restarted. Claude continues."
LEAVES = "Antiphon is being stopped. Claude continues when it is back."
AFTER_LIMIT = "The usage limit should be reset by now, so Claude Code goes on by itself."
STOPPED = "ended on request"
STOPPED_LATE = "did not end when asked"
NOT_STARTED = "Claude Code was not started, because somebody stopped the turn."
NOT_WRITTEN = "that could not be saved"
BROKEN = "Something went wrong inside Antiphon."

ASKED_IN_TERMINAL = "Antiphon was restarted. What Claude had asked is to be answered in the terminal."
CRASHED_IN_TERMINAL = "Claude Code ended unexpectedly in its terminal."

_WHOSE = {"thread": "This thread", "member": "The person who asks", "day": "Everybody together"}


NOT_LOOKED_UP = "That could not be looked up, for an unexpected reason."
_SHOWN = 300  # characters of a prompt that is told again


NOT_BY_ITSELF = "Antiphon cannot tell when that is, so Claude Code does not go on by itself."


def goes_on_no_more(times: int) -> str:
    """Of a turn that a usage limit has ended."""
    return f"Claude Code does not go on by itself any more: it has met the limit at once {times} times in a row."


def revised(prompt: str) -> str:
    """Of a prompt whose message says something else."""
    cut = prompt if len(prompt) <= _SHOWN else f"{prompt[:_SHOWN]}…"
    return f"Changed in the queue to: {cut}"


def no_project(name: str) -> str:
    return f"The project {name} is no longer configured."


def open_in_terminal(terminal: Terminal) -> str:
    """Why a session cannot be hosted."""
    since = datetime.fromtimestamp(terminal.since).astimezone().strftime("%H:%M")
    return f"It is open in {terminal.name} (process {terminal.pid}) since {since}. Close it there first."


def spent(scope: str, dollars: float, limit: float) -> str:
    """`scope`: of the budget, as in core.budgets."""
    today = "" if scope == "thread" else " today"
    return f"{_WHOSE[scope]} has spent ${dollars:.2f} of ${limit:.2f}{today}"


def not_raised(budget: str) -> str:
    """`budget`: what is spent of it, as above."""
    return f"{budget}, and nobody has raised it."


def unanswered(seconds: float) -> str:
    return f"Nobody has answered for {_duration(seconds)}."


def silent(seconds: float) -> str:
    return f"Claude Code has shown no sign of life for {_duration(seconds)}."


def too_long(seconds: float) -> str:
    return f"The turn has reached its limit of {_duration(seconds)}."


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def jobs_ended(titles: Sequence[str]) -> str:
    """Background work that was not done."""
    return f"Background work ended together with Claude Code: {', '.join(titles)}"


BY_SCHEDULE = "Claude started this itself, as it had scheduled."


def by_jobs(titles: Sequence[str]) -> str:
    """What has let Claude begin a turn by itself."""
    return f"Claude started this itself: its background work is done ({', '.join(titles)})."


def left_out(characters: int) -> str:
    """Below what is decided upon, where that is too long."""
    return f"… {characters} more characters were not kept"


# Why a session cannot do what is asked of it

LEFT_OUT = "This session is left out of Discord. /antiphon on shows it again."
NO_TERMINAL = "This session runs here, not in a terminal. Only terminal sessions can be left out."

AT_WORK = "Claude is working here. Stop it first, or wait until it is done."
WAITS = "Claude has been waiting for an answer here since before a restart. Answer it first, or stop it."
NO_SUCH_REQUEST = "A session answers no such request."

# For Claude

READ_INSTEAD = "Not this: read the message that follows, which the person wrote instead."

CUT_OFF = (
    "[Antiphon] The bridge between you and the person was restarted while you worked, and your process with it: what "
    "ran then was cut off. Look at what is done and what is not, and go on with what you were asked to do."
)
_CUT_OFF_WAITING = (
    "[Antiphon] The bridge between you and the person was restarted while you waited for an answer, and your process "
    "with it. Nothing that you had asked for was run. This is what the person has answered meanwhile:"
)


def attached(path: str) -> str:
    """A file that came with an answer."""
    return f"Attached: {path}"


def answered_meanwhile(answered: Sequence[tuple[AskBlock, Answer]]) -> str:
    """So that it goes on with a turn whose process ended while it waited."""
    return "\n".join([_CUT_OFF_WAITING, *(_line(ask, one) for ask, one in answered), "Go on with what you were doing."])


def _line(ask: AskBlock, answer: Answer) -> str:
    who = answer.by or "The person"
    what = f"{ask.name} ({ask.subject})" if ask.subject else ask.name
    if not answer.allowed:
        said = f", and says: {answer.words}" if answer.words else "."
        return f"- {who} has denied {what}{said}"
    if ask.questions:
        pairs = zip(ask.questions, answer.answers, strict=False)
        return "\n".join(f"- To “{question.text}” {who} has answered: {words}" for question, words in pairs)
    if ask.kind == "plan":
        return f"- {who} has approved your plan. You are out of plan mode: carry it out."
    return f"- {who} has allowed {what}: make the same call again, it will not be asked about."


def late_run(due: float, now: float) -> str:
    """Of a schedule's run."""
    minutes = max(1, round((now - due) / 60))
    many, unit = (minutes, "minute") if minutes < 90 else (round(minutes / 60), "hour")
    many, unit = (many, unit) if unit == "minute" or many < 48 else (round(many / 24), "day")
    return f"This run was due {many} {unit}{'' if many == 1 else 's'} ago."
