"""What people do about prompts that wait: those in line, or held, by their row in the inbox, those that wait for the
next step of a turn at work by their uuid.

Whoever comes too late is told so: a prompt that runs, or was taken in, waits no more.
"""

import asyncio
from dataclasses import replace
from typing import Any

from antiphon.chat.delivery.components import view_of
from antiphon.chat.interactions.context import Doors, Interaction, tell, who
from antiphon.chat.interactions.forms import chosen, door, filled_in, form
from antiphon.chat.render.custom_ids import Now, Queued, control_id
from antiphon.chat.render.queue import picked_spec
from antiphon.core.access import refusal
from antiphon.core.records import QueuedPrompt
from antiphon.core.requests import InterruptFor
from antiphon.core.values import Session
from antiphon.errors import Refused

_LONGEST = 4000  # characters of a form's field (Discord's API documentation, Components)
_PATIENCE = 2.0  # seconds in which a form has to be there (Discord waits 3)

_GONE = "That is not in line any more: it runs, it has run, or somebody has taken it out."


async def at_once(doors: Doors, interaction: Interaction, session: Session, control: Now) -> None:
    """Stop the running step for a prompt that waits for it."""
    project = doors.enter(interaction, "stop")
    stopped = False
    if await doors.bus.running(session.id):
        stopped = (await doors.ask(project, session, InterruptFor(control.turn))).stopped
    if not stopped:
        raise Refused("That does not wait any more: Claude has taken it in, or it was taken back.")
    await doors.note(interaction, "change", session, door(interaction), {"now": control.turn})


async def edit(doors: Doors, interaction: Interaction, control: Queued) -> None:
    """Open the form for a prompt's words. The interaction has no answer yet."""
    try:
        async with asyncio.timeout(_PATIENCE):
            one = await _waiting(doors, await doors.session_here(interaction), control.n)
    except TimeoutError:
        raise Refused("The database is busy. Try again in a moment.") from None
    _may_edit(doors, interaction, one)
    text = one.prompt.text
    if len(text) > _LONGEST:
        raise Refused("That is too long for a form: edit the message itself.")
    custom_id = control_id(Queued(control.n, "edited")) or ""
    await interaction.response.send_modal(form(custom_id, "What waits in line", "What Claude is told", _LONGEST, text))


async def queued(doors: Doors, interaction: Interaction, session: Session, control: Queued) -> None:
    """Everything else about a prompt in line."""
    what, numbers = control.what, chosen(interaction)
    n = int(numbers[0]) if what == "pick" and numbers and numbers[0].isdecimal() else control.n
    one = await _waiting(doors, session, n)
    match what:
        case "pick":
            spec = picked_spec(one)
            view: Any = view_of(spec)
            await interaction.followup.send(spec.content, view=view, ephemeral=True)
            return
        case "edited":
            _may_edit(doors, interaction, one)
            words = filled_in(interaction)
            if not (words or one.prompt.attachments.files):
                raise Refused("Nothing is left of it. Remove takes it out of the line.")
            done = await doors.bus.revise(one.key, replace(one.prompt, text=words))
            said = "Changed."
        case "remove":
            done, words = await doors.bus.withdraw(one.key), one.prompt.text
            said = "Taken out of the line."
        case "run":
            done, words = await doors.bus.release(one.key), one.prompt.text
            said = "Claude gets it."
        case _:
            done, words = await doors.bus.promote(one.key), one.prompt.text
            said = "Claude stops what it does for it."
    if not done:
        raise Refused(_GONE)
    about = {what: one.key, "words": words}
    await doors.note(interaction, "change", session, door(interaction), about)
    await tell(interaction, said)


async def _waiting(doors: Doors, session: Session, n: int) -> QueuedPrompt:
    """The prompt in line, or held, here that is inbox row `n`. Raises Refused when it does not wait."""
    found = next((one for one in await doors.bus.line(session.place, held=True) if one.n == n), None)
    if found is None:
        raise Refused(_GONE)
    return found


def _may_edit(doors: Doors, interaction: Interaction, one: QueuedPrompt) -> None:
    """Raises Refused for whoever would put words into somebody else's mouth."""
    project = doors.enter(interaction, "prompt")
    mine = one.prompt.asker.id == interaction.user.id
    if not mine and refusal(project.access, who(interaction), "administer") is not None:
        raise Refused(f"These are the words of {one.prompt.asker.name}. You can remove them, or ask for a change.")
