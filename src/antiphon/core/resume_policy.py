"""A turn that outlives its bridge: whether it goes on by itself, and what people and Claude are told. Pure."""

from antiphon.core.blocks import NoteBlock
from antiphon.core.view import TurnView

GOES_ON = "The bridge was restarted: Claude goes on."
LEAVES = "The bridge is being stopped: Claude goes on when it is back."
TEXT = (
    "[Antiphon] The bridge between you and the person was restarted while you worked, and your process with it: what "
    "ran then was cut off. Look at what is done and what is not, and go on with what you were asked to do."
)
_MOST = 3  # times that one turn goes on: it may be what ends the bridge


def may_go_on(view: TurnView) -> bool:
    """Whether a turn goes on by itself once more."""
    return sum(isinstance(block, NoteBlock) and block.text == GOES_ON for block in view.blocks) < _MOST
