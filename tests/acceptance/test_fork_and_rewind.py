"""Another way on: a fork leaves the old thread as it is, going back restores files and what Claude knows."""

import pytest
from bench import shown as turns

from acceptance.steps import not_allowed
from acceptance.test_new_and_sessions import opened
from antiphon.actions.reasons import Condition
from antiphon.agent.wording import MESSAGE_NOT_IN_CONVERSATION
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import words_of

from chain import Chain, Json


async def going_back(chain: Chain, place: str, words: str) -> Json:
    """Ada's preview of going back to before the turn that began with these words."""
    [choice] = await chain.ada.autocomplete(place, "rewind", "turn", words)
    await chain.ada.command(place, "rewind", {"turn": choice["value"]})
    return await chain.shown(place, "Undo everything since")


def rewind_button(message: Json, what: str) -> str:
    return next(one for one in turns.custom_ids(message) if one.startswith("a1:rewind:") and one.endswith(f":{what}"))


async def worked(chain: Chain) -> str:
    """A session of three turns, of which the second one changed a file and made one."""
    place = await chain.ask("remember first")
    await chain.ended(place)
    await chain.ask("remember second\nedit hello.py\nwrite made.txt: new", place)
    await chain.ended(place, turns=2)
    await chain.ask("remember third\nedit hello.py", place)
    await chain.ended(place, turns=3)
    return place


async def recalled(chain: Chain, place: str, turns: int) -> str:
    await chain.ask("recall", place)
    await chain.ended(place, turns=turns)
    return chain.chunks(place)[-1]


@pytest.mark.slow
async def test_files_and_conversation_go_back_after_a_preview(chain: Chain) -> None:
    original = (chain.project / "hello.py").read_bytes()
    place = await worked(chain)
    assert (chain.project / "hello.py").read_bytes() != original
    preview = await going_back(chain, place, "second")
    assert "2 files" in preview["content"]
    assert "hello.py" in preview["content"]
    assert "forgets 2 prompts" in preview["content"]
    assert (chain.project / "made.txt").exists()
    await chain.ada.click(preview, rewind_button(preview, "both"))
    line = await chain.shown(place, "⏪ Ada undid everything since ")
    assert not line["flags"] & 64  # everybody sees it
    assert (chain.project / "hello.py").read_bytes() == original
    assert not (chain.project / "made.txt").exists()
    words = await recalled(chain, place, 4)
    assert "first" in words
    assert "second" not in words
    assert "third" not in words
    preview = await going_back(chain, place, "third")  # forgotten, but its files can come back
    assert MESSAGE_NOT_IN_CONVERSATION in preview["content"]
    assert [one.rpartition(":")[2] for one in turns.custom_ids(preview)] == ["files"]


@pytest.mark.slow
async def test_files_go_back_alone_also_after_a_restart(chain: Chain) -> None:
    original = (chain.project / "hello.py").read_bytes()
    place = await worked(chain)
    preview = await going_back(chain, place, "second")
    await chain.restart()
    await chain.ada.click(preview, rewind_button(preview, "files"))
    await chain.shown(place, "⏪ Ada restored the files from before ")
    assert (chain.project / "hello.py").read_bytes() == original
    assert "third" in await recalled(chain, place, 4)


@pytest.mark.slow
async def test_the_conversation_goes_back_alone_from_a_messages_menu(chain: Chain) -> None:
    place = await worked(chain)
    edited = (chain.project / "hello.py").read_bytes()
    prompt = next(one for one in chain.ada.messages(place) if "remember third" in one["content"])
    await chain.ada.command(place, "Rewind to here", target=prompt["id"])
    preview = await chain.shown(place, "Undo everything since")
    await chain.ada.click(preview, rewind_button(preview, "conversation"))
    await chain.shown(place, "⏪ Ada made Claude forget everything since ")
    assert (chain.project / "hello.py").read_bytes() == edited
    words = await recalled(chain, place, 4)
    assert "second" in words
    assert "third" not in words


@pytest.mark.slow
async def test_nobody_goes_back_while_claude_works(chain: Chain) -> None:
    place = await worked(chain)
    preview = await going_back(chain, place, "second")
    await chain.ask("sleep 60", place)
    await chain.ada.until(lambda _: "sleep(60)" in "".join(chain.statuses(place)), 20)
    edited = (chain.project / "hello.py").read_bytes()
    await chain.ada.click(preview, rewind_button(preview, "both"))
    await chain.told(place, refusal(Condition.AT_WORK))
    assert (chain.project / "hello.py").read_bytes() == edited
    await chain.ada.command(place, "stop")
    await chain.ended(place, turns=4)


@pytest.mark.slow
async def test_strangers_and_messages_without_a_turn_are_refused(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    token = chain.world.about["bot_token"]
    assert await chain.bot_request("POST", f"/channels/{place}/messages", {"content": "an aside"}, token) == 200
    message = await chain.shown(place, "an aside")
    await chain.ada.command(place, "Rewind to here", target=message["id"])
    await chain.told(place, refusal(Condition.NO_TURN_AT_MESSAGE))
    await chain.mallory.command(place, "Rewind to here", target=message["id"])
    await chain.mallory.command(place, "fork")
    for action in ("configure", "prompt"):
        await chain.told(place, not_allowed(action), chain.mallory)
    assert await chain.mallory.autocomplete(place, "rewind", "turn", "") == []


@pytest.mark.slow
async def test_a_fork_knows_everything_and_leaves_the_old_thread_untouched(chain: Chain) -> None:
    place = await worked(chain)
    before = [(one["id"], words_of(one)) for one in chain.ada.messages(place) if not one["flags"] & 64]
    await chain.ada.command(place, "fork", {"prompt": "remember forked"})
    fork = await opened(chain, place)
    await chain.ended(fork)
    words = await recalled(chain, fork, 2)
    assert all(word in words for word in ("first", "second", "third", "forked"))
    assert [(one["id"], words_of(one)) for one in chain.ada.messages(place) if not one["flags"] & 64] == before
    words = await recalled(chain, place, 4)
    assert "third" in words
    assert "forked" not in words


@pytest.mark.slow
async def test_a_fork_from_a_message_knows_what_was_before_its_turn(chain: Chain) -> None:
    place = await worked(chain)
    answer = next(one for one in chain.ada.messages(place) if "I will remember second" in words_of(one))
    await chain.ada.command(place, "Fork from here", target=answer["id"])
    fork = await opened(chain, place)
    await chain.restart()
    words = await recalled(chain, fork, 1)
    assert "first" in words
    assert "second" not in words
    assert "third" in await recalled(chain, place, 4)


@pytest.mark.slow
async def test_going_back_finds_a_turn_that_began_with_words_for_the_one_before(chain: Chain) -> None:
    original = (chain.project / "hello.py").read_bytes()
    place = await chain.ask("remember first\nstream 600 60")
    await chain.ada.until(lambda _: len(chain.answer(place)) > 100, 20)
    steered = await chain.ada.say(place, "remember second\nedit hello.py")
    await chain.ended(place, turns=2)
    assert (chain.project / "hello.py").read_bytes() != original
    await chain.ada.command(place, "Rewind to here", target=steered["id"])
    preview = await chain.shown(place, "Undo everything since")
    await chain.ada.click(preview, rewind_button(preview, "both"))
    await chain.shown(place, "⏪ Ada undid everything since ")
    assert (chain.project / "hello.py").read_bytes() == original
    words = await recalled(chain, place, 3)
    assert "first" in words
    assert "second" not in words
