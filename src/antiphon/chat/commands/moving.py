"""Going back to before a turn."""

from antiphon.chat.doors import Doors, Interaction
from antiphon.chat.look.controls import RewindTo
from antiphon.core.values import Session
from antiphon.errors import Refused


async def rewind_to(doors: Doors, interaction: Interaction, session: Session, control: RewindTo) -> None:
    """Go back as the button says."""
    raise Refused("This version cannot go back.")
