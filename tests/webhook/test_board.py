"""The board of statuses, on a real store and the local Discord."""

import asyncio
import subprocess
import sys
from dataclasses import replace

from board_scene import SESSION, Scene, a_turn, asking, over

from antiphon.core.projects import LOCAL
from antiphon.core.values import ClaudeSessionId, SessionId, TurnId
from antiphon.standin.discord.state import FORUM

NEEDS, DONE, SETTLED = "🔔 **Claude needs you**", "✅ **Done** in 12 s", "☑️ **Settled in the terminal**"


async def test_what_is_news_takes_the_place_of_what_was(scene: Scene) -> None:
    async with scene.board() as board:
        turn = a_turn()
        board.show(SESSION, asking(turn, "one"))
        needs = await scene.one("rm one")
        assert needs["mentions"][0]["id"] == scene.ada.id
        board.show(SESSION, turn)
        await scene.one(SETTLED)
        board.show(SESSION, over(turn))
        done = await scene.one(DONE, but=needs["id"])
        assert done["mentions"][0]["id"] == scene.ada.id
        assert "**prompt 1**" in done["content"]
        assert "> It works." in done["content"]


async def test_one_of_two_answers_calls_nobody_again(scene: Scene) -> None:
    async with scene.board() as board:
        turn = a_turn()
        board.show(SESSION, asking(turn, "one", "two"))
        needs = await scene.one("rm one")
        board.show(SESSION, asking(turn, "two"))
        assert (await scene.one("rm two"))["id"] == needs["id"]
        board.show(SESSION, asking(turn, "two", "three"))
        await scene.one("rm two", but=needs["id"])


async def test_only_what_is_configured_calls(scene: Scene) -> None:
    async with scene.board(frozenset({"needs"})) as board:
        turn = a_turn()
        board.show(SESSION, over(turn))
        done = await scene.one(DONE)
        assert (done["mentions"], done["flags"] & 1 << 12) == ([], 1 << 12)
        board.show(SESSION, asking(a_turn(2), "one"))
        needs = await scene.one(NEEDS)
        assert (len(needs["mentions"]), needs["flags"] & 1 << 12) == (1, 0)


async def test_in_a_forum_every_status_stays_in_the_sessions_thread(forum: Scene) -> None:
    turn = a_turn()
    async with forum.board() as board:
        board.show(SESSION, asking(turn, "one"))
        thread = await forum.thread()
        assert forum.ada.channels[thread]["name"] == "prompt 1"
        board.show(SESSION, over(turn))
        assert await forum.contents(thread, 2) == [f"{NEEDS} <@{forum.ada.id}>", f"{DONE} <@{forum.ada.id}>"]
        await forum.ada.until(lambda ada: SETTLED in ada.messages(thread)[0]["content"])
    async with forum.board() as board:
        board.show(SESSION, over(a_turn(2)))
        await forum.contents(thread, 3)
        assert "**prompt 1**" in forum.ada.messages(thread)[-1]["content"]
    assert len(forum.ada.threads(forum.channel)) == 1


async def test_a_status_that_is_told_is_not_told_again_by_the_next_bridge(scene: Scene) -> None:
    view = over(a_turn())
    async with scene.board() as board:
        await scene.write(view)
        board.show(SESSION, view)
        done = await scene.one(DONE)
    async with scene.board() as board:
        assert not await scene.store.pending(scene.hub)
        board.show(SESSION, view)
    assert (await scene.one(DONE))["id"] == done["id"]


async def test_what_an_earlier_bridge_has_not_told_is_told(scene: Scene) -> None:
    async with scene.board():
        await scene.write(over(a_turn()))
        await scene.write(over(a_turn(2), said="The newest."))
    async with scene.board():
        await scene.one("> The newest.")
        assert not await _pending(scene)
    asked = await scene.raw.ok("GET", "/standin/requests")
    assert len([one for one in asked if one["method"] == "POST" and one["status"] == 200 and one["by"] is None]) == 1


async def _pending(scene: Scene) -> list[tuple[SessionId, TurnId]]:
    async with asyncio.timeout(10):
        while await scene.store.pending(scene.hub):  # noqa: ASYNC110 - of the database
            await asyncio.sleep(0.01)
    return []


async def test_a_turn_that_somebody_at_the_terminal_has_stopped_is_no_news(scene: Scene) -> None:
    async with scene.board() as board:
        turn, view = a_turn(), over(a_turn(), "stopped")
        board.show(SESSION, turn)
        await scene.write(view)
        board.show(SESSION, view)
        assert not await _pending(scene)
    assert scene.ada.messages(scene.channel) == []


async def test_a_bridge_that_comes_back_takes_nothing_back_of_a_turn_that_goes_on(scene: Scene) -> None:
    turn = a_turn()
    async with scene.board() as board:
        board.show(SESSION, asking(turn, "one"))
        needs = await scene.one(NEEDS)
    async with scene.board() as board:
        board.show(SESSION, turn)  # the hook's request died with the bridge; the terminal's has not
    assert (await scene.one(NEEDS))["id"] == needs["id"]
    async with scene.board() as board:
        board.show(SESSION, over(turn, "stopped"))
        await scene.one(SETTLED)


