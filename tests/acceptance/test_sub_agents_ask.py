"""A sub-agent asks while its turn is over: the request waits for its answer, and prompts do not wait for it."""

import pytest
from bench import shown as turns

from acceptance.steps import press, start_asking
from antiphon.standin.client_shapes import words_of

from chain import Chain

pytestmark = pytest.mark.slow


async def test_a_sub_agents_request_is_answered_after_its_turn_and_beside_another_one(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("agent: write notes.txt: from below")
    await chain.ended(place)
    (request,) = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if turns.open_buttons(one)] if len(chain.ends(place)) else [],
        30,
    )
    assert "A sub-agent wants to write `notes.txt`" in words_of(request).replace("**", "")
    assert "For its task: Scripted sub-agent" in words_of(request)
    await chain.ask("say: meanwhile", place)
    await chain.ada.until(lambda _: "meanwhile" in chain.answer(place), 20)
    assert not (chain.project / "notes.txt").exists()

    def open_request(_: object) -> list[dict[str, object]]:
        found = [one for one in chain.ada.messages(place) if turns.open_buttons(one)]
        return found if len(found) == 1 and found[0]["id"] > request["id"] else []

    (again,) = await chain.ada.until(open_request, 20)  # in the place's newest turn
    await press(chain, again, "allow")
    await chain.ada.until(lambda _: (chain.project / "notes.txt").exists(), 20)
    await chain.ada.until(lambda _: "background task has ended" in chain.answer(place), 30)
    assert all("Done" in status for status in chain.ends(place))
