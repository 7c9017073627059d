"""Claude sends files to the thread: they arrive whole, several in one message, and nothing leaves from elsewhere."""

import json
from typing import Any

import pytest

from chain import Chain

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def call(**given: Any) -> str:
    return f"call mcp__antiphon__send_file {json.dumps(given)}"


def file_messages(chain: Chain, place: str) -> list[dict[str, Any]]:
    """The bot's messages with files in a place, oldest first."""
    return [one for one in chain.ada.messages(place) if one["author"].get("bot") and one["attachments"]]


async def test_files_arrive_in_one_message_with_their_caption_and_to_the_byte(chain: Chain) -> None:
    (chain.project / "chart.png").write_bytes(PICTURE)
    place = await chain.ask(call(paths=["README.md", "chart.png"], caption="As you asked"))
    await chain.ended(place)
    (message,) = await chain.ada.until(lambda _: file_messages(chain, place))
    assert [one["filename"] for one in message["attachments"]] == ["README.md", "chart.png"]
    assert "As you asked" in message["content"]
    assert await chain.ada.fetch(message["attachments"][0]) == (chain.project / "README.md").read_bytes()
    assert await chain.ada.fetch(message["attachments"][1]) == PICTURE
    assert "Will appear in the thread now: README.md" in chain.answer(place)


@pytest.mark.slow
async def test_what_arrives_is_the_file_as_it_was_when_it_was_sent(chain: Chain) -> None:
    place = await chain.ask(f"{call(paths=['hello.py'])}\nwrite hello.py: changed")
    before = (chain.project / "hello.py").read_bytes()
    await chain.ended(place)
    (message,) = await chain.ada.until(lambda _: file_messages(chain, place))
    assert (chain.project / "hello.py").read_text() == "changed\n"
    assert await chain.ada.fetch(message["attachments"][0]) == before


@pytest.mark.slow
async def test_nothing_leaves_from_outside_the_project_and_claude_is_told_why(chain: Chain) -> None:
    secret = chain.world.root / "secret.txt"
    secret.write_text("secret")
    (chain.project / "innocent.txt").symlink_to(secret)
    place = await chain.ask(call(paths=["../secret.txt", "innocent.txt"]))
    assert "Done" in await chain.ended(place)
    assert "it lies outside the project's directory" in chain.answer(place)
    assert not file_messages(chain, place)


@pytest.mark.slow
async def test_a_file_sent_while_discord_fails_arrives_once(chain: Chain) -> None:
    place = await chain.ask("say: first")
    await chain.ended(place)
    await chain.fault({"match": "POST /channels/*/messages", "status": 500, "times": 3, "after_effect": True})
    await chain.ask(call(paths=["README.md"]), place)
    await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: file_messages(chain, place))
    assert [one["status"] for one in await chain.requests()].count(500) == 3
    assert [one["filename"] for message in file_messages(chain, place) for one in message["attachments"]] == [
        "README.md"
    ]
