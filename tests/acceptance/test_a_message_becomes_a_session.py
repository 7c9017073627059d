"""A message in Discord becomes a Claude Code session, in a thread of its own."""

import pytest

from chain import Chain


@pytest.fixture
def forker() -> None:
    """The bridge begins as a program of its own, as people start it."""


async def test_a_message_opens_a_thread_and_the_answer_arrives_in_it(chain: Chain) -> None:
    place = await chain.ask("say: Hello from the other side")
    assert "Done" in await chain.ended(place)
    assert chain.chunks(place) == ["Hello from the other side"]
    thread = chain.ada.channels[place]
    assert thread["parent_id"] == chain.general
    assert thread["name"] == "say: Hello from the other side"


@pytest.mark.slow
async def test_the_message_gets_its_eyes_when_it_is_accepted(chain: Chain) -> None:
    message = await chain.ada.say(chain.general, "say: hi")

    def eyes(_: object) -> bool:
        now = chain.ada.message(message) or {}
        return any(one["emoji"]["name"] == "👀" for one in now.get("reactions", []))

    await chain.ada.until(eyes)


@pytest.mark.slow
async def test_claude_works_in_the_projects_directory(chain: Chain) -> None:
    place = await chain.ask("write made-by-claude.txt: hello there")
    status = await chain.ended(place)
    assert "Done" in status
    assert (chain.project / "made-by-claude.txt").read_text().strip() == "hello there"


@pytest.mark.slow
async def test_the_thread_shows_typing_while_claude_writes_and_not_when_a_turn_is_over(chain: Chain) -> None:
    place = await chain.ask("stream 3000 100")
    await chain.ada.until(lambda ada: ada.typing(place), 20)
    await chain.ended(place)
    place = await chain.at_work("sleep 60")
    await chain.ada.command(place, "stop")
    await chain.ended(place)
    assert not chain.ada.typing(place)
