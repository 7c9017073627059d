"""Schedules as people see them: one with its next and last runs, and a list. Pure."""

from collections.abc import Sequence

from antiphon.actions.schedules.manage import Described
from antiphon.actions.schedules.recurrence import described
from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import OnSchedule, button, control_id, label
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec
from antiphon.chat.render.replies import MOST, threads_go_on
from antiphon.chat.render.text.escape import block_quote, escaped
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.schedules.values import Called, Continuation, Cron, Every, Once, ScheduledPrompt, ScheduledRun
from antiphon.core.values import NOWHERE, Session

_NAME, _PROMPT, _ENTRY = 80, 900, 100  # characters
_LISTED = 25  # Discord's limit of a menu's entries


def schedule_spec(found: Described, note: str = "", *, may_change: bool) -> MessageSpec:
    """One schedule. `note`: what was just done; `may_change`: whether whoever sees it may do something about it."""
    one = found.schedule
    lines = [note] if note else []
    lines.append(f"{_mark(one)} **{escaped(one.name, _NAME)}**{_state(one)}")
    lines.append(block_quote(one.prompt, _PROMPT, 12))
    lines.append(f"-# {' · '.join(_facts(one))}")
    if found.next and not _is_over(one):
        lines += [f"__{wording.NEXT_RUNS if one.next is not None else wording.NEXT_RUNS_THEN}__"]
        lines += [f"- <t:{at:.0f}:f> (<t:{at:.0f}:R>)" for at in found.next]
    if found.runs:
        lines += [f"__{wording.LAST_RUNS}__", *(_run(run, session) for run, session in found.runs)]
    buttons = _buttons(one) if may_change else ()
    return MessageSpec("schedule", "\n".join(fitting(lines, MOST)), buttons=buttons)


def schedules_spec(found: Sequence[ScheduledPrompt], waiting: Sequence[Continuation] = ()) -> MessageSpec:
    """A list, from which one can be chosen; `waiting`: what goes on by itself after a usage limit."""
    also = [f"-# 🚦 {wording.GOING_ON}: {threads_go_on(waiting)}"] if waiting else []
    if not found:
        return MessageSpec("schedules", "\n".join((*also, wording.NO_SCHEDULES)))
    shown = found[:_LISTED]
    lines = also + [f"- {_mark(one)} {escaped(one.name, _NAME)}{_state(one)}" for one in shown]
    if len(found) > len(shown):
        lines.append(wording.MORE_SCHEDULES.format(count=len(found) - len(shown)))
    entries = tuple(Entry(one.id, label(one.name, _ENTRY), label(one.prompt, _ENTRY)) for one in shown)
    menu = Menu(control_id(OnSchedule("pick", "0")) or "", entries, wording.CHOOSE_SCHEDULE)
    return MessageSpec("schedules", "\n".join(fitting(lines, MOST)), rows=(menu,))


def _is_over(one: ScheduledPrompt) -> bool:
    return one.next is None and not one.paused and not one.is_triggered


def _mark(one: ScheduledPrompt) -> str:
    return wording.TRIGGER_MARK if one.is_triggered else wording.SCHEDULE_MARK


def _state(one: ScheduledPrompt) -> str:
    if one.next is not None:
        return f" · {wording.NEXT.format(at=f'<t:{one.next:.0f}:R>')}"
    if one.paused:
        return f" · {wording.PAUSED[one.paused]}"
    return f" · {wording.TRIGGER if one.is_triggered else wording.SCHEDULE_OVER}"


def _facts(one: ScheduledPrompt) -> list[str]:
    facts = [] if isinstance(one.when, Once) else [escaped(described(one.when), 120)]
    facts.append(wording.SHOWN_IN[one.shown_in])
    facts += [wording.OVERLAPS[one.overlap]] if not isinstance(one.when, Once | Called) else []
    misses = isinstance(one.when, Every | Cron) or (isinstance(one.when, Once) and one.missed == "skip")
    facts += [wording.MISSES[one.missed]] if misses else []
    facts += [f"mode {one.choices.mode}"] if one.choices.mode else []
    facts += [escaped(one.choices.model, 60)] if one.choices.model else []
    by = one.owner.name if one.owner is not None else wording.CLAUDE if one.maker else ""
    by = by or (wording.A_PROGRAM if one.program else "")
    return [*facts, wording.MADE_BY.format(name=escaped(by, 60)) if by else wording.SET_IN_CONFIGURATION]


def _run(run: ScheduledRun, session: Session | None) -> str:
    state = wording.RUN_STATES[run.ended or run.state]
    where = f" · <#{session.place}>" if session is not None and session.place != NOWHERE else ""
    return f"- {state} · <t:{run.due:.0f}:f>{where}"


def _buttons(one: ScheduledPrompt) -> tuple[Button, ...]:
    found: list[Button] = []
    if one.next is not None or (one.is_triggered and not one.paused):
        found += button(OnSchedule("pause", one.id), wording.PAUSE)
    elif one.paused:
        found += button(OnSchedule("resume", one.id), wording.START, "success")
    found += button(OnSchedule("run", one.id), wording.RUN_NOW)
    if not one.configured:
        found += button(OnSchedule("edit", one.id), wording.CHANGE)
        found += button(OnSchedule("remove", one.id), wording.REMOVE, "danger")
    return tuple(found)