async def test_while_discord_is_away_only_the_newest_waits(scene: Scene) -> None:
    await scene.fault(status=503, times=3)  # a look at the start, and two tries
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
        async with asyncio.timeout(10):
            while not scene.health.problems:  # noqa: ASYNC110 - it wakes nobody
                await asyncio.sleep(0.01)
        board.show(SESSION, over(a_turn(2), "failed", error="no credit"))
        closed = over(a_turn(3), "closed")
        board.show(SESSION, closed)  # and that the terminal was closed then takes nothing away
        failed = await scene.one("**Failed**")
        assert "> no credit" in failed["content"]
    assert not scene.health.problems


async def test_a_session_of_which_nothing_is_to_be_told_ends_no_problem(scene: Scene) -> None:
    await scene.fault(status=503)
    other = replace(SESSION, id=SessionId("terminal-other"), claude=ClaudeSessionId("other"))
    async with scene.board(limit=0.1) as board:
        await scene.store.adopt(other, LOCAL)
        board.show(SESSION, over(a_turn()))
        async with asyncio.timeout(10):
            while not scene.health.problems:  # noqa: ASYNC110 - it wakes nobody
                await asyncio.sleep(0.01)
            await scene.write(over(a_turn(2), "stopped"), other)
            board.show(other, over(a_turn(2), "stopped"))
            while other.id in [one.id for one, _ in await scene.store.pending(scene.hub)]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert scene.health.problems


async def test_a_pause_that_discord_asks_for_is_kept(scene: Scene) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 1.6, "global": False}
    await scene.fault(status=429, body=body, times=1, match="POST /webhooks/**")
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
        await scene.one(DONE)
    posts = [one for one in await scene.raw.ok("GET", "/standin/requests") if one["method"] == "POST"]
    tried, *_, done = [one["time"] for one in posts if one["path"].endswith(scene.target.token)]
    assert done - tried >= 1.5


async def test_a_post_that_is_not_answered_is_made_again(scene: Scene) -> None:
    await scene.fault(match="POST /webhooks/**", drop=True, after_effect=True, times=1, after=1)
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
        assert len(await scene.contents(scene.channel, 2)) == 2  # at least once: a webhook has no nonce


async def test_a_message_that_somebody_deletes_is_no_obstacle(scene: Scene) -> None:
    async with scene.board() as board:
        turn = a_turn()
        board.show(SESSION, asking(turn, "one"))
        await scene.ada.delete(await scene.one(NEEDS))
        board.show(SESSION, turn)
        board.show(SESSION, over(turn))
        await scene.one(DONE)


async def test_a_thread_that_is_deleted_is_opened_anew(forum: Scene) -> None:
    async with forum.board() as board:
        board.show(SESSION, over(a_turn()))
        thread = await forum.thread()
        await forum.one(DONE, thread)
        await forum.ada.request("DELETE", f"/channels/{thread}")
        board.show(SESSION, over(a_turn(2)))
        new = (await forum.ada.until(lambda ada: [t for t in ada.threads(forum.channel) if t["id"] != thread]))[0]
        await forum.one(DONE, new["id"])


async def test_a_webhook_that_is_moved_to_a_forum_goes_on_there(scene: Scene) -> None:
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
        await scene.one(DONE)
        guild = f"/guilds/{scene.raw.ids['guild']}/channels"
        made = await scene.ada.request("POST", guild, {"name": "sessions", "type": FORUM})
        await scene.ada.request("PATCH", f"/webhooks/{scene.target.id}", {"channel_id": made["id"]})
        board.show(SESSION, over(a_turn(2)))
        await scene.ada.until(lambda ada: ada.threads(made["id"]))


async def test_what_discord_refuses_is_said_and_the_next_status_is_told(scene: Scene) -> None:
    await scene.fault(match="POST /webhooks/**", code=200000, times=1)
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
        async with asyncio.timeout(10):
            while not scene.health.problems:  # noqa: ASYNC110 - it wakes nobody
                await asyncio.sleep(0.01)
        assert "automatic moderation" in scene.health.problems[0].words
        board.show(SESSION, over(a_turn(2)))
        await scene.one(DONE)


async def test_a_dead_webhook_is_asked_once_and_by_no_later_bridge(scene: Scene) -> None:
    await scene.ada.request("DELETE", f"/webhooks/{scene.target.id}")
    for number in (1, 2):
        async with scene.board() as board:
            await scene.write(over(a_turn(number)))
            board.show(SESSION, over(a_turn(number)))
            assert not await _pending(scene)
        assert "The webhook is gone" in scene.health.problems[0].words
        assert scene.target.token not in scene.health.problems[0].words
    asked = [one for one in await scene.raw.ok("GET", "/standin/requests") if scene.target.token in one["path"]]
    assert len(asked) == 1


async def test_a_wrong_token_is_as_dead(scene: Scene) -> None:
    scene.target = type(scene.target)(scene.target.api, scene.target.id, "x" * 68)
    async with scene.board() as board:
        board.show(SESSION, over(a_turn()))
    assert "50027" in scene.health.problems[0].words


def test_a_bridge_with_a_webhook_does_without_discord_py() -> None:
    words = "import sys, antiphon.webhook_daemon; print('discord' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert told.stdout == "False\n"
