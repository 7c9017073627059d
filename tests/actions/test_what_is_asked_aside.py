"""Side questions: what they cost counts, and nothing is asked that may not be paid for."""

import pytest
from bridge import HERE, SESSION, Bridge, ada, stranger

from antiphon.actions.prompts import ask_aside
from antiphon.actions.reasons import BudgetUsedUp, Condition, NotAllowed, Refused
from antiphon.core.requests import AskAside, SideAnswer


async def test_a_side_question_counts_and_is_refused_where_a_budget_is_used_up(bridge: Bridge) -> None:
    await bridge.said(1)
    bridge.replies[AskAside] = lambda _: SideAnswer("Green.", 0.6)
    assert (await ask_aside(bridge.context, ada, HERE, "Which colour?", "k1")).text == "Green."
    assert (await bridge.store.spent(SESSION.id, None)).thread == 0.6
    await ask_aside(bridge.context, ada, HERE, "Which colour?", "k2")
    for caller, text, reason in ((ada, "More?", BudgetUsedUp), (ada, "  ", Condition), (stranger, "I?", NotAllowed)):
        with pytest.raises(Refused) as refused:
            await ask_aside(bridge.context, caller, HERE, text, "k3")
        assert isinstance(refused.value.reason, reason)
    assert len(bridge.asked) == 2
