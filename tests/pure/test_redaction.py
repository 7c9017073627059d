"""Our own secrets are taken out of what Claude Code says, wherever they stand in it."""

import pytest

from antiphon.agent.redaction import GONE, Redaction
from antiphon.core.blocks import ToolBlock
from antiphon.core.events import AgentEvent, TextDelta, TextFinished, ToolFinished, TurnEnded
from antiphon.core.values import ToolUseId

TOKEN = "MTA0.abcdef.ghijkl-mnopqr"


def posted(*said: AgentEvent) -> list[AgentEvent]:
    heard: list[AgentEvent] = []
    post = Redaction((TOKEN, "tiny")).posting(heard.append)
    for event in said:
        post(event)
    return heard


def shown(events: list[AgentEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_secret_is_redacted_in_every_text_of_an_event() -> None:
    id_ = ToolUseId("t")
    said = (
        TextFinished(f"it is {TOKEN}, {TOKEN}"),
        ToolFinished(id_, True, f"TOKEN={TOKEN}"),
        ToolBlock(id_, "Bash", f"echo {TOKEN}", detail=f"echo {TOKEN}"),
        TurnEnded("failed", f"what is {TOKEN}?"),
    )
    heard = posted(*said)
    assert TOKEN not in repr(heard)
    assert heard[0] == TextFinished(f"it is {GONE}, {GONE}")
    assert [type(event) for event in heard] == [type(event) for event in said]


@pytest.mark.parametrize("size", [1, 2, 5, len(TOKEN) - 1, len(TOKEN)])
def test_a_secret_that_comes_in_pieces_is_never_shown(size: int) -> None:
    text = f"see MTA0: {TOKEN}MTA0.abcdef. That is all"
    pieces = [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]
    assert shown(posted(*pieces, TurnEnded("done"))) == text.replace(TOKEN, GONE)


def test_pieces_of_several_speakers_do_not_mix() -> None:
    agent = ToolUseId("agent")
    heard = posted(TextDelta("a M"), TextDelta("b M", agent), TextDelta("TA1"), TextDelta("TA2", agent))
    assert shown([one for one in heard if isinstance(one, TextDelta) and one.parent is None]) == "a MTA1"
    assert shown([one for one in heard if isinstance(one, TextDelta) and one.parent == agent]) == "b MTA2"


def test_a_short_word_is_no_secret() -> None:
    assert posted(TextFinished("a tiny thing")) == [TextFinished("a tiny thing")]
