"""Budgets: a turn that would begin beyond one waits until an admin allows more; a single turn is stopped at its own.

The scripted model's first turn costs FIRST dollars, more with each tool that Claude has of ours; every later one of the
session LATER.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import not_allowed
from antiphon.agent.wording import BUDGET_REACHED
from antiphon.standin.client_shapes import walk, words_of

from chain import Chain

FIRST, LATER = 0.0811, 0.003  # dollars


def limited(chain: Chain, **budgets: float) -> None:
    """Let Ben prompt too, and nobody but Ada raise budgets."""
    people = {"people": [int(chain.ben.id)]}
    chain.world.configure({"projects.playground.budgets": budgets}, **people)


async def budget_request(chain: Chain, place: str) -> Mapping[str, Any]:
    """Wait until somebody is asked to raise a budget; the message."""

    def raising(_: object) -> list[dict[str, Any]]:
        return [one for one in chain.ada.messages(place) if "budget is used up" in words_of(one) and _buttons(one)]

    return (await chain.ada.until(raising, 30))[-1]


def _buttons(message: Mapping[str, Any]) -> dict[str, str]:
    """A message's buttons: label to custom_id."""
    parts = [part for part in walk(message.get("components", [])) if "custom_id" in part]
    return {str(part.get("label")): str(part["custom_id"]) for part in parts}


async def press_labelled(who: Any, message: Mapping[str, Any], label: str) -> None:
    """Press the button whose label begins so."""
    custom_id = next(id_ for name, id_ in _buttons(message).items() if name.startswith(label))
    await who.click(dict(message), custom_id)


def sees(who: Any, place: str, words: str) -> bool:
    """Whether a person sees these words."""
    return any(words in words_of(one) for one in who.messages(place))


@pytest.mark.slow
async def test_the_fourth_turn_of_a_thread_waits_until_an_admin_allows_more(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, thread=FIRST + 1.5 * LATER)
    await chain.bridge.start()
    place = await chain.ask("say: one")
    await chain.ended(place)
    assert not sees(chain.ada, place, "has spent")
    for n, words in enumerate(("say: two", "say: three"), start=2):
        await chain.ask(words, place)
        await chain.ended(place, turns=n)
    await chain.ada.until(
        lambda ada: sees(ada, place, f"This thread has spent ${FIRST:.2f} of ${FIRST + 1.5 * LATER:.2f}")
    )  # over 80 %
    await chain.ask("say: four", place)
    request = await budget_request(chain, place)
    assert chain.prompts() == ["say: one", "say: two", "say: three"]
    await press_labelled(chain.ben, request, "Allow")
    await chain.ben.until(lambda ben: sees(ben, place, not_allowed("administer")))
    assert len(chain.prompts()) == 3
    await press_labelled(chain.ada, request, "Allow")
    assert "Done" in await chain.ended(place, turns=4)
    assert chain.prompts()[3:] == ["say: four"]
    await chain.ask("say: five", place)
    await chain.ended(place, turns=5)


@pytest.mark.slow
async def test_a_budget_that_nobody_raises_ends_the_turn_and_says_so(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, thread=0.05)
    await chain.bridge.start()
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ask("say: two", place)
    await press_labelled(chain.ada, await budget_request(chain, place), "Not now")
    assert "🚦" in await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: one"]


@pytest.mark.slow
async def test_a_turn_that_waits_for_a_budget_still_asks_after_a_restart(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, thread=0.05)
    await chain.bridge.start()
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ask("say: two", place)
    request = await budget_request(chain, place)
    await chain.restart()
    await press_labelled(chain.ada, request, "Allow")
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: one", "say: two"]


@pytest.mark.slow
async def test_one_members_day_is_not_anothers_and_everybodys_is(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, member=0.06, day=0.12)
    await chain.bridge.start()
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ben.say(place, "say: from Ben")
    await chain.ended(place, turns=2)  # Ada's day is used up, Ben's is not
    other = await chain.ask("say: two")  # another thread helps Ada nothing
    request = await budget_request(chain, other)
    assert "The person who asks has spent" in words_of(dict(request))
    await chain.ada.command(place, "budget", {"scope": "member", "dollars": 1.0})
    await chain.ada.until(lambda ada: sees(ada, place, "$1.00 added. "))
    await press_labelled(chain.ada, request, "Allow")
    await chain.ended(other)
    third = (await chain.ben.say(chain.general, "say: three"))["id"]
    assert "Everybody together has spent" in words_of(dict(await budget_request(chain, third)))


@pytest.mark.slow
async def test_whose_day_is_used_up_does_not_spend_in_somebody_elses_turn(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, member=0.05)
    await chain.bridge.start()
    await chain.ended(await chain.ask("say: one"))  # Ada's day is used up
    place = (await chain.ben.say(chain.general, "sleep 4\nsay: of Ben's"))["id"]
    await chain.ada.until(lambda _: "sleep(" in "".join(chain.statuses(place)), 20)
    await chain.ask("say: of Ada's", place)
    request = await budget_request(chain, place)
    assert "The person who asks has spent" in words_of(dict(request))
    assert chain.chunks(place)[-1] == "of Ben's"
    assert "say: of Ada's" not in str(chain.standin.model.requests[-1].messages)
    await press_labelled(chain.ada, request, "Allow")
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "of Ada's", 20)


@pytest.mark.slow
async def test_a_turn_is_stopped_at_its_budget_and_the_next_one_has_a_whole_one(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, turn=FIRST + 0.5 * LATER)
    await chain.bridge.start()
    place = await chain.ask("tools 12")
    end = await chain.ended(place, limit=60)
    assert "🚦" in end
    await chain.ada.until(lambda ada: sees(ada, place, BUDGET_REACHED))
    for n in (2, 3):
        await chain.ask("tools 2", place)
        assert "Done" in await chain.ended(place, turns=n)


@pytest.mark.slow
async def test_only_an_admin_raises_a_budget_by_command(unstarted: Chain) -> None:
    chain = unstarted
    limited(chain, thread=0.05)
    await chain.bridge.start()
    place = await chain.ask("say: one")
    await chain.ended(place)
    await chain.ben.command(place, "budget", {"scope": "thread", "dollars": 5.0})
    await chain.ben.until(lambda ben: sees(ben, place, not_allowed("administer")))
    await chain.ben.command(place, "budget")
    await chain.ben.until(lambda ben: sees(ben, place, f"This thread has spent ${FIRST:.2f} of $0.05"))
    await chain.ada.command(place, "budget", {"scope": "thread", "dollars": 5.0})
    await chain.ada.until(lambda ada: sees(ada, place, f"${FIRST:.2f} of $5.05"))
    await chain.ask("say: two", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert not [one for one in chain.ada.messages(place) if turns.open_buttons(one)]


@pytest.mark.slow
async def test_cost_tells_what_was_spent_here_and_today(chain: Chain) -> None:
    places = [await chain.ask("say: one"), await chain.ask("say: two")]
    for place in places:
        await chain.ended(place)
    await chain.ada.command(places[0], "cost")
    await chain.ada.until(lambda ada: sees(ada, places[0], f"This thread: **${FIRST:.2f}**"))
    await chain.ada.until(lambda ada: sees(ada, places[0], "Everybody today: **$0.1"))
