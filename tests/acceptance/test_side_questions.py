"""/btw asks a copy of the session's conversation while the session goes on: nothing of it enters the session."""

from contextlib import closing

import pytest

from acceptance.steps import ASKING
from antiphon.chat.wording import NOT_PUBLIC

from chain import Chain

pytestmark = pytest.mark.slow


def transcripts(chain: Chain) -> set[str]:
    home = chain.world.root / "home" / ".claude" / "projects"
    return {f"{one.relative_to(home)}" for one in home.rglob("*.jsonl")}


def cost(chain: Chain) -> float:
    """Of the one session, in dollars."""
    with closing(chain.database()) as database:
        return float(database.execute("SELECT cost FROM session").fetchone()[0])


async def test_a_side_question_is_answered_to_its_asker_alone_while_the_turn_goes_on(unstarted: Chain) -> None:
    chain = await unstarted.start_configured()
    place = await chain.ask("say the sky is green")
    await chain.ended(place)
    await chain.at_work('call Read {"file_path": "hello.py"}\nslow 300', place, sign="Read")
    before, files = len(chain.model_requests()), transcripts(chain)
    await chain.ada.command(place, "btw", {"question": "Which colour is the sky?"})
    await chain.told(place, "💬 Which colour is the sky?")
    asked = [one for one in chain.standin.model.requests if "Which colour is the sky?" in str(one.messages)]
    aside = asked[-1]
    assert "the sky is green" in str(aside.messages)
    assert aside.kind == "side"  # it has no tools
    assert len(chain.model_requests()) == before
    assert transcripts(chain) == files
    await chain.ada.command(place, "stop")
    await chain.ended(place, turns=2)
    await chain.ended(await chain.ask("say again", place), turns=3)
    assert "Which colour is the sky?" not in chain.last_request()
    assert not [one for one in chain.ada.messages(place) if "colour" in one["content"] and not one.get("flags", 0) & 64]


async def test_a_side_question_is_answered_in_a_thread_of_its_own_where_the_session_is_no_secret(
    unstarted: Chain,
) -> None:
    chain = await unstarted.start_configured()
    place = await chain.ask("say the sky is green")
    await chain.ended(place)
    known = set(chain.ada.channels)
    told = {"question": "Which colour is the sky?", "where": "in a new thread"}
    await chain.ada.command(place, "btw", told)
    (thread,) = await chain.ada.until(lambda ada: set(ada.channels) - known, 20)
    await chain.told(place, f"Answered in <#{thread}>")
    opening = next(one for one in chain.ben.messages(chain.general) if one["id"] == thread)
    assert opening["content"] == "💬 **Ada** asked about a session\n> Which colour is the sky?"
    said = [one["content"] for one in chain.ben.messages(thread) if one["content"]]
    assert said[0] == "-# 💬 · under $0.01"
    assert len(said) == 2
    await chain.ask("say: go on from there", thread)
    await chain.ended(thread)
    assert chain.chunks(thread)[-1] == "go on from there"
    quiet = await chain.ada.request("POST", f"/channels/{chain.general}/threads", {"name": "quiet", "type": 12})
    bot = chain.world.about["application_id"]
    await chain.ada.request("PUT", f"/channels/{quiet['id']}/thread-members/{bot}")
    await chain.ada.say(quiet["id"], f"{chain.mention} say: between us")
    await chain.ended(quiet["id"])
    await chain.ada.command(quiet["id"], "btw", told)
    await chain.told(quiet["id"], NOT_PUBLIC)


async def test_a_side_question_is_words_and_reads_no_file_that_it_names(chain: Chain) -> None:
    secret = chain.world.root / "secret.txt"
    secret.write_text("the vault opens with 4711")
    place = await chain.ask("say hello")
    await chain.ended(place)
    for question in (f"What is in @{secret}?", f"/context @{secret}", f"!cat {secret}"):
        await chain.ada.command(place, "btw", {"question": question})
        await chain.told(place, question[:9])
    asked = [one for one in chain.standin.model.requests if "secret.txt" in str(one.messages)]
    assert len(asked) == 3
    assert not [one for one in chain.standin.model.requests if "4711" in str(one.messages)]


async def test_a_side_question_counts_in_the_budgets(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"projects.playground.budgets": {"thread": 0.1}}, **ASKING)
    await chain.bridge.start()
    place = await chain.ask("say hello")
    await chain.ended(place)
    before = cost(chain)
    await chain.ada.command(place, "btw", {"question": "And now?"})
    await chain.told(place, "💬 And now?")
    await chain.ada.until(lambda _: cost(chain) > before)
    while "has spent" not in "".join(chain.private(place)):
        count = len(chain.private(place))
        await chain.ada.command(place, "btw", {"question": "And now?"})
        await chain.ada.until(lambda _, count=count: len(chain.private(place)) > count, 20)
    await chain.mallory.command(place, "btw", {"question": "And I?"})
    await chain.told(place, "You may not", chain.mallory)
