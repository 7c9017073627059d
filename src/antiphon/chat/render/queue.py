"""The prompts that wait in line, and those that are held, as a message in their place. Pure.

May not know: why the line moves, why a prompt is held, and who may touch either.
"""

from collections.abc import Sequence

from antiphon.chat.render.buttons import button_row
from antiphon.chat.render.custom_ids import Queued, control_id
from antiphon.chat.render.format import counted, moment, snowflake_time
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec, Priority, Row
from antiphon.chat.render.text.escape import block_quote, escaped, one_line
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import PersonId

SLOT = "line"
PATIENCE = 1.0  # seconds that a prompt waits before anybody is told
_SHOWN = 10  # prompts with a line of their own
_WORDS, _NAME = 80, 32  # characters of a line
_ENTRIES, _LABEL = 25, 100  # of a menu (Discord's limits)
_WHOLE = 1500  # characters of a prompt that somebody looks at


def line_spec(
    waiting: Sequence[QueuedPrompt], seats: int, now: float, person: PersonId | None = None
) -> MessageSpec | None:
    """What waits in one place at `now` (epoch seconds), in its order, and after it what is held; None: nothing does for
    long enough to be told. `seats`: how many turns may be at work. `person`: who is called about what is held."""
    waiting = sorted((one for one in waiting if now - one.since >= PATIENCE), key=lambda one: one.held)
    if not waiting:
        return None
    first = waiting[0]
    ping = person if waiting[-1].held else None
    lines = [f"-# {_head(first, seats)}" if ping is None else f"-# {_head(first, seats)} · <@{ping}>"]
    lines += [f"{number}. {_line(one)}" for number, one in enumerate(waiting[:_SHOWN], 1)]
    if len(waiting) > _SHOWN:
        lines.append(f"-# and {len(waiting) - _SHOWN} more")
    rows: tuple[Row, ...] = (_menu(waiting),) if len(waiting) > 1 else ()
    buttons = deeds(first) if len(waiting) == 1 else ()
    priority = Priority.REQUEST if waiting[-1].held else Priority.PROGRESS
    return MessageSpec(SLOT, "\n".join(lines), rows=rows, buttons=buttons, ping=ping, priority=priority)


def picked_spec(one: QueuedPrompt) -> MessageSpec:
    """One prompt, with what can be done about it."""
    author = escaped(one.prompt.asker.name, _NAME)
    head = f"⏸️ {author} · {_sent(one)}" if one.held else f"🕐 {author}"
    return MessageSpec(SLOT, f"-# {head}\n{block_quote(_text(one), _WHOLE, 20)}", buttons=deeds(one))


def deeds(one: QueuedPrompt) -> tuple[Button, ...]:
    """The buttons for a prompt. Run: where it is held. Now: where a turn runs in its session, which can take it up."""
    run = button_row((Queued(one.n, "run"), "Run it", "success")) if one.held else ()
    buttons = button_row((Queued(one.n, "edit"), "Edit", "secondary"), (Queued(one.n, "remove"), "Remove", "danger"))
    now = button_row((Queued(one.n, "now"), "Now", "primary")) if one.ahead and not one.held else ()
    return (*run, *buttons, *now)


def place_in_line(one: QueuedPrompt, seats: int) -> str:
    """Where a prompt stands, in words; where nothing runs in its place, it waits for the machine."""
    if one.ahead:
        return f"{ordinal(one.ahead)} in line here"
    turns = f"{counted(seats, 'turn')} {'is' if seats == 1 else 'are'}"
    return f"{ordinal(one.others + 1)} in line: {turns} at work on this machine"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th …"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _head(first: QueuedPrompt, seats: int) -> str:
    if first.held:
        return "⏸️ Kept back until somebody lets it run"
    return f"🕐 {'In line' if first.ahead else place_in_line(first, seats)}"


def _line(one: QueuedPrompt) -> str:
    line = f"{escaped(_text(one), _WORDS)} · {escaped(one.prompt.asker.name, _NAME)}"
    return f"{line}\n-# ⏸️ {_sent(one)}" if one.held else line


def _sent(one: QueuedPrompt) -> str:
    when = "" if one.prompt.message is None else f" {moment(snowflake_time(one.prompt.message))}"
    return f"sent{when} while the bridge was away"


def _menu(waiting: Sequence[QueuedPrompt]) -> Menu:
    entries = (
        Entry(str(one.n), one_line(f"{number}. {_text(one)}", _LABEL), one_line(one.prompt.asker.name, _LABEL))
        for number, one in enumerate(waiting[:_ENTRIES], 1)
    )
    return Menu(control_id(Queued(0, "pick")) or "", tuple(entries), "Run, edit or remove one")


def _text(one: QueuedPrompt) -> str:
    """A prompt's words, or what it brings."""
    names = ", ".join(file.name for file in one.prompt.attachments.files)
    return one.prompt.text.strip() or names or "…"
