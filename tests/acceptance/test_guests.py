"""Guests: whoever is invited into one session prompts and stops in it, answers where that was given, and no more."""

import pytest
from bench import shown as turns

from acceptance.steps import audits, button_id, not_allowed, open_request, start_asking
from antiphon.actions.reasons import Condition, InvitedAlready, MayAnyway
from antiphon.chat.wording import refusal
from antiphon.core.access import Action

from chain import Chain, Json

_SILENT = 1 << 12  # message flag


async def invited(chain: Chain, place: str, *, answer: bool = False) -> Json:
    """Ada invites Mallory; the line that the thread reads."""
    await chain.ada.command(place, "invite", {"person": chain.mallory.id, "answer": answer})
    return await chain.shown(place, "Ada invited")


async def says(chain: Chain, place: str, text: str) -> None:
    """Mallory writes, and is heard: her message has a mark."""
    message = await chain.mallory.say(place, text)
    await chain.ada.until(lambda ada: (ada.message(message) or {}).get("reactions"), 20)


@pytest.mark.slow
async def test_a_guest_prompts_until_the_invitation_is_taken_back(chain: Chain) -> None:
    place = await chain.ask("say: mine")
    await chain.ended(place)
    line = await invited(chain, place)
    assert [one["id"] for one in line["mentions"]] == [chain.mallory.id]
    assert line["flags"] & _SILENT
    await says(chain, place, "say: as a guest")
    await chain.ended(place, 2)
    await chain.restart()
    await says(chain, place, "say: still a guest")
    await chain.ended(place, 3)
    await chain.mallory.command(place, "whoami")
    await chain.told(place, "You may ask Claude in this session, by Ada's invitation", chain.mallory)
    await chain.mallory.command(place, "help")
    await chain.told(place, "You are a guest in this session", chain.mallory)
    await chain.ada.command(place, "uninvite", {"person": chain.mallory.id})
    await chain.shown(place, "Ada took back the invitation of Mallory")
    await chain.mallory.say(place, "say: not any more")
    await chain.ask("say: mine again", place)
    await chain.ended(place, 4)
    assert chain.prompts() == ["say: mine", "say: as a guest", "say: still a guest", "say: mine again"]
    assert [(one["deed"], one["name"]) for one in audits(chain)] == [("guest", "Ada"), ("guest", "Ada")]
    await chain.ada.command(place, "audit")
    await chain.told(place, "**Ada** invited Mallory · command")


@pytest.mark.slow
async def test_a_guest_stops_and_does_nothing_else_here_or_elsewhere(chain: Chain) -> None:
    other = await chain.ask("say: elsewhere")
    await chain.ended(other)
    place = await chain.at_work("sleep 60")
    await invited(chain, place, answer=True)
    await chain.mallory.command(place, "stop")
    assert "⏹️ Stopped" in await chain.ended(place)
    await chain.mallory.command(place, "queue", {"words": "say: queued"})
    await chain.ended(place, 2)
    refused: list[tuple[str, dict[str, object], Action]] = [
        ("invite", {"person": chain.ben.id}, "prompt"),
        ("uninvite", {"person": chain.mallory.id}, "prompt"),
        ("model", {"model": "opus"}, "configure"),
        ("clear", {}, "configure"),
        ("reset", {}, "configure"),
        ("fork", {}, "prompt"),
        ("diff", {}, "prompt"),
        ("budget", {"scope": "thread", "dollars": 1.0}, "administer"),
    ]
    for name, options, action in refused:
        seen = sum(not_allowed(action) in text for text in chain.private(place, chain.mallory))
        await chain.mallory.command(place, name, options)
        await chain.told(place, not_allowed(action), chain.mallory, times=seen + 1)
    await chain.mallory.say(place, "/clear")
    await chain.shown(place, not_allowed("configure"))
    before = len(chain.private(other, chain.mallory))
    await chain.mallory.command(other, "queue", {"words": "say: where I am no guest"})
    await chain.mallory.until(lambda _: len(chain.private(other, chain.mallory)) > before)
    await chain.mallory.say(other, "say: nor here")
    await chain.mallory.say(chain.general, "say: nor in the channel")
    await chain.ask("say: end", other)
    await chain.ended(other, 2)
    heard = [one.prompt for one in chain.model_requests()]
    assert "say: queued" in "".join(heard)
    assert not any("nor " in one or "no guest" in one for one in heard)


@pytest.mark.slow
async def test_a_guest_answers_only_where_that_was_given(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("say: begin")
    await chain.ended(place)
    await invited(chain, place)
    await says(chain, place, "bash: touch made.txt")
    request = await open_request(chain, place)
    for name in ("allow", "always", "deny", "words"):
        await chain.mallory.click(dict(request), button_id(request, name))
    await chain.told(place, not_allowed("answer"), chain.mallory, times=4)
    assert not (chain.project / "made.txt").exists()
    await chain.ada.command(place, "invite", {"person": chain.mallory.id, "answer": True})
    await chain.shown(place, "answer Claude's requests")
    await chain.mallory.click(dict(request), button_id(request, "always"))
    await chain.told(place, refusal(Condition.GUESTS_ALLOW_ONCE), chain.mallory)
    await chain.mallory.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place, 2)
    assert (chain.project / "made.txt").exists()


@pytest.mark.slow
async def test_words_of_a_guest_who_may_only_write_answer_no_question(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("ask")
    question = await open_request(chain, place)
    await invited(chain, place)
    await says(chain, place, "say: this is no answer")
    assert turns.open_buttons(chain.ada.message(dict(question)) or {})
    await chain.ada.command(place, "invite", {"person": chain.mallory.id, "answer": True})
    await chain.shown(place, "answer Claude's requests")
    await chain.mallory.say(place, "DuckDB, says the guest")
    await chain.ended(place)
    assert '="DuckDB, says the guest"' in chain.last_request()


@pytest.mark.slow
async def test_a_guest_who_answers_is_one_of_two_voices(unstarted: Chain) -> None:
    chain = await start_asking(unstarted, dangerous=["Bash(touch *)"])
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    await invited(chain, place, answer=True)
    await chain.mallory.click(dict(request), button_id(request, "allow"))
    await chain.ada.until(lambda _: "1 of 2 so far, Mallory" in str(chain.ada.message(dict(request))))
    assert not (chain.project / "made.txt").exists()
    await chain.mallory.click(dict(request), button_id(request, "allow"))
    await chain.told(place, refusal(Condition.ANOTHER_PERSON_NEEDED), chain.mallory)
    await chain.ada.click(dict(request), button_id(request, "allow"))
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()


@pytest.mark.slow
async def test_whom_nobody_can_invite_and_who_stays_after_a_reset(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    bot = chain.mention.strip("<@>")
    await chain.ada.command(place, "invite", {"person": bot})
    await chain.told(place, refusal(Condition.BOT_NOT_INVITED))
    await chain.ada.command(place, "invite", {"person": chain.ada.id})
    await chain.told(place, refusal(MayAnyway("Ada")))
    await invited(chain, place)
    await chain.ada.command(place, "invite", {"person": chain.mallory.id})
    await chain.told(place, refusal(InvitedAlready("Mallory")))
    await chain.ada.command(place, "reset")
    await chain.ada.until(lambda _: len(audits(chain)) == 2)
    await says(chain, place, "recall")
    await chain.ended(place, 2)
    assert "antiphony" not in chain.chunks(place)[-1]
