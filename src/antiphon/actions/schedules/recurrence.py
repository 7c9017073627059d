"""When runs are due: what people write, and the moments that it stands for. Pure; times are epoch seconds.

Clocks that change count as Debian's cron has it: a run in the hour that is left out comes at its end, one in the hour
that comes twice comes once, and one of every hour or minute comes as time goes by.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from tzlocal import get_localzone_name

from antiphon.core.schedules.values import MOST_MISSED, Called, Cron, Every, Missed, Once, When

SHORTEST = 60.0  # seconds between two runs
_FARTHEST = 10 * 366 * 86_400.0  # seconds ahead; who means more has mistyped
_GRACE = 60.0  # seconds after which a run is late
_FIELDS = 5
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}  # by their first letters
_NAMES = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"  # not months, nor names of days
_AMOUNT = re.compile(rf"(\d{{1,6}}(?:\.\d{{1,3}})?)\s*({_NAMES})(?![a-z])", re.IGNORECASE)
_RELATIVE = re.compile(r"(in|every)\s+(.+)", re.IGNORECASE | re.DOTALL)
_DAILY = re.compile(r"(?:daily|every day)\s+(?:at\s+)?(\d{1,2}):(\d{2})", re.IGNORECASE)
_TODAY = re.compile(r"(?:(today|tomorrow)\s+)?(?:at\s+)?(\d{1,2}):(\d{2})", re.IGNORECASE)


def machine_zone() -> str:
    """The name of this machine's time zone; "UTC" where it has none that is known."""
    try:
        name = get_localzone_name()
        zone_named(name)
    except (NotATime, ZoneInfoNotFoundError, OSError, ValueError):
        return "UTC"
    return name


class NotATime(Exception):
    """What somebody wrote is no time. The words say what is wrong, for people."""


def zone_named(name: str) -> ZoneInfo:
    """Raises NotATime where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotATime(f"There is no time zone {name!r}. Use a name such as Europe/Berlin.") from None


def understood(text: str, zone: str, now: float) -> When:
    """What somebody has written: "in 2h", "every 30m", "tomorrow 9:00", "daily 9:00", "2026-12-24 18:30", or five
    fields of cron. Raises NotATime."""
    text, place, now = " ".join(text.split()), zone_named(zone), float(round(now))
    if (found := _DAILY.fullmatch(text)) is not None:
        return checked(Cron(f"{int(found[2])} {int(found[1])} * * *", zone), now)
    if (found := _RELATIVE.fullmatch(text)) is not None:
        seconds = _seconds(found[2])
        once = found[1].lower() == "in"
        return checked(Once(now + seconds) if once else Every(seconds, now), now)
    if (found := _TODAY.fullmatch(text)) is not None:
        return checked(Once(_at_clock(found, place, now)), now)
    if len(text.split(" ")) == _FIELDS:
        return checked(Cron(text, zone), now)
    return checked(_date(text, place), now)


def _date(text: str, zone: ZoneInfo) -> Once:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotATime(_HOW) from None
    return Once(float(round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp())))


def configured(text: str, zone: str, now: float) -> When:
    """The same for a configuration, which is read again at each start: it says no "in 2h" and no "tomorrow", and a date
    may be over."""
    text = " ".join(text.split())
    if (_RELATIVE.fullmatch(text) is not None and text.lower().startswith("in ")) or _TODAY.fullmatch(text) is not None:
        raise NotATime("A configuration needs a date such as “2026-12-24 18:30”, an interval, or cron.")
    repeated = _DAILY.fullmatch(text) or _RELATIVE.fullmatch(text) or len(text.split(" ")) == _FIELDS
    return understood(text, zone, now) if repeated else _date(text, zone_named(zone))


_HOW = (
    "Write “in 2h”, “every 30m”, “tomorrow 9:00”, “daily 9:00”, “2026-12-24 18:30”, or five fields of cron such as "
    "“0 9 * * 1-5”."
)


def _seconds(text: str) -> float:
    """An amount such as "1h 30m"; the number alone is left out of a single unit ("every hour")."""
    text = text.strip()
    if re.match(r"[a-z]", text, re.IGNORECASE):
        text = f"1 {text}"
    parts = _AMOUNT.findall(text)
    if not parts or set(_AMOUNT.sub(" ", text).replace(",", " ").lower().split()) - {"and"}:
        raise NotATime(_HOW)
    return float(round(sum(float(number) * _UNITS[unit[0].lower()] for number, unit in parts)))


def _at_clock(found: re.Match[str], zone: ZoneInfo, now: float) -> float:
    """The next time that clocks show it, or tomorrow's."""
    here = datetime.fromtimestamp(now, zone)
    try:
        at = here.replace(hour=int(found[2]), minute=int(found[3]), second=0, microsecond=0)
    except ValueError:
        raise NotATime(_HOW) from None
    day = (found[1] or "").lower()
    if day == "tomorrow" or (not day and at <= here):
        at += timedelta(days=1)
    return at.timestamp()


