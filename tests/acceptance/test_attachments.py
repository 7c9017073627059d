"""What is attached to a message reaches Claude, or the thread says what did not."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from antiphon.standin.client_shapes import words_of
from antiphon.standin.model.reading import text_of
from antiphon.standin.model.server import Seen

from chain import Chain

Json = dict[str, Any]


def png() -> bytes:
    picture = BytesIO()
    Image.new("RGB", (12, 8), "teal").save(picture, "PNG")
    return picture.getvalue()


PNG = png()
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
BLOB = bytes(range(256)) * 8
OGG = b"OggS" + BLOB


def last_user_blocks(seen: Seen) -> list[Json]:
    """The blocks of the last user message of a request, without what the CLI adds."""
    content = next(one["content"] for one in reversed(seen.messages) if one["role"] == "user")
    blocks: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return [one for one in blocks if not str(one.get("text", "")).startswith("<system-reminder>")]


def first(chain: Chain) -> Seen:
    """The first request for an answer."""
    return next(one for one in chain.standin.model.requests if one.kind == "main")


def bot_messages(chain: Chain, place: str) -> str:
    """Everything of ours that a reader sees in a place."""
    return str([one for one in chain.ada.messages(place) if one["author"].get("bot")])


def by_the_bot(chain: Chain, place: str, words: str) -> Json | None:
    """The first message of ours in a place that has these words."""
    ours = (one for one in chain.ada.messages(place) if one["author"].get("bot"))
    return next((one for one in ours if words in words_of(one)), None)


def saved(chain: Chain, place: str) -> list[Path]:
    """What of a message that opened a session is on the bridge's disk."""
    return sorted((chain.world.root / "state" / "files" / place / "in" / place).iterdir())


async def test_a_text_an_image_and_a_pdf_reach_the_model_in_one_message(chain: Chain) -> None:
    files = [("notes.md", b"# Notes\n```\ncode\n```\n"), ("picture.png", PNG), ("paper.pdf", PDF)]
    place = (await chain.ada.say(chain.general, "say: I have seen them", files=files))["id"]
    assert "Done" in await chain.ended(place)
    await chain.ada.until(lambda _: chain.answer(place) == "I have seen them")
    blocks = last_user_blocks(first(chain))
    media = [one for one in blocks if one["type"] != "text"]
    assert [one["type"] for one in media] == ["image", "document"]
    assert base64.standard_b64decode(media[0]["source"]["data"]) == PNG
    assert base64.standard_b64decode(media[1]["source"]["data"]) == PDF
    text = "\n".join(one["text"] for one in blocks if one["type"] == "text")
    assert "say: I have seen them\n" in text
    assert "````\n# Notes\n```\ncode\n```\n````" in text
    assert all(str(path) in text for path in saved(chain, place))
    assert len(saved(chain, place)) == 3


@pytest.mark.slow
async def test_an_unknown_file_is_saved_said_so_and_readable_without_asking(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure(permission_mode="default", allowed_tools=[])
    await chain.bridge.start()
    files = [("data.bin", BLOB), ("long.log", b"a line of the log\n" * 3000)]
    place = (await chain.ada.say(chain.general, "say: saved", files=files))["id"]
    assert "Done" in await chain.ended(place)
    assert "data.bin is saved as a file for Claude" in bot_messages(chain, place)
    blob, long = saved(chain, place)
    assert blob.read_bytes() == BLOB
    text = str(last_user_blocks(first(chain)))
    assert f"{blob}: neither text nor image nor PDF" in text
    assert f"{long}: a text, read it with Read" in text
    assert "a line of the log" not in text
    await chain.ask(f'call Read {{"file_path": "{long}", "limit": 1}}', place)
    assert "Done" in await chain.ended(place, turns=2)
    (result,) = [one for one in last_user_blocks(chain.standin.model.requests[-1]) if one["type"] == "tool_result"]
    assert "a line of the log" in text_of(result["content"])


@pytest.mark.slow
async def test_a_voice_message_is_saved_and_cannot_be_listened_to(chain: Chain) -> None:
    place = (await chain.ada.speak(chain.general, OGG))["id"]
    assert "Done" in await chain.ended(place)
    assert "voice-message.ogg is saved as a file, but Claude cannot listen to it" in bot_messages(chain, place)
    assert [path.read_bytes() for path in saved(chain, place)] == [OGG]


@pytest.mark.slow
async def test_what_is_over_a_limit_is_said_and_the_rest_runs(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"files": {"count": 2, "megabytes": 0.5}})
    await chain.bridge.start()
    files = [("big.log", b"x" * 600_000), ("a.txt", b"alpha"), ("b.txt", b"beta"), ("c.txt", b"gamma")]
    place = (await chain.ada.say(chain.general, "say: went on", files=files))["id"]
    assert "Done" in await chain.ended(place)
    await chain.ada.until(lambda _: chain.answer(place) == "went on")
    too_large = "big.log (586 KB) is larger than 0.5 MB and was not passed on"
    for words in (too_large, "c.txt (5 bytes) was not passed on: a message may bring 2 files at most"):
        assert words in bot_messages(chain, place)
        assert words in str(last_user_blocks(first(chain)))
    assert [path.name for path in saved(chain, place)] == ["a.txt", "b.txt"]


