"""The sentences of the terminal: how the bridge is, and why it cannot run. For the operator."""

from collections.abc import Sequence

from antiphon.core.records import Overview

STARTING = "No sign of life yet: it is starting, or hangs."

TOKEN_SHOWN = "Keep it: it is not shown again. Programs send it as “Authorization: Bearer …”."  # noqa: S105 - a sentence
NO_TOKENS = "There are no tokens. Make one: antiphon token create NAME --scope notify"
REVOKED = "{name} is refused from now on."


def token(name: str, scopes: Sequence[str], projects: Sequence[str] | None, until: str) -> str:
    """One of a list. `until`: the day on which it expires, "" for none."""
    where = "all projects" if projects is None else ", ".join(projects)
    return f"{name}: {', '.join(scopes)}; {where}{f'; until {until}' if until else ''}"


def frozen(seconds: float) -> str:
    """Of a bridge that writes no report any more."""
    return f"No sign of life for {seconds:.0f} s: it is frozen, or the disk is full."


NO_BOT_ANY_MORE = "it is for a bridge without a bot now; stop the bridge and start it anew"
NOT_WRITABLE = "Claude may not write in this directory: mend its permissions."
NO_REPOSITORY = "It is no Git repository: sessions at once have no working trees of their own there."


def same_directory(project: str) -> str:
    return f"The project {project} has the same directory."


def inside_of(project: str) -> str:
    return f"It lies inside of the directory of the project {project}."


def left_out(project: str, why: str) -> str:
    return f"the project {project}, which was added in Discord, is not in use: {why}"


def not_reloaded(problems: Sequence[str]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"The configuration was not read again, and stays as it was: {problems[0]}{more}"


def not_running(last: str) -> str:
    """`last`: when the last one wrote its report, "" where there is none."""
    return "Not running." + (f" Last seen {last}." if last else "")


def running(pid: int, since: str) -> str:
    """`since`: when it began, "" where that is not known."""
    return f"Running{f' since {since}' if since else ''} (process {pid})"


def wrong(words: str, since: str = "", *, minor: bool = False) -> str:
    """What is wrong with it. `minor`: it is well all the same."""
    return f"  {'Note' if minor else 'Problem'}{f' since {since}' if since else ''}: {words}"


def figures(overview: Overview, now: float) -> list[str]:
    """What its database tells. `now`: epoch seconds."""
    counts = f"{counted(overview.sessions, 'session')}, {counted(overview.ended, 'turn')}"
    told = [f"  {overview.running} working, {overview.queued} queued; {counts}", f"  ${overview.cost:.2f} so far"]
    for _, title, messages in overview.undelivered:
        told.append(f"  Thread “{title}”: {messages} messages that Discord has not accepted yet")
    for name, who, at in overview.leases:
        left = f"runs out in {at - now:.0f} s" if at > now else "has run out"
        told.append(f"  Lease {name}: {who}, {left}")
    return told


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def dropped(events: int) -> str:
    """Of events that discord.py could not read."""
    return f"  {events} unreadable events from Discord were dropped"


def token_in_use(pid: str) -> str:
    """Why a second bridge does not start."""
    return f"Antiphon is already running with this bot token (process {pid})."


def at_work(turns: int) -> str:
    """Of a bridge that is well, for its service manager."""
    return f"{counted(turns, 'turn')} at work" if turns else "ready"


def slept(seconds: float) -> str:
    """Of a machine that was away."""
    minutes = round(seconds / 60)
    told = counted(minutes, "minute") if seconds >= 90 else f"{seconds:.0f} s"
    return f"this machine has slept for {told}"


def lease_held(name: str) -> str:
    """Why a bridge does not start on a database that another one has."""
    return f"Antiphon is already running on this database (lease {name})."


def database_waits(words: str) -> str:
    """A problem of a bridge that runs."""
    return f"the database is slow: {words}"


NOT_OURS = "it belongs to somebody else, or is not a directory"
CRASHED = "Antiphon has failed unexpectedly"
KEY_MISSING = "ANTHROPIC_API_KEY: --real-model needs it"