def checked(when: When, now: float) -> When:
    """Raises NotATime unless it comes, within reason."""
    match when:
        case Every(seconds) if seconds < SHORTEST:
            raise NotATime(f"Runs must be at least {SHORTEST:.0f} seconds apart.")
        case Once(at) if at <= now:
            raise NotATime("That time has already passed.")
        case Once(at) if at > now + _FARTHEST:
            raise NotATime("That is more than ten years away.")
        case Every(seconds) if seconds > _FARTHEST:
            raise NotATime("That is more than ten years away.")
        case Cron(expression):
            _iterator(when, now)
            if next_after(when, now) is None:
                raise NotATime(f"“{expression}” never happens.")
        case _:
            pass
    return when


def next_after(when: When, after: float) -> float | None:
    """The first moment after this one; None: there is none any more."""
    match when:
        case Called():
            return None
        case Once(at):
            return at if at > after else None
        case Every(seconds, start):
            return start + (max(0, (after - start) // seconds) + 1) * seconds
        case Cron():
            try:
                return next(_iterator(when, after)).timestamp()
            except StopIteration:
                return None


def preview(when: When, after: float, most: int) -> Sequence[float]:
    """The next moments."""
    found: list[float] = []
    while len(found) < most and (at := next_after(when, found[-1] if found else after)) is not None:
        found.append(at)
    return found


def _iterator(when: Cron, after: float) -> CronSim:
    """Raises NotATime."""
    if len(when.expression.split()) != _FIELDS:
        raise NotATime(_HOW)
    try:
        return CronSim(when.expression, datetime.fromtimestamp(after, UTC).astimezone(zone_named(when.zone)))
    except CronSimError as error:
        raise NotATime(f"“{when.expression}” is not valid cron: {error}.") from None


@dataclass(frozen=True, slots=True)
class Due:
    """What a schedule that has come due amounts to. `run`: the moments for which it is run; `missed`: the last one for
    which it is not; `next`: when it is due again, None: never."""

    run: Sequence[float]
    missed: float | None
    next: float | None


def due(when: When, since: float, now: float, policy: Missed) -> Due:
    """`since`: the moment that it was due first. What is at most a minute late is on time."""
    moments = _latest(when, since, now)
    on_time = [one for one in moments[-1:] if one >= now - _GRACE]
    late = moments[: len(moments) - len(on_time)]
    match policy:
        case "skip":
            made_up: Sequence[float] = []
        case "once":  # what is due now makes up for it
            made_up = [] if on_time else late[-1:]
        case "each":
            made_up = late[-MOST_MISSED:]
    left_out = late[: len(late) - len(made_up)]
    return Due([*made_up, *on_time], left_out[-1] if left_out else None, next_after(when, now))


def _latest(when: When, since: float, now: float) -> Sequence[float]:
    """The moments from `since` to now, as many of the last ones as may matter: after a year there are many."""
    found: list[float] = []
    match when:
        case Once() | Called():
            return [since]
        case Every(seconds):
            last = since + (now - since) // seconds * seconds
            while len(found) <= MOST_MISSED + 1 and last >= since:
                found, last = [last, *found], last - seconds
        case Cron(expression, zone):
            later = datetime.fromtimestamp(now, UTC).astimezone(zone_named(zone)) + timedelta(seconds=1)
            for moment in _backwards(expression, later):
                if moment.timestamp() < since or len(found) > MOST_MISSED + 1:
                    break
                if moment.timestamp() <= now:
                    found = [moment.timestamp(), *found]
    return found or [since]


def _backwards(expression: str, later: datetime) -> Iterator[datetime]:
    try:
        yield from CronSim(expression, later, reverse=True)
    except CronSimError as error:
        raise NotATime(f"“{expression}” is not valid cron: {error}.") from None


def is_late(due: float, now: float) -> bool:
    """Whether somebody is told that a run comes later than it was due."""
    return due < now - _GRACE


def described(when: When) -> str:
    """In words for people, but for the moment of a single run."""
    match when:
        case Called():
            return "for each event"
        case Once():
            return "once"
        case Every(seconds):
            return f"every {_amount(seconds)}"
        case Cron(expression, zone):
            try:
                return f"{CronSim(expression, datetime.now(UTC)).explain()} ({zone})"
            except CronSimError:
                return f"{expression} ({zone})"


def _amount(seconds: float) -> str:
    for unit, name in ((604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % unit == 0:
            many = int(seconds // unit)
            return name if many == 1 else f"{many} {name}s"
    return f"{seconds:g} seconds"
