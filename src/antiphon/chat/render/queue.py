"""The prompts that wait in line, and those that are held, as a message in their place. Pure.

May not know: why the line moves, why a prompt is held, and who may touch either.
"""

from collections.abc import Sequence

from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import OnTurn, Queued, button, control_id
from antiphon.chat.render.format import counted, moment, ordinal, snowflake_time
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec, Priority, Row
from antiphon.chat.render.text.escape import block_quote, escaped, one_line
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import PersonId

SLOT = "line"
NOTICE_AFTER = 1.0  # seconds that a prompt waits before anybody is told
_SHOWN = 10  # prompts with a line of their own
_TEXT, _NAME = 80, 32  # characters of a line
_ENTRIES, _LABEL = 25, 100  # of a menu (Discord's limits)
_WHOLE = 1500  # characters of a prompt that somebody looks at


def queue_spec(
    waiting: Sequence[QueuedPrompt], most_turns: int, now: float, person: PersonId | None = None
) -> MessageSpec | None:
    """What waits in one place at `now` (epoch seconds), in its order, and after it what is held; None: nothing does for
    long enough to be told. `most_turns`: how many turns may be at work. `person`: who is called about what is held."""
    waiting = sorted((one for one in waiting if now - one.since >= NOTICE_AFTER), key=lambda one: one.held)
    if not waiting:
        return None
    first = waiting[0]
    ping = person if waiting[-1].held else None
    lines = [f"-# {_head(waiting, most_turns)}" + ("" if ping is None else f" · <@{ping}>")]
    lines += [f"{number}. {_line(one, first)}" for number, one in enumerate(waiting[:_SHOWN], 1)]
    if len(waiting) > _SHOWN:
        lines.append(wording.AND_MORE.format(count=len(waiting) - _SHOWN))
    rows: tuple[Row, ...] = (_menu(waiting),) if len(waiting) > 1 else ()
    buttons = prompt_buttons(first) if len(waiting) == 1 else ()
    priority = Priority.REQUEST if waiting[-1].held else Priority.PROGRESS
    return MessageSpec(SLOT, "\n".join(lines), rows=rows, buttons=buttons, ping=ping, priority=priority)


def prompt_spec(one: QueuedPrompt) -> MessageSpec:
    """One prompt, with what can be done about it."""
    author = escaped(one.prompt.asker.name, _NAME)
    head = f"⏸️ {author} · {_sent(one)}" if one.held else f"🕐 {author}"
    return MessageSpec(SLOT, f"-# {head}\n{block_quote(_text(one), _WHOLE, 20)}", buttons=prompt_buttons(one))


def prompt_buttons(one: QueuedPrompt) -> tuple[Button, ...]:
    """The buttons for a prompt. Run: where it is held. To interrupt for it: where a turn runs in its session, which can
    take it up."""
    run = button(Queued(one.n, "run"), wording.RUN, "success") if one.held else ()
    now = button(Queued(one.n, "now"), wording.READ_NOW, "primary") if one.ahead and not one.held else ()
    closed = one.waits_for == "terminal"
    here = button(OnTurn("here", one.prompt.turn), wording.CONTINUE_HERE, "primary") if closed else ()
    edit = button(Queued(one.n, "edit"), wording.EDIT)
    return (*run, *now, *here, *edit, *button(Queued(one.n, "remove"), wording.REMOVE, "danger"))


def _place(one: QueuedPrompt, most_turns: int) -> str:
    """Where a prompt stands; where nothing runs in its place, it waits for the machine."""
    if one.ahead:
        return wording.NEXT_UP if one.ahead == 1 else wording.PLACE_HERE.format(place=ordinal(one.ahead))
    if one.waits_for == "terminal":
        return wording.PLACE_TERMINAL
    if one.waits_for == "left_out":
        return wording.PLACE_LEFT_OUT
    if one.waits_for == "person":
        return wording.PLACE_PERSON.format(name=escaped(one.prompt.asker.name, _NAME))
    if one.waits_for == "processes":
        return wording.PLACE_PROCESSES
    return wording.PLACE_BUSY.format(place=ordinal(one.others + 1), turns=counted(most_turns, "turn"))


def _head(waiting: Sequence[QueuedPrompt], most_turns: int) -> str:
    first = waiting[0]
    if first.held:
        return wording.HELD_BACK
    if first.ahead > 1 or (first.ahead and len(waiting) > 1):
        return wording.QUEUED.format(place=wording.IN_QUEUE)
    return wording.QUEUED.format(place=_place(first, most_turns))


def _line(one: QueuedPrompt, first: QueuedPrompt) -> str:
    """Why it is held, the head says where nothing else waits."""
    line = f"{escaped(_text(one), _TEXT)} · {escaped(one.prompt.asker.name, _NAME)}"
    if not one.held:
        return line
    return f"{line}\n-# {wording.SENT.format(when=_when(one))}" if first.held else f"{line}\n-# ⏸️ {_sent(one)}"


def _sent(one: QueuedPrompt) -> str:
    return wording.SENT_WHILE_AWAY.format(when=_when(one))


def _when(one: QueuedPrompt) -> str:
    return "" if one.prompt.message is None else f" {moment(snowflake_time(one.prompt.message))}"


def _menu(waiting: Sequence[QueuedPrompt]) -> Menu:
    entries = (
        Entry(str(one.n), one_line(f"{number}. {_text(one)}", _LABEL), one_line(one.prompt.asker.name, _LABEL))
        for number, one in enumerate(waiting[:_ENTRIES], 1)
    )
    return Menu(control_id(Queued(0, "pick")) or "", tuple(entries), wording.PICK_QUEUED)


def _text(one: QueuedPrompt) -> str:
    """A prompt's text, or what it brings."""
    names = ", ".join(file.name for file in one.prompt.attachments.files)
    return one.prompt.text.strip() or names or "…"
