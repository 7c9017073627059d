"""The buttons, the menu and the form of prompts that wait."""

import asyncio

from antiphon.actions import queue
from antiphon.actions.context import ActionContext
from antiphon.chat import wording
from antiphon.chat.interactions.context import Interaction, Unusable, origin, reply_privately, reply_spec
from antiphon.chat.interactions.forms import chosen, filled_in, form
from antiphon.chat.render.custom_ids import Queued, control_id
from antiphon.chat.render.queue import picked_spec

_LONGEST = 4000  # characters of a form's field (Discord's API documentation, Components)
_IN_TIME = 2.0  # seconds in which a form has to be there (Discord waits 3)


async def open_form(context: ActionContext, interaction: Interaction, control: Queued) -> None:
    """Open the form for a prompt's text. The interaction has no answer yet."""
    try:
        async with asyncio.timeout(_IN_TIME):
            one = await queue.editable(*origin(context, interaction), control.n)
    except TimeoutError:
        raise Unusable(wording.BUSY) from None
    if len(one.prompt.text) > _LONGEST:
        raise Unusable(wording.TOO_LONG)
    custom_id = control_id(Queued(control.n, "edited")) or ""
    await interaction.response.send_modal(form(custom_id, "edit", _LONGEST, one.prompt.text))


async def change(context: ActionContext, interaction: Interaction, control: Queued) -> None:
    """Everything else about a prompt that waits."""
    by, n = origin(context, interaction), control.n
    match control.what:
        case "pick":
            numbers = chosen(interaction)
            picked = int(numbers[0]) if numbers and numbers[0].isdecimal() else n
            await reply_spec(interaction, picked_spec(await queue.waiting(*by, picked)))
            return
        case "edit" | "edited":
            await queue.edit(*by, n, filled_in(interaction))
            text = wording.CHANGED
        case "remove":
            await queue.remove(*by, n)
            text = wording.TAKEN_OUT
        case "run":
            await queue.release(*by, n)
            text = wording.RELEASED
        case "now":
            await queue.interrupt_for(*by, n)
            text = wording.INTERRUPTED
    await reply_privately(interaction, text)
