"""Who may answer what Claude asks: approvers, who need not prompt; two people where one is not enough."""

from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, not_allowed, open_request, start_asking
from acceptance.test_questions import picks, words
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal

from chain import Chain


async def with_approver(chain: Chain, **project: Any) -> Chain:
    """Mallory may answer and not prompt; Ben may prompt and not answer."""
    approvers = {"projects.playground.approvers": {"people": [int(chain.mallory.id)]}}
    return await start_asking(chain, approvers, people=[int(chain.ben.id)], **project)


async def ben_asks(chain: Chain, text: str) -> str:
    """Ben writes; the place of the answer."""
    message = await chain.ben.say(chain.general, text)
    return message["id"]


@pytest.mark.slow
async def test_an_approver_who_may_not_prompt_answers_and_who_prompts_may_not(unstarted: Chain) -> None:
    chain = await with_approver(unstarted)
    await chain.mallory.say(chain.general, "say: I may not prompt")
    place = await ben_asks(chain, "bash: touch made.txt")
    request = await open_request(chain, place)
    for name in ("allow", "always", "deny", "words"):
        await chain.ben.click(dict(request), button_id(request, name))
    await chain.told(place, not_allowed("answer"), chain.ben, times=4)
    assert not (chain.project / "made.txt").exists()
    await chain.mallory.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()
    assert "Allowed by Mallory" in words(chain, request)
    assert chain.prompts() == ["bash: touch made.txt"]
    assert [(one["name"], one["deed"]) for one in audits(chain)] == [("Mallory", "answer")]


@pytest.mark.slow
async def test_an_approver_who_may_stop_may_press_now_too(unstarted: Chain) -> None:
    chain = unstarted
    approvers = {"projects.playground.approvers": {"people": [int(chain.mallory.id)]}}
    chain.world.configure(approvers, people=[int(chain.ben.id)])
    await chain.bridge.start()
    place = await ben_asks(chain, "sleep 60")
    await chain.ada.until(lambda _: "sleep(60)" in "".join(chain.statuses(place)), 20)
    await chain.ben.say(place, "say: hurry")

    def nows(_: object) -> list[tuple[dict[str, Any], str]]:
        every = ((one, id_) for one in chain.ada.messages(place) for id_ in turns.custom_ids(one))
        return [found for found in every if found[1].startswith("a1:now:")]

    await chain.mallory.click(*(await chain.ada.until(nows, 20))[-1])
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.chunks(place)[-1] == "hurry"


@pytest.mark.slow
async def test_an_approver_by_role_answers_and_another_member_may_not(unstarted: Chain) -> None:
    chain = unstarted
    guild = chain.world.about["guild_id"]
    roles = next(one["roles"] for id_, one in chain.ben.guilds.items() if id_ == guild)
    builders = next(int(role["id"]) for role in roles if role["name"] == "builders")  # Ben has it, Mallory has not
    await start_asking(chain, {"projects.playground.approvers": {"roles": [builders]}}, people=[int(chain.mallory.id)])
    place = (await chain.mallory.say(chain.general, "bash: touch made.txt"))["id"]
    request = await open_request(chain, place)
    await chain.mallory.click(dict(request), button_id(request, "allow"))
    await chain.told(place, not_allowed("answer"), chain.mallory)
    assert not (chain.project / "made.txt").exists()
    await chain.ben.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert "Allowed by Ben" in words(chain, request)


@pytest.mark.slow
async def test_words_of_somebody_who_may_not_answer_are_no_answer(unstarted: Chain) -> None:
    chain = await with_approver(unstarted)
    place = await ben_asks(chain, "ask")
    question = await open_request(chain, place)
    await chain.ben.say(place, "say: what I type is no answer")
    await chain.ben.click(dict(question), picks(question)[0])
    await chain.told(place, not_allowed("answer"), chain.ben)
    assert turns.open_buttons(chain.ada.message(dict(question)) or {})
    await chain.mallory.click(dict(question), picks(question)[1])
    await chain.ended(place)
    assert '="PostgreSQL"' in chain.last_request()


async def two_voices(chain: Chain) -> tuple[str, Mapping[str, Any]]:
    """A dangerous request in a place, seen by Ada and Ben, who both may answer."""
    await start_asking(chain, people=[int(chain.ben.id)], dangerous=["Bash(touch *)"])
    place = await chain.ask("bash: touch made.txt")
    return place, await open_request(chain, place)


@pytest.mark.slow
async def test_two_people_have_to_allow_what_is_dangerous(unstarted: Chain) -> None:
    chain = unstarted
    place, request = await two_voices(chain)
    assert "two people have to allow this" in words(chain, request)
    assert not [one for one in turns.custom_ids(dict(request)) if ":always:" in one]
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.ada.until(lambda _: "1 of 2 so far, Ada" in words(chain, request))
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.told(place, refusal(Condition.ANOTHER_PERSON_NEEDED))
    assert not (chain.project / "made.txt").exists()
    await chain.ben.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()
    assert "Allowed by Ada and Ben" in words(chain, request)
    assert [one["name"] for one in audits(chain)] == ["Ada", "Ben"]


@pytest.mark.slow
async def test_what_is_dangerous_needs_two_people_whatever_else_allows_it_and_in_any_line(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, people=[int(chain.ben.id)], allowed_tools=["Bash"], dangerous=["Bash(touch *)"])
    await chain.bridge.start()
    place = await chain.ask("bash: true && touch made.txt")
    request = await open_request(chain, place)
    assert "two people have to allow this" in words(chain, request)
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.ada.until(lambda _: "1 of 2 so far, Ada" in words(chain, request))
    assert not (chain.project / "made.txt").exists()
    await chain.ben.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()


@pytest.mark.slow
async def test_the_first_voice_counts_after_a_restart_and_one_denial_is_enough(unstarted: Chain) -> None:
    chain = unstarted
    place, request = await two_voices(chain)
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.ada.until(lambda _: "1 of 2 so far, Ada" in words(chain, request))
    await chain.restart()
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.told(place, refusal(Condition.ANOTHER_PERSON_NEEDED))
    await chain.ben.click(dict(request), button_id(request, "deny"))
    assert "Done" in await chain.ended(place)
    assert not (chain.project / "made.txt").exists()
    assert "Denied by Ben" in words(chain, request)


@pytest.mark.slow
async def test_a_voice_in_the_same_moment_as_another_is_not_lost(unstarted: Chain) -> None:
    chain = unstarted
    place, request = await two_voices(chain)
    await chain.ada.click(dict(request), button_id(request, "allow"))
    await chain.ben.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()
