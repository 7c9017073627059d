"""What Discord refuses for good is said and kept, holds nothing else up, and is never marked as done."""

import json

import pytest

from antiphon.chat.render.wording import SERVER_FULL
from antiphon.standin.person import Person

from chain import Chain, Json

ADD_REACTIONS = 1 << 6


@pytest.mark.slow
async def test_an_answer_that_discord_refuses_in_every_form_gets_no_check_mark_and_goes_to_the_asker(
    chain: Chain,
) -> None:
    place = await chain.ask("say: open")
    await chain.ended(place)
    await chain.fault({"match": f"POST /channels/{place}/messages", "code": 200000})
    await chain.ask("say: lost?", place)
    told = await _told(chain)
    (file,) = told["attachments"]
    assert "lost?" in (await chain.ada.fetch(file)).decode()
    assert "✅" not in _marks(chain, place)


def _marks(chain: Chain, place: str) -> list[str]:
    last = [one for one in chain.ada.messages(place) if not one["author"].get("bot")][-1]
    return [one["emoji"]["name"] for one in last.get("reactions", [])]


async def _told(chain: Chain) -> Json:
    await chain.ada.until(lambda _: bool(_directs(chain.ada)), 30)
    return _directs(chain.ada)[0]


def _directs(ada: Person) -> list[Json]:
    private = [id_ for id_, one in ada.channels.items() if one["type"] == 1]
    return [one for id_ in private for one in ada.messages(id_)]


@pytest.mark.slow
async def test_a_file_of_an_odd_name_holds_nothing_up(chain: Chain) -> None:
    (chain.project / "a\nb.txt").write_text("odd")
    place = await chain.ask("call mcp__antiphon__send_file " + json.dumps({"paths": ["a\nb.txt"]}))
    await chain.ended(place)
    (file,) = [file for one in chain.ada.messages(place) for file in one["attachments"]]
    assert file["filename"] == "a_b.txt"
    await chain.ask("say: after it", place)
    await chain.ended(place, turns=2)
    assert chain.chunks(place)[-1] == "after it"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_mark_that_was_refused_comes_when_it_is_allowed(chain: Chain) -> None:
    place = await chain.ask("say: open")
    await chain.ended(place)
    bot = chain.world.about["application_id"]
    rights = f"/channels/{chain.general}/permissions/{bot}"
    await chain.ada.request("PUT", rights, {"type": 1, "deny": str(ADD_REACTIONS), "allow": "0"})
    await chain.ask("say: shown", place)
    await chain.ada.until(lambda _: len(chain.ends(place)) == 2, 30)
    assert _marks(chain, place) == []
    await chain.ada.request("DELETE", rights)
    await chain.ada.until(lambda _: _marks(chain, place) == ["✅"], 30)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_full_server_is_told_and_the_answer_arrives_when_there_is_room(chain: Chain) -> None:
    await chain.fault({"match": "POST /channels/*/messages/*/threads", "code": 160006})
    place = await chain.ask("say: kept")
    told = await _told(chain)
    assert "I cannot open a thread for **say: kept**" in told["content"]
    assert SERVER_FULL in told["content"]
    other = await chain.ask("say: not asked")
    await chain.ada.until(
        lambda ada: any("Claude was not asked" in one["content"] for one in ada.messages(chain.general))
    )
    await chain.mend()
    assert "Done" in await chain.ended(place, limit=60)
    assert chain.answer(place) == "kept"
    assert other not in chain.ada.channels
    assert chain.prompts() == ["say: kept"]
