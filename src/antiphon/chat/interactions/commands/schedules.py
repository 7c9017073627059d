"""/schedule, /schedules and their buttons: what Claude does by the clock.

A new schedule is shown with its next runs and waits for Start; whatever is pressed is shown in the same message.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import discord
from discord import app_commands, ui

from antiphon.actions import inspect
from antiphon.actions.context import ActionContext, require
from antiphon.actions.reasons import Refused
from antiphon.actions.schedules import going_on, manage
from antiphon.actions.schedules.recurrence import NotATime, described, machine_zone, preview, understood, zone_named
from antiphon.chat import wording
from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions import wording as texts
from antiphon.chat.interactions.commands.registration import LIMIT, Choice, CommandGroup, slash
from antiphon.chat.interactions.context import Interaction, Unusable, acknowledge, key_of, origin, reply_spec
from antiphon.chat.interactions.controls import chosen, written
from antiphon.chat.render.custom_ids import AfterLimit, OnSchedule, control_id
from antiphon.chat.render.replies import status_spec
from antiphon.chat.render.settings.schedules import schedule_spec, schedules_spec
from antiphon.core.schedules.values import Cron, Missed, Overlap, ScheduleId, ShownIn
from antiphon.core.values import PermissionMode

_WHEN, _PROMPT, _NAME, _ZONE = 100, 4000, 80, 60  # characters
_OFFERED = ("in 1h", "tomorrow 9:00", "daily 9:00", "every 1h", "0 9 * * 1-5")
_TOOLS = 500  # characters
_CHOICE = 100  # characters of a choice (Discord's limit)


class ScheduleCommands(CommandGroup):
    """They make schedules, and show them."""

    @slash("schedule")
    async def schedule(
        self,
        interaction: Interaction,
        when: app_commands.Range[str, 1, _WHEN] | None = None,
        prompt: app_commands.Range[str, 1, _PROMPT] | None = None,
        name: app_commands.Range[str, 1, _NAME] | None = None,
        zone: app_commands.Range[str, 1, _ZONE] | None = None,
        show: Literal["new thread each time", "always the same thread", "here"] | None = None,
        overlap: Overlap | None = None,
        missed: Missed | None = None,
        mode: PermissionMode | None = None,
        tools: app_commands.Range[str, 1, _TOOLS] | None = None,
        budget: app_commands.Range[float, 0.01, 1e6] | None = None,
        minutes: app_commands.Range[float, 1.0, 10_080.0] | None = None,
    ) -> None:
        by = self.by(interaction)
        require(*by, "prompt")
        shown: dict[str | None, ShownIn] = {
            "new thread each time": "new_thread", "always the same thread": "one_thread", "here": "here",
        }  # fmt: skip
        if when is None or prompt is None:
            if overlap or missed or mode or tools or budget or minutes:  # the form has no room for them
                raise Unusable(texts.SCHEDULE_INCOMPLETE)
            await interaction.response.send_modal(
                _form(OnSchedule("made", shown.get(show) or "0"), _Filled(when, prompt, name, zone))
            )
            return
        await acknowledge(interaction, private=True)
        limit = None if minutes is None else 60.0 * minutes
        wanted = manage.Wanted(
            name, when, prompt, zone, shown.get(show), overlap, missed, mode, turn_limit=limit, rules=_rules(tools),
            budget=budget,
        )  # fmt: skip
        await _made(self.context, interaction, wanted)

    @schedule.autocomplete("when")
    async def whens(self, interaction: Interaction, typed: str) -> list[Choice]:
        now = time.time()
        found: list[Choice] = []
        try:
            require(*self.by(interaction), "prompt")
        except Refused:
            return found
        for one in (typed,) if typed.strip() else _OFFERED:
            try:
                told = _told(one, str(getattr(interaction.namespace, "zone", None) or machine_zone()), now)
            except NotATime as error:
                found.append(Choice(name=str(error)[:_CHOICE], value=one[:_CHOICE]))
            else:
                found.append(Choice(name=f"{one}: {told}"[:_CHOICE], value=one[:_CHOICE]))
        return found

    @slash("schedules")
    async def schedules(self, interaction: Interaction) -> None:
        by = self.by(interaction)
        project = require(*by, "prompt")
        await acknowledge(interaction, private=True)
        found, waiting = await manage.listed(by[0], by[1], project.name), await going_on.planned_in(by[0], project.name)
        await reply_spec(interaction, schedules_spec(found, waiting))


def _rules(tools: str | None) -> tuple[str, ...] | None:
    """The rules that somebody has written with commas between them; none within brackets."""
    if tools is None:
        return None
    return tuple(one for part in re.split(r",(?![^(]*\))", tools) if (one := part.strip()))


def _told(text: str, zone: str, now: float) -> str:
    """When it runs next, in the zone's own time."""
    when = understood(text, zone, now)
    place = zone_named(zone)
    times = [datetime.fromtimestamp(at, place) for at in preview(when, now, 3)]
    return f"{described(when)}: {', '.join(f'{at:%a %d %b %H:%M}' for at in times)}"


