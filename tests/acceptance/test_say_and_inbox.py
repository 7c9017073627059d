"""What a message in a session's thread does, somebody in a shell of the machine does as well: the thread shows it."""

import json
import sys
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from bench.terminal import Home, antiphon, attach

from antiphon.demo.show import marked
from antiphon.standin.client_shapes import words_of
from terminals import (
    attached,
    both_sizes,
    done,
    endpoint,
    in_terminal,
    needs_tmux,
    received,
    refused_headers,
    terminal,
    typed,
)

from chain import Chain, Json

pytestmark = [needs_tmux, pytest.mark.timeout(150)]  # a terminal, Claude Code and a bridge come up one after the other
ANTIPHON = f"{sys.executable} -P -m antiphon"  # in the shell of a session


async def hosted(chain: Chain, text: str) -> str:
    """A session that the bridge hosts, after its first turn; its place."""
    place = await chain.ask(text)
    await done(chain, place)
    return place


def announced(chain: Chain, place: str) -> list[Json]:
    """What a place shows of what was said from outside."""
    return [one for one in chain.ada.messages(place) if "wrote from" in words_of(one)]


async def until_marked_done(chain: Chain, place: str) -> None:
    await chain.ada.until(lambda _: [marked(one) for one in announced(chain, place)] == ["✅"], 20)


