"""Each project channel has one board: pinned, right within seconds, whatever happens to it or to the bridge."""

import asyncio

import pytest

from acceptance.steps import deny, forget_identifies, open_request, start_asking
from antiphon.chat.permissions import PIN_MESSAGES, VIEW_CHANNELS
from antiphon.standin.client_shapes import walk, words_of

from chain import Chain, Json, button

TITLE = "📋 "
RIGHT = 6.0  # seconds within which the board shows what has changed


def labels(message: Json) -> list[str]:
    """Those of its buttons."""
    return [str(part["label"]) for part in walk(message["components"]) if part["type"] == 2]


def boards(chain: Chain, place: str | None = None) -> list[Json]:
    """Those that stand in a channel, not those that were shown to Ada alone."""
    found = chain.ada.messages(place or chain.general)
    return [one for one in found if words_of(one).startswith(TITLE) and not one.get("flags", 0) & 64]


async def board_says(chain: Chain, *texts: str, limit: float = RIGHT, allowance: float = 1.0) -> Json:
    """Wait until the one board says all of that, and is pinned."""

    def right(_: object) -> bool:
        found = boards(chain)
        return len(found) == 1 and all(text in words_of(found[0]).replace("\\", "") for text in texts)

    await chain.ada.until(right, limit * allowance)
    return boards(chain)[0]


async def pinned(chain: Chain) -> Json:
    """Wait until the one board is pinned, and nothing says so."""
    await chain.ada.until(lambda _: [one["pinned"] for one in boards(chain)] == [True], RIGHT)
    await chain.ada.until(lambda ada: not [one for one in ada.messages(chain.general) if one["type"] == 6], RIGHT)
    return boards(chain)[0]


def connections(chain: Chain) -> int:
    """How often the bridge has said that it is connected."""
    return sum("connected to Discord's gateway" in line and "not connected" not in line for line in chain.bridge.lines)


async def one_waits_one_works(chain: Chain) -> tuple[str, str]:
    """Two sessions: one waits for Ada, one is at work for long."""
    waiting = await chain.ask("bash: touch made.txt")
    await open_request(chain, waiting)
    working = await chain.at_work('call Read {"file_path": "hello.py"}\nslow 300', sign="Read")
    return waiting, working


@pytest.mark.slow
async def test_the_board_says_who_waits_and_who_works_and_answers_and_stops_from_there(
    unstarted: Chain, allowance: float
) -> None:
    chain = await start_asking(unstarted)
    waiting = await chain.ask("bash: touch made.txt")
    await open_request(chain, waiting)
    assert boards(chain) == []  # with one session there is nothing to overlook
    working = await chain.at_work('call Read {"file_path": "hello.py"}\nslow 300', sign="Read")
    board = await board_says(chain, "1 waiting for somebody · 1 working", f"<#{working}>", allowance=allowance)
    assert f"✋ <#{waiting}> · waits for <@{chain.ada.id}> · Bash `touch made.txt`" in words_of(board)
    await pinned(chain)
    await chain.ada.click(board, button(board, "Answer"))
    await chain.told(chain.general, f"In <#{waiting}>")
    (request,) = [one for one in chain.ada.messages(chain.general) if "Deny" in labels(one)]
    assert (await chain.ada.click(request, button(request, "Allow once"))).kind == "success"
    await chain.told(chain.general, f"Answered in <#{waiting}>.")
    await chain.ended(waiting)
    assert (chain.project / "made.txt").exists()
    board = await board_says(chain, "1 working", allowance=allowance)
    assert (await chain.ada.click(board, button(board, "Stop"))).kind == "success"
    await chain.told(chain.general, f"Stopping Claude in <#{working}>.")
    await chain.ada.until(lambda _: [one for one in chain.ends(working) if "Stopped" in one])
    board = await board_says(chain, f"💤 <#{working}>", f"💤 <#{waiting}>", allowance=allowance)
    assert labels(board) == []
    assert (await chain.ada.command(chain.general, "board")).kind == "success"
    await chain.told(chain.general, f"💤 <#{waiting}>")
    await chain.mallory.command(chain.general, "board")
    await chain.told(chain.general, "You may not", chain.mallory)
    assert [one["author"]["id"] for one in chain.ada.messages(chain.general) if one["type"] == 6] == []