async def on_schedule(context: ActionContext, interaction: Interaction, control: OnSchedule | AfterLimit) -> None:
    """What was pressed, chosen or filled in."""
    if isinstance(control, AfterLimit):
        await _switch(context, interaction, control)
        return
    at, caller, _ = origin(context, interaction)
    id_, now = ScheduleId(control.schedule), time.time()
    match control.what:
        case "made":
            fields = written(interaction)
            shown = control.schedule if control.schedule in ("new_thread", "one_thread", "here") else None
            await _made(context, interaction, _wanted(fields, shown))  # pyright: ignore[reportArgumentType]
        case "edited":
            changed = await manage.change(at, caller, id_, _wanted(written(interaction)), now)
            await _show(at, interaction, changed, wording.CHANGED)
        case "pick":
            picked = chosen(interaction)
            found = await manage.one(at, caller, ScheduleId(picked[0] if picked else ""), now)
            may_change = manage.may_change(at, caller, found.schedule)
            await reply_spec(interaction, schedule_spec(found, may_change=may_change))
        case "resume":
            await _show(at, interaction, await manage.resume(at, caller, id_, now))
        case "pause":
            await _show(at, interaction, await manage.pause(at, caller, id_, now))
        case "run":
            await manage.run_now(at, caller, id_, now)
            await _show(at, interaction, await manage.one(at, caller, id_, now), texts.RUNS_NOW)
        case _:  # remove
            removed = await manage.remove(at, caller, id_)
            await interaction.edit_original_response(content=wording.schedule_removed(removed.name), view=None)


async def _switch(context: ActionContext, interaction: Interaction, control: AfterLimit) -> None:
    """Whether turns go on by themselves after a usage limit; the status is shown anew."""
    by = origin(context, interaction)
    await going_on.switch(by[0], by[1], on=control.what == "on")
    spec = status_spec(await inspect.status(*by))
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


async def edit(context: ActionContext, interaction: Interaction, control: OnSchedule) -> None:
    """Open the form for one that is there. The interaction has no answer yet."""
    at, caller, _ = origin(context, interaction)
    try:
        async with asyncio.timeout(LIMIT):
            found = (await manage.one(at, caller, ScheduleId(control.schedule), time.time())).schedule
    except TimeoutError:
        raise Unusable(wording.BUSY) from None
    zone = found.when.zone if isinstance(found.when, Cron) else None
    prompt = found.prompt if len(found.prompt) <= _PROMPT else None  # what is longer stays as it is
    filled = _Filled(None, prompt, found.name, zone)
    await interaction.response.send_modal(_form(OnSchedule("edited", control.schedule), filled, changes=True))


async def _made(context: ActionContext, interaction: Interaction, wanted: manage.Wanted) -> None:
    at, caller, place = origin(context, interaction)
    found = await manage.create(at, caller, place, wanted, time.time(), key_of(interaction), draft=True)
    await reply_spec(interaction, schedule_spec(found, texts.SCHEDULE_PREVIEW, may_change=True))


async def _show(context: ActionContext, interaction: Interaction, found: manage.Described, note: str = "") -> None:
    spec = schedule_spec(found, note, may_change=True)
    await interaction.edit_original_response(content=spec.content, view=view_of(spec))


def _wanted(fields: Mapping[str, str], shown_in: ShownIn | None = None) -> manage.Wanted:
    """What was filled in. A field that was left as it was changes nothing."""
    return manage.Wanted(
        name=fields.get("name"),
        when=fields.get("when") or None,
        prompt=fields.get("prompt") or None,
        zone=fields.get("zone") or None,
        shown_in=shown_in,
    )


@dataclass(frozen=True, slots=True)
class _Filled:
    """What stands in the form already."""

    when: str | None = None
    prompt: str | None = None
    name: str | None = None
    zone: str | None = None


def _form(control: OnSchedule, filled: _Filled, *, changes: bool = False) -> ui.Modal:
    """`changes`: a schedule that is there, of which an empty field changes nothing."""
    made = ui.Modal(title=texts.SCHEDULE_FORM, custom_id=control_id(control) or "")
    when = texts.SCHEDULE_WHEN_CHANGED if changes else texts.SCHEDULE_WHEN
    zone = filled.zone or (None if changes else machine_zone())

    def field(id_: str, label: str, longest: int, given: str | None, *, needed: bool = False, **how: Any) -> None:
        made.add_item(
            ui.TextInput(label=label, custom_id=id_, max_length=longest, default=given, required=needed, **how)
        )

    field("when", when, _WHEN, filled.when, needed=not changes, placeholder=texts.SCHEDULE_HOW)
    long = discord.TextStyle.paragraph
    field("prompt", texts.SCHEDULE_PROMPT, _PROMPT, filled.prompt, needed=not changes, style=long)
    field("name", texts.SCHEDULE_NAME, _NAME, filled.name)
    field("zone", texts.SCHEDULE_ZONE, _ZONE, zone)
    made.stop()
    return made