@pytest.mark.slow
async def test_files_with_one_name_are_both_there(chain: Chain) -> None:
    files = [("same.txt", b"one"), ("same.txt", b"another"), ("empty.txt", b"")]
    place = (await chain.ada.say(chain.general, "say: both", files=files))["id"]
    assert "Done" in await chain.ended(place)
    assert sorted(path.read_bytes() for path in saved(chain, place)) == [b"", b"another", b"one"]
    text = str(last_user_blocks(first(chain)))
    assert "one" in text
    assert "another" in text
    assert "it is empty" in text


@pytest.mark.slow
async def test_a_text_too_long_for_a_message_is_the_prompt(chain: Chain) -> None:
    words = "say: from the file\n" + "and more of it\n" * 300
    place = (await chain.ada.say(chain.general, "", files=[("message.txt", words.encode())]))["id"]
    assert "Done" in await chain.ended(place)
    await chain.ada.until(lambda _: chain.answer(place) == "from the file")
    (block,) = last_user_blocks(first(chain))
    assert block["text"] == words.strip()
    assert chain.ada.channels[place]["name"].startswith("say: from the file and more of it")


@pytest.mark.slow
async def test_a_reply_carries_what_it_replies_to(chain: Chain) -> None:
    said = await chain.ben.say(chain.general, "The build is red since noon", files=[("build.log", b"error 42")])
    place = (await chain.ada.say(chain.general, "say: I see", reply_to=said))["id"]
    assert "Done" in await chain.ended(place)
    text = str(last_user_blocks(first(chain))[-1]["text"])
    assert (
        f"In reply to {chain.ben.me['global_name'] or chain.ben.me['username']}:\n> The build is red since noon" in text
    )
    assert "error 42" in text


@pytest.mark.slow
async def test_a_reply_to_claudes_answer_or_to_its_card_quotes_it(chain: Chain) -> None:
    place = await chain.ask("say: the first answer")
    await chain.ended(place)
    for words, turns in (("the first answer", 2), ("Done", 3)):  # a card has no content: its texts are components
        original = await chain.ada.until(lambda _, words=words: by_the_bot(chain, place, words))
        await chain.ada.say(place, "say: the next", reply_to=original)
        assert "Done" in await chain.ended(place, turns=turns)
        quoted, _, rest = chain.prompts()[-1].partition("\n\n")
        assert quoted.startswith("In reply to your own message:\n> ")
        assert words in quoted
        assert rest == "say: the next"


@pytest.mark.slow
async def test_a_forwarded_message_is_a_prompt_with_its_files(chain: Chain) -> None:
    said = await chain.ben.say(chain.general, "Look at this", files=[("trace.txt", b"at line 7")])
    place = (await chain.ada.forward(said, chain.general))["id"]
    assert "Done" in await chain.ended(place)
    text = str(last_user_blocks(first(chain))[-1]["text"])
    assert text.startswith("A forwarded message:\n> Look at this")
    assert "at line 7" in text


@pytest.mark.slow
async def test_a_file_that_was_posted_while_the_bridge_was_down_is_fetched(chain: Chain) -> None:
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.kill()
    message = await chain.ada.say(place, "say: after", files=[("late.txt", b"better late")])
    await chain.bridge.start()
    assert "Done" in await chain.ended(place, turns=2)
    assert "better late" in chain.prompts()[-1]
    (late,) = (chain.world.root / "state" / "files" / place / "in" / message["id"]).iterdir()
    assert late.read_bytes() == b"better late"
