"""A prompt that has ended without a turn of its own, as the view of one that is over. Pure."""

from antiphon.chat.render import wording
from antiphon.core.blocks import End
from antiphon.core.records import WithdrawnPrompt
from antiphon.core.view import TurnView


def withdrawn_view(one: WithdrawnPrompt) -> TurnView:
    """What its page, which may have begun, and the mark on its message are to show. A message that another turn has
    marked is left alone."""
    withdrawal = one.withdrawal
    text = wording.WITHDRAWN[withdrawal.why].format(by=withdrawal.by or wording.SOMEBODY)
    message = None if withdrawal.why == "taken_in" else one.prompt.message
    end = End("withdrawn", one.at, text)
    return TurnView(one.prompt.turn, message, one.at, asker=one.prompt.asker.id, end=end)