@pytest.mark.slow
@both_sizes
async def test_what_is_said_from_a_shell_wakes_an_idle_session(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready", *size) as (_, place):
        await done(chain, place)
        code, told = await antiphon(chain.world, "say", "ready", "say:", "woken", "by", "a", "shell")
        assert (code, told) == (0, "Said to “say: ready” (playground).\n")
        await done(chain, place, turns=2)
        await chain.ada.until(lambda _: "woken by a shell" in chain.answer(place))
        await until_marked_done(chain, place)
        (message,) = announced(chain, place)
        assert "say: woken by a shell" in words_of(message)
        assert received(chain) == ["say: woken by a shell"]
        code, told = await antiphon(chain.world, "inbox")
        session, waits = told.splitlines()
        assert (code, session[10:].split(" · ")[:2], waits) == (0, ["say: ready", "playground"], "  nothing waits")


@pytest.mark.slow
async def test_what_is_said_to_a_hosted_session_runs_a_turn_once(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    place = await hosted(chain, "say: hosted here")
    key = str(uuid4())
    code, _ = await antiphon(chain.world, "say", "--key", key, place, "/clear is no command, say:\nsay: by a shell")
    assert code == 0
    await done(chain, place, turns=2)
    await chain.ada.until(lambda _: "by a shell" in chain.answer(place))
    await until_marked_done(chain, place)
    code, told = await antiphon(chain.world, "say", "--key", key, "hosted here", "say: by a shell")
    assert (code, told) == (0, "Said before to “say: hosted here” (playground); it is said once.\n")
    assert (await antiphon(chain.world, "say", place[:-2], "-", given="say: by a pipe\n"))[0] == 0
    await done(chain, place, turns=3)
    assert [one.splitlines()[-1] for one in chain.prompts()] == [
        "say: hosted here",
        "say: by a shell",
        "say: by a pipe",
    ]
    assert len(announced(chain, place)) == 2


@pytest.mark.slow
async def test_a_session_that_is_unknown_or_unclear_is_asked_for_again(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    await hosted(chain, "say: the first one")
    await hosted(chain, "say: the second one")
    code, told = await antiphon(chain.world, "say", "the third", "hello")
    first, *candidates = told.splitlines()
    assert (code, first) == (2, "There is no session “the third”.")
    assert len(candidates) == 2
    code, told = await antiphon(chain.world, "say", "one", "hello")
    assert (code, told.splitlines()[0]) == (2, "“one” may mean any of these:")
    assert sorted(line.split("  ")[2].split(" · ")[0] for line in told.splitlines()[1:]) == [
        "say: the first one",
        "say: the second one",
    ]
    assert chain.prompts() == ["say: the first one", "say: the second one"]


async def two_projects(chain: Chain) -> str:
    """The chain with a second project; that one's channel."""
    Home(chain.world).create(allowed=(f"Bash({ANTIPHON}:*)",))
    await attach(chain.world)
    directory = chain.world.root / "other"
    directory.mkdir()
    channel = next(one for one in chain.world.about["channels"].values() if one != chain.general)
    other = {"directory": str(directory), "channels": [int(channel)]}
    await chain.start_configured({"projects.other": other}, channels=[int(chain.general)])
    return channel


@pytest.mark.slow
async def test_a_session_speaks_to_another_of_its_project_and_to_no_other(unstarted: Chain) -> None:
    chain = unstarted
    channel = await two_projects(chain)
    place = await hosted(chain, "say: listening")
    elsewhere = (await chain.ada.say(channel, "say: far away"))["id"]
    await done(chain, elsewhere)
    state = str(chain.world.root / "state")
    async with terminal(chain, 200, 50) as claude:
        await claude.run(ANTIPHON_STATE_DIR=state)
        own = await typed(chain, claude, "say: speaker")
        await done(chain, own)
        await claude.type(f"bash: {ANTIPHON} say listening 'say: passed on'")
        await done(chain, place, turns=2)
        await chain.ada.until(lambda _: "passed on" in chain.answer(place))
        await until_marked_done(chain, place)
        (message,) = announced(chain, place)
        assert f"Claude wrote from <#{own}>" in words_of(message)
        await claude.type(f"bash: {ANTIPHON} say 'far away' 'say: not heard'")
        await done(chain, own, turns=3)
        assert "may do that in its own project only" in chain.last_request()
        await claude.type(f"bash: {ANTIPHON} inbox")
        await done(chain, own, turns=4)
        await chain.ada.until(lambda _: "say: speaker · playground" in chain.answer(own))
    assert (announced(chain, elsewhere), len(chain.ends(elsewhere))) == ([], 1)


@pytest.mark.slow
async def test_a_hosted_session_speaks_as_itself_too(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    place = await hosted(chain, "say: listening")
    own = await hosted(chain, f"bash: {ANTIPHON} say 'say: listening' 'say: passed on'")
    await done(chain, place, turns=2)
    await chain.shown(place, f"Claude wrote from <#{own}>")


@pytest.mark.slow
async def test_what_waits_is_seen(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    assert await antiphon(chain.world, "inbox") == (0, "Nothing waits, and no session is open in a terminal.\n")
    async with terminal(chain) as claude:
        await claude.run()
        place = await typed(chain, claude, "say: ready")
        await done(chain, place)
        await claude.type("/exit")
        await chain.shown(place, "Closed in its terminal")
    await chain.accepted(place, "say: later\nand more")
    code, told = await antiphon(chain.world, "say", "ready", "say: much later")
    assert (code, told.splitlines()) == (
        0,
        ["Said to “say: ready” (playground). It waits until the session is open in a terminal again."],
    )
    code, told = await antiphon(chain.world, "inbox", "--json")
    (session,) = json.loads(told)["sessions"]
    assert (code, session["thread"], session["project"]) == (0, place, "playground")
    assert session["terminal"]["open"] is False
    first, second = session["waiting"]
    assert (first["by"], first["text"], first["state"]) == ("Ada", "say: later", "queued")
    assert second["text"] == "say: much later"
    code, told = await antiphon(chain.world, "inbox")
    assert "until the session is open in a terminal again): say: later" in told


@pytest.mark.slow
async def test_where_discord_takes_no_announcement_it_is_said_all_the_same(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    place = await hosted(chain, "say: hosted")
    await chain.fault({"match": f"POST /channels/{place}/messages", "status": 403, "code": 50013, "times": 1})
    code, told = await antiphon(chain.world, "say", "hosted", "say: unseen")
    assert (code, told) == (0, "Said to “say: hosted” (playground). Its thread does not show the words.\n")
    await done(chain, place, turns=2)
    await chain.ada.until(lambda _: "unseen" in chain.answer(place))
    assert announced(chain, place) == []


@pytest.mark.parametrize("words", [("inbox",), ("inbox", "--json"), ("say", "somebody", "something")])
async def test_where_nobody_can_be_asked_one_line_says_so(unstarted: Chain, words: tuple[str, ...]) -> None:
    chain = unstarted
    code, told = await antiphon(chain.world, *words)
    assert (code, told.count("\n"), told.startswith("Nothing is attached")) == (3, 1, True)
    Home(chain.world).create()
    await attach(chain.world)
    code, told = await antiphon(chain.world, *words)
    assert (code, told.count("\n"), told.startswith("No bridge can be asked")) == (3, 1, True)


@pytest.mark.slow
async def test_they_are_no_ones_but_this_users(unstarted: Chain) -> None:
    url, secret = endpoint(await attached(unstarted))
    async with ClientSession() as http:
        for method, path in (("GET", "/inbox"), ("POST", "/say")):
            for headers in refused_headers(secret):
                async with http.request(method, url + path, headers=headers) as response:
                    assert response.status == 403
        async with http.get(f"{url}/inbox", headers={**secret, "X-Antiphon-Session": "unknown"}) as response:
            assert (response.status, await response.json()) == (200, {"sessions": []})
        async with http.post(f"{url}/say", data=b"no json", headers=secret) as response:
            assert response.status == 400
