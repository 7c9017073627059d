"""The buttons on prompts that wait."""

from antiphon.chat.doors import Doors, Interaction
from antiphon.chat.look.controls import Now, Queued
from antiphon.core.values import Session
from antiphon.errors import Refused


async def at_once(doors: Doors, interaction: Interaction, session: Session, control: Now) -> None:
    """Stop the running step for a prompt that waits."""
    raise Refused("This version cannot do that.")


async def edit(doors: Doors, interaction: Interaction, session: Session, control: Queued) -> None:
    """Open the form for a prompt's words. The interaction has no answer yet."""
    raise Refused("This version cannot do that.")


async def queued(doors: Doors, interaction: Interaction, session: Session, control: Queued) -> None:
    """Everything else about a prompt in line."""
    raise Refused("This version cannot do that.")
