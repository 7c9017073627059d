"""A prompt that never became a turn: its one end, in words."""

from typing import get_args, get_type_hints

from antiphon.chat.render.card import card_spec, end_buttons
from antiphon.chat.render.notifications import called_at_end
from antiphon.chat.render.phase import mark
from antiphon.chat.render.withdrawn import withdrawn_view
from antiphon.chat.render.wording import WITHDRAWN
from antiphon.core.records import Withdrawal, WithdrawnPrompt
from antiphon.core.values import Display

from fakes import SESSION, prompt


def test_every_reason_has_a_sentence_a_mark_and_no_button_and_calls_nobody() -> None:
    reasons = get_args(get_type_hints(Withdrawal)["why"])
    assert set(reasons) == set(WITHDRAWN)
    for why in reasons:
        view = withdrawn_view(WithdrawnPrompt(SESSION, prompt(), Withdrawal(why, "Ada *"), 5.0))
        card = card_spec(view, 6.0).card
        assert card is not None
        assert card.texts[0] == "-# ✖️ **Not run**"
        assert card.texts[1] == "> " + WITHDRAWN[why].format(by="Ada \\*")
        assert mark(view, 6.0) == "✖️"
        assert end_buttons(view) == ()
        assert called_at_end(view, Display(short_turn=0), frozenset()) is None


def test_a_message_that_another_turn_has_marked_is_not_marked_anew() -> None:
    view = withdrawn_view(WithdrawnPrompt(SESSION, prompt(), Withdrawal("taken_in"), 5.0))
    assert view.prompt is None
