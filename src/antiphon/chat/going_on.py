"""The buttons below a turn that ended too early: go on, or start again."""

from antiphon.chat.doors import Doors, Interaction
from antiphon.chat.look.controls import Again, Continue
from antiphon.core.values import Session
from antiphon.errors import Refused


async def go_on(doors: Doors, interaction: Interaction, session: Session, control: Continue) -> None:
    """Go on with the turn."""
    raise Refused("This version cannot go on with a turn.")


async def start_again(doors: Doors, interaction: Interaction, session: Session, control: Again) -> None:
    """Start again with a summary of what the thread holds."""
    raise Refused("This version cannot start again.")
