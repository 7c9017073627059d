"""The sentences of the terminal: how the bridge is, and why it cannot run. For the operator."""

from antiphon.core.records import Overview

STARTING = "it has not said anything yet: it is starting, or hangs"


def frozen(seconds: float) -> str:
    """Of a bridge that writes no report any more."""
    return f"it has said nothing for {seconds:.0f} s: it is frozen, or the disk is full"


def not_running(last: str) -> str:
    """`last`: when the last one wrote its report, "" where there is none."""
    return "no bridge runs" + (f"; the last one said its last word at {last}" if last else "")


def running(pid: int, since: str) -> str:
    """`since`: when it began, "" where that is not known."""
    return f"running{f' since {since}' if since else ''} (process {pid})"


def wrong(words: str, since: str = "", *, minor: bool = False) -> str:
    """What is wrong with it. `minor`: it is well all the same."""
    return f"  {'note' if minor else 'WRONG'}{f' since {since}' if since else ''}: {words}"


def figures(overview: Overview, now: float) -> list[str]:
    """What its database tells. `now`: epoch seconds."""
    counts = f"{overview.sessions} sessions, {overview.ended} turns"
    told = [f"  {overview.running} at work, {overview.queued} waiting; {counts}", f"  ${overview.cost:.2f} so far"]
    for place, messages in overview.undelivered:
        told.append(f"  place {place}: {messages} messages that Discord has not accepted so far")
    for name, who, at in overview.leases:
        left = f"runs out in {at - now:.0f} s" if at > now else "has run out"
        told.append(f"  lease {name}: {who}, {left}")
    return told


def dropped(events: int) -> str:
    """Of events that discord.py could not read."""
    return f"  {events} events of Discord's could not be used, and were dropped"


def token_in_use(pid: str) -> str:
    """Why a second bridge does not start."""
    return f"Another bridge (process {pid}) uses this bot token."


def lease_held(name: str) -> str:
    """Why a bridge does not start on a database that another one has."""
    return f"Another bridge holds the {name} lease of this database."


def database_waits(words: str) -> str:
    """A problem of a bridge that runs."""
    return f"the database makes us wait: {words}"


NOT_OURS = "it belongs to somebody else, or is no directory"
CRASHED = "the bridge has failed in a way that nobody expected"
KEY_MISSING = "ANTHROPIC_API_KEY: --real-model needs it"
