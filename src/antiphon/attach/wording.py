"""Every sentence of this package that a person reads in the terminal."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from antiphon.actions import reasons

NO_TOOLS = "Not done: a webhook stands in place of a bot here, and only tells how sessions are."
NO_OBJECT = "it holds no JSON object"
ATTACHED = "Attached. Sessions that you start from now on can be reached from Discord."
TELLING = "Attached. Discord is told when Claude needs somebody in a session, and when a turn is over."
BOTH = "--webhook writes a configuration of its own: leave out --config"
OWNER_ALONE = "--owner: says whom a webhook mentions, so it needs --webhook"
RENEWED = "Attached already; its files are renewed."
RUNNING_BEFORE = "Sessions that are open now pick it up when they are started again (claude --continue)."
DETACHED = "Detached. Everything is as it was before."
NOT_ATTACHED = "Nothing is attached."
SKILL = "Leave this session out of Discord (off), or show it again (on)"
NO_BRIDGE = (
    "The user wants to leave this session out of Discord, or to show it again, but Antiphon did not answer: it does "
    "not run, is too busy, or this session was started with ANTIPHON=off. Do nothing. Say only that Antiphon did not "
    "answer, and that the same is to be typed again once it runs."
)
SHARED = "--settings with --scope project would share the secret with everybody who has the project; choose local"
NOTHING_CHANGED = "Nothing was changed."
PROCEED = "Go on?"


def will_write(files: Sequence[Path], own: Sequence[Path]) -> str:
    """What `attach` is about to change of Claude Code's, and to write of its own."""
    changed, beside = (tuple(f"  {one}{'' if one.exists() else ' (new)'}" for one in some) for some in (files, own))
    return "\n".join(("This adds hooks to Claude Code. It changes:", *changed, "and writes beside:", *beside))


def changed_since(files: Sequence[Path]) -> str:
    """Files that somebody else has changed since they were attached."""
    return "\n".join(("Changed since, so only Antiphon's entries were taken out of:", *(f"  {path}" for path in files)))


def unreadable(path: Path, why: str) -> str:
    return f"{path}: cannot be read ({why})"


def no_json(path: Path, why: str) -> str:
    return f"{path}: is not valid JSON ({why}); Antiphon leaves it alone"


def no_hooks(path: Path) -> str:
    return f"{path}: its hooks are not what Claude Code takes for hooks; Antiphon leaves it alone"


def other_bridge(path: Path, market: Path) -> str:
    return f"{path}: Claude Code has this plugin from {market} already; run `antiphon detach` for that bridge first"


def read_only(path: Path) -> str:
    return f"{path}: is read-only; make it writable, or choose another --scope"


def unwritable(path: Path, why: str) -> str:
    return f"{path}: cannot be written ({why})"


def not_run(command: Path, why: str) -> str:
    return f"{command}: cannot be run ({why}); with --settings it is not needed"


def refused(words: str) -> str:
    return f"Claude Code refuses the plugin: {words}"


# What waits, and what is said from a shell

ATTACH_FIRST = "Nothing is attached, so no session can be asked about: run antiphon attach first."
NONE_RUNS = "No bridge can be asked: none runs, or it has not reached Discord yet."
TELLS_ONLY = "This bridge has a webhook and no bot: it tells of sessions, and nothing can be said to them."
NO_ANSWER = "The bridge does not answer."
FAILED = "That failed inside the bridge; its log has more."
NOTHING_THERE = "Nothing waits, and no session is open in a terminal."
NOTHING_WAITS = "nothing waits"
NOTHING_TO_SAY = "There is nothing to say: the text is empty."
NO_KEY = "The key has to be a UUID."
NOT_UNDERSTOOD = "The bridge does not understand that."
UNTIL_OPEN = "until the session is open in a terminal again"
UNTIL_SHOWN = "until /antiphon on shows the session again"
_WAITS = {"held": "held until somebody releases it", "handed": "Claude reads it at its next step"}
_TITLE, _NAME, _TEXT = 80, 32, 100  # characters


def plain(text: str, most: int) -> str:
    """`text` as one line of at most so many characters, none of which does anything to a terminal."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def not_ours(port: int) -> str:
    """Of something that does not know us, or what we ask."""
    return f"No bridge can be asked: what listens on port {port} is none, or one of another version."


def too_long(most: int) -> str:
    return f"The text is too long: at most {most:,} characters."


def perhaps_said(key: str) -> str:
    """Of words whose reply was lost."""
    return (
        "The bridge does not answer, and may have it or not. To try again without saying it twice: "
        f"antiphon say --key {key} …"
    )


def refusal(reason: reasons.Reason) -> str:
    """Why something that was asked for in a shell is refused."""
    match reason:
        case reasons.SessionUnclear(wanted, several):
            named = plain(wanted, _TITLE)
            return f"“{named}” may mean any of these:" if several else f"There is no session “{named}”."
        case reasons.NotAllowed():
            return "A session of Claude's may do that in its own project only."
        case reasons.NoSuchProject(name):
            return f"The project {name} is no longer configured."
        case reasons.Condition.EMPTY_PROMPT:
            return NOTHING_TO_SAY
        case reasons.Condition.NO_SESSION:
            return "That session is gone."
        case _:
            return f"That is refused ({reason.name if isinstance(reason, reasons.Condition) else reason})."


def session(title: str, project: str, claude: str, where: Sequence[str]) -> str:
    """A session, by the beginning of its id, which names it as well. `where`: it is open, or shown."""
    parts = (plain(title, _TITLE), project, *(plain(one, _NAME) for one in where))
    return f"{claude[:8]}  {' · '.join(parts)}"


def terminal(name: str, *, is_open: bool) -> str:
    return name if is_open else f"{name} (closed)"


def thread(place: str) -> str:
    return f"thread {place}"


def waiting(by: str, text: str, since: float, state: str, now: float, *, until: str) -> str:
    """A prompt that waits. `state`: queued, held or handed; `until`: when that is over, "" where nobody knows."""
    moment, today = datetime.fromtimestamp(since).astimezone(), datetime.fromtimestamp(now).astimezone()
    when = moment.strftime("%H:%M" if moment.date() == today.date() else "%Y-%m-%d %H:%M")
    why = _WAITS.get(state, until)
    return f"{plain(by, _NAME)}, since {when}{f' ({why})' if why else ''}: {plain(text, _TEXT)}"


def more(count: int) -> str:
    """Of a list that is cut."""
    return f"and {count} more"


def said(title: str, project: str, *, again: bool, until: str, shown: bool) -> str:
    """That a session has, or will have, what was said. `again`: it was said before; `until`: when that will be, "" for
    soon; `shown`: in its thread."""
    name = f"“{plain(title, _TITLE)}” ({project})"
    if again:
        return f"Said before to {name}; it is said once."
    later = f" It waits {until}." if until else ""
    unseen = "" if shown else " Its thread does not show the words."
    return f"Said to {name}.{later}{unseen}"


NOTHING_TOLD = "Nothing was told."


def told(project: str) -> str:
    return f"Told the sessions on {plain(project, 80)}."


def event(n: int, at: float, by: str, told: str) -> str:
    when = datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{n} {when} {plain(f'{by[:80]}{told}', 780)}"
