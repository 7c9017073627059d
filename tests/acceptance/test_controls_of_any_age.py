"""Every control that was ever posted works or says why not: old ones, forged ones, those of another thread."""

from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, message_with_buttons, open_request, start_asking
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import ANOTHER_VERSION, refusal
from antiphon.standin.person import Outcome

from chain import Chain

TURN, CALL = "5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6", "toolu_01A2b3C4d5E6f7G8h9J0k1L2"
NOWHERE = refusal(Condition.NO_SUCH_TURN)
NO_BUTTON = refusal(Condition.NO_SUCH_ANSWER)


async def answer_to_press(chain: Chain, place: str, message: dict[str, Any], custom_id: str) -> str:
    """Press it, fill in the form that may open, and say what the person is told."""
    before = {one["id"] for one in chain.ada.messages(place)}
    outcome: Outcome = await chain.ada.click(message, custom_id)
    if outcome.kind == "modal":
        outcome = await chain.ada.submit_modal(outcome, {"words": "words"})
    assert outcome.kind == "success", custom_id

    def told(_: object) -> list[str]:
        new = [one for one in chain.ada.messages(place) if one["id"] not in before and one.get("flags", 0) & 64]
        return [one["content"] for one in new if one["content"]]

    return (await chain.ada.until(told, 5))[0]


async def answers_to(chain: Chain, place: str, *custom_ids: str) -> list[str]:
    """What the person is told for each of these, of which a message of the bot's has buttons."""
    message = await message_with_buttons(chain, place, *custom_ids)
    return [await answer_to_press(chain, place, message, one) for one in custom_ids]


@pytest.mark.slow
async def test_controls_about_a_turn_that_this_thread_never_had_say_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("say: hello")
    await chain.ended(place)
    about = f"{TURN}:{CALL}"
    told: list[str] = []
    for ids in (
        (f"a1:stop:{TURN}", f"a1:details:{TURN}", f"a1:allow:{about}"),
        (f"a1:deny:{about}", f"a1:always:{about}:0", f"a1:words:{about}", f"a1:keep:{about}", f"a1:decline:{about}"),
        (f"a1:go:{about}:default", f"a1:pick:{about}:0:1", f"a1:choose:{about}:0", f"a1:other:{about}:0"),
    ):
        told += await answers_to(chain, place, *ids)
    assert set(told) == {NOWHERE}
    assert not audits(chain)


@pytest.mark.slow
async def test_controls_about_what_waits_no_more_say_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("say: hello")
    await chain.ended(place)
    told = await answers_to(chain, place, f"a1:now:{TURN}", "a1:queued:999:remove", "a1:queued:999:now")
    told += await answers_to(chain, place, "a1:queued:999:edit", f"a1:rewind:{TURN}:both", f"a1:rewind:{TURN}:files")
    told += await answers_to(chain, place, f"a1:continue:{TURN}", f"a1:rerun:{TURN}", f"a1:again:{TURN}")
    assert not [words for words in told if "did not work" in words]  # no words of an error that nobody foresaw
    assert not audits(chain)


@pytest.mark.slow
async def test_ids_of_other_versions_and_forged_ones_are_told_that_they_cannot_be_read(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("say: hello")
    await chain.ended(place)
    ids = ("a2:allow:t:x", "a1:grant:t:x", "a1:go:t:x:bypassPermissions", f"a1:pick:{TURN}:{CALL}:0", "a1:")
    assert set(await answers_to(chain, place, *ids)) == {ANOTHER_VERSION}
    assert not audits(chain)


@pytest.mark.slow
async def test_a_request_takes_only_what_it_offers_and_only_in_its_own_thread(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask")
    elsewhere = await chain.ask("say: hello")
    question = await open_request(chain, place)
    await chain.ended(elsewhere)
    pick = button_id(question, "pick")
    _, _, turn, call, *_ = pick.split(":")
    about = f"{turn}:{call}"
    assert await answers_to(chain, elsewhere, pick, f"a1:deny:{about}") == [NOWHERE, NOWHERE]
    wrong = (f"a1:allow:{about}", f"a1:always:{about}:0", f"a1:go:{about}:default", f"a1:pick:{about}:0:9")
    assert set(await answers_to(chain, place, *wrong)) == {NO_BUTTON}
    more = (f"a1:pick:{about}:3:0", f"a1:other:{about}:3", f"a1:choose:{about}:0", f"a1:allow:{turn}:{CALL}")
    assert await answers_to(chain, place, *more) == [
        *[NO_BUTTON] * 3,
        refusal(Condition.NO_SUCH_REQUEST),
    ]
    assert not audits(chain)
    assert turns.open_buttons(chain.ada.message(dict(question)) or {})
    await chain.ada.click(dict(question), pick)
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_after_the_turn_a_month_old_button_says_who_decided(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    ids = tuple(button_id(request, name) for name in ("allow", "always", "deny", "words"))
    await chain.ada.click(dict(request), ids[2])
    await chain.ended(place)
    await chain.restart()
    assert set(await answers_to(chain, place, *ids)) == {"Ada has already denied this."}
    assert len(audits(chain)) == 1
