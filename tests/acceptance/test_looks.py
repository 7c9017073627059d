"""/context, /diff, /status and /help: what there is to know, for whoever asks, and only for them."""

from collections.abc import Mapping
from typing import Any

import pytest

from antiphon.chat.interactions.help import TASKS
from antiphon.chat.render.wording import NO_CHANGES
from antiphon.chat.wording import YOU_MAY_NOTHING
from antiphon.standin.client_shapes import words_of

from chain import Chain

_EPHEMERAL = 1 << 6


async def private_answer(chain: Chain, place: str, command: str, words: str) -> Mapping[str, Any]:
    """Ada runs a command; the answer with these words, which only she sees."""
    await chain.ada.command(place, command)

    def answers(_: object) -> list[dict[str, Any]]:
        return [one for one in chain.ada.messages(place) if words in words_of(one) and one["flags"] & _EPHEMERAL]

    return (await chain.ada.until(answers, 20))[-1]


@pytest.mark.slow
async def test_context_says_what_fills_it(chain: Chain) -> None:
    (chain.project / "CLAUDE.md").write_text("Be kind.\n")
    place = await chain.ask("say: hi")
    await chain.ended(place)
    words = words_of(dict(await private_answer(chain, place, "context", "**Context**")))
    assert "System prompt" in words
    assert "CLAUDE.md" in words
    assert "%" in words


@pytest.mark.slow
async def test_context_is_told_where_no_process_lives(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.restart()
    await private_answer(chain, place, "context", "**Context**")


@pytest.mark.slow
async def test_a_short_diff_is_in_the_message_and_a_long_one_a_picture_and_a_file(chain: Chain) -> None:
    await private_answer(chain, chain.general, "diff", NO_CHANGES)
    (chain.project / "README.md").write_text("# Playground\n\nchanged\n")
    (chain.project / "new.txt").write_text("a new one ``` with ticks\n")
    words = words_of(dict(await private_answer(chain, chain.general, "diff", "**2 files**")))
    assert "1 not yet in git" in words
    assert "+changed" in words
    (chain.project / "long.txt").write_text("".join(f"line {n}\n" for n in range(2000)))
    answer = await private_answer(chain, chain.general, "diff", "**3 files**")
    assert "`long.txt` +2000 −0" in words_of(dict(answer))
    picture, file = answer["attachments"]
    assert (picture["filename"], picture["content_type"]) == ("changes.png", "image/png")
    assert (await chain.ada.fetch(picture)).startswith(b"\x89PNG")
    assert file["filename"] == "changes.diff"
    assert b"+line 1999" in await chain.ada.fetch(file)


@pytest.mark.slow
async def test_status_tells_of_the_session_here(chain: Chain) -> None:
    place = await chain.ask("say: hi")
    await chain.ended(place)
    await chain.ada.command(place, "model", {"model": "haiku"})
    await chain.shown(place, "Model: `haiku`")
    words = words_of(dict(await private_answer(chain, place, "status", "1 session, 1 turn, ")))
    assert "model `haiku`" in words
    assert "mode `acceptEdits`" in words
    assert "**Here**: say: hi · idle · $" in words
    for told_to_operators in ("lease", "latency", "Claude's session"):
        assert told_to_operators not in words
    await chain.ask("sleep 30", place)
    await chain.ada.until(lambda _: "sleep(30)" in "".join(chain.statuses(place)), 20)
    assert "say: hi · working · $" in words_of(dict(await private_answer(chain, place, "status", "**1** working")))
    await chain.ada.command(place, "stop")
    await chain.ended(place, turns=2)


@pytest.mark.slow
async def test_help_names_every_command_and_what_one_may(chain: Chain) -> None:
    index = await chain.ada.request("GET", f"/channels/{chain.general}/application-command-index")
    await private_answer(chain, chain.general, "help", "You may ask Claude, ")
    words = "\n".join(words_of(one) for one in chain.ada.messages(chain.general))
    for command in index["application_commands"]:
        assert command["name"] in words
    for task in TASKS:
        assert f"**{task.title}**" in words
    await chain.mallory.command(chain.general, "help")
    await chain.told(chain.general, YOU_MAY_NOTHING, chain.mallory)
    assert "/stop" not in "".join(chain.private(chain.general, chain.mallory))
