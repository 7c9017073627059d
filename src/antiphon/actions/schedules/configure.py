"""The schedules that the operator has configured: the configuration says what they are, the database how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from antiphon.actions.schedules.manage import Wanted
from antiphon.actions.schedules.recurrence import NotATime, configured, machine_zone, next_after
from antiphon.core.schedules.store import ScheduleStore
from antiphon.core.schedules.values import ScheduledPrompt, ScheduleId
from antiphon.core.values import Choices

_PREFIX = "config."


class BadSchedules(Exception):
    """Some cannot be as they are configured. `problems`: a line for each, for the operator."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Configured:
    """What the operator wants. `rules`: what is allowed without asking, besides what the project allows; `budget`: the
    most dollars of a run; `check`: a command before each run."""

    project: str
    wanted: Wanted
    rules: tuple[str, ...] = ()
    budget: float | None = None
    check: tuple[str, ...] = ()


async def configure(store: ScheduleStore, wanted: Sequence[Configured], now: float) -> None:
    """Make the stored ones what is wanted. One whose times are as before is due as before, paused
    if it was; those that are not wanted any more are gone. Raises BadSchedules, having changed nothing."""
    made: list[ScheduledPrompt] = []
    problems: list[str] = []
    for one in wanted:
        try:
            made.append(_made(one, now))
        except NotATime as error:
            problems.append(f"schedules.{one.wanted.name}.when: {error}")
    if problems:
        raise BadSchedules(problems)
    known = {one.id: one for one in await store.schedules() if one.configured and not one.is_triggered}
    for one in made:
        await store.put_schedule(_as_before(one, known.pop(one.id, None)))
    for id_ in known:
        await store.drop_schedule(id_)


def _made(one: Configured, now: float) -> ScheduledPrompt:
    wanted = one.wanted
    name, zone = wanted.name or "", wanted.zone or machine_zone()
    when = configured(str(wanted.when or ""), zone, now)
    return ScheduledPrompt(
        ScheduleId(f"{_PREFIX}{name}"),
        name,
        one.project,
        wanted.prompt or "",
        when,
        shown_in=wanted.shown_in or "new_thread",
        choices=Choices(wanted.model, wanted.mode, rules=one.rules, budget=one.budget),
        overlap=wanted.overlap or "skip",
        missed=wanted.missed or "once",
        turn_limit=wanted.turn_limit,
        next=next_after(when, now),
        check=one.check,
        configured=True,
        told=f"{wanted.when} {zone}",
    )


def _as_before(one: ScheduledPrompt, was: ScheduledPrompt | None) -> ScheduledPrompt:
    """An interval counts from when it was first configured."""
    if was is None or was.told != one.told:
        return one
    kept = {"when": was.when, "next": was.next, "paused": was.paused, "failures": was.failures, "threads": was.threads}
    return replace(one, **kept)