@pytest.mark.slow
async def test_who_may_only_answer_answers_from_the_board_and_nobody_else_does(unstarted: Chain) -> None:
    ben = int(unstarted.ben.id)
    chain = await start_asking(unstarted, {"projects.playground.approvers": {"people": [ben]}})
    waiting, _ = await one_waits_one_works(chain)
    board = await board_says(chain, "1 waiting for somebody · 1 working", limit=2 * RIGHT)
    for person in (chain.mallory, chain.ben):
        seen = next(one for one in person.messages(chain.general) if one["id"] == board["id"])
        await person.click(seen, button(seen, "Answer"))
    await chain.told(chain.general, "You may not", chain.mallory)
    assert "touch made" not in "".join(chain.private(chain.general, chain.mallory))
    await chain.told(chain.general, f"In <#{waiting}>", chain.ben)
    (request,) = [one for one in chain.ben.messages(chain.general) if "Deny" in labels(one)]
    assert (await chain.ben.click(request, button(request, "Allow once"))).kind == "success"
    await chain.told(chain.general, f"Answered in <#{waiting}>.", chain.ben)
    await chain.ended(waiting)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_it_is_one_message_over_fifty_restarts_and_some_reconnects(unstarted: Chain, allowance: float) -> None:
    chain = await start_asking(unstarted)
    await one_waits_one_works(chain)
    await board_says(chain, "1 waiting for somebody · 1 working", allowance=allowance)
    first = await pinned(chain)
    for n in range(50):
        await chain.bridge.kill()
        forget_identifies(chain)
        await chain.bridge.start()
        if n % 10 == 0:
            await board_says(chain, "1 waiting for somebody", allowance=allowance)
    for n in range(3):  # more of them are in tests/chat/test_boards.py: the bridge pauses between quick ones
        connected = connections(chain)
        forget_identifies(chain)
        await chain.fault({"drop_gateway": True, "resumable": n % 2 == 0})
        async with asyncio.timeout(60):
            while connections(chain) == connected:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)
    third = await chain.ask("say hello")
    await chain.ended(third)
    board = await board_says(chain, f"💤 <#{third}>", allowance=allowance)
    assert (board["id"], board["pinned"]) == (first["id"], True)
    path = f"/channels/{chain.general}/messages"
    seen = [one for one in await chain.requests() if one["by"] == "antiphon"]
    assert len([one for one in seen if (one["method"], one["path"]) == ("POST", path)]) == 1


@pytest.mark.slow
async def test_a_board_that_is_deleted_or_unpinned_is_there_again(unstarted: Chain, allowance: float) -> None:
    chain = await start_asking(unstarted)
    waiting, _ = await one_waits_one_works(chain)
    await board_says(chain, "1 waiting for somebody · 1 working", allowance=allowance)
    first = await pinned(chain)
    await chain.ada.request("DELETE", f"/channels/{chain.general}/messages/pins/{first['id']}")
    await chain.ada.until(lambda _: not boards(chain)[0]["pinned"])
    await pinned(chain)
    await chain.ada.delete(first)
    await chain.ada.until(lambda _: not boards(chain))
    await board_says(chain, "1 waiting for somebody · 1 working", allowance=allowance)
    second = await pinned(chain)
    assert second["id"] != first["id"]
    await chain.bridge.kill()
    await chain.ada.delete(second)  # while nobody looks
    await chain.bridge.start()
    await board_says(chain, f"<#{waiting}>", limit=15)
    await pinned(chain)


@pytest.mark.slow
async def test_what_the_bot_may_not_do_is_said_on_the_board_and_made_good_later(
    unstarted: Chain, allowance: float
) -> None:
    chain = await start_asking(unstarted)
    await deny(chain, PIN_MESSAGES.bit)
    waiting, _ = await one_waits_one_works(chain)
    await board_says(chain, "1 waiting for somebody · 1 working", "Not pinned: allow", allowance=2 * allowance)
    await deny(chain, 0)
    await pinned(chain)
    await chain.ada.until(lambda _: "Not pinned" not in words_of(boards(chain)[0]), RIGHT * allowance)
    await deny(chain, VIEW_CHANNELS.bit)
    await chain.bridge_prints("View Channels (to read messages)")
    await chain.ada.delete(boards(chain)[0])
    await deny(chain, 0)
    await board_says(chain, f"<#{waiting}>", "1 waiting for somebody · 1 working", allowance=allowance)
    await pinned(chain)


@pytest.mark.slow
async def test_there_is_one_board_for_all_or_none_where_that_is_configured(unstarted: Chain) -> None:
    chain = unstarted
    random = chain.world.about["channels"]["random"]
    sections = {"coordination": {"channel": int(random), "board": "together"}}
    await start_asking(chain, sections)
    await one_waits_one_works(chain)
    await chain.ada.until(lambda _: boards(chain, random), 10)
    assert boards(chain) == []
    await chain.bridge.stop()
    chain.world.configure({"coordination": {"board": "off"}}, permission_mode="default", allowed_tools=[])
    await chain.ada.delete(boards(chain, random)[0])
    await chain.bridge.start()
    await chain.ended(await chain.ask("say hello"))
    assert boards(chain) == boards(chain, random) == []
