"""/new opens a thread, /sessions lists what there is in Discord and in the terminal, /resume goes on with it."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bench import shown as turns

from acceptance.steps import not_allowed
from acceptance.test_parking import parked
from antiphon.agent.process.installation import bundled
from antiphon.chat.render.wording import SAID_BEFORE
from antiphon.demo.show import marked
from antiphon.standin.client_shapes import words_of

from chain import Chain, Json

_POINTS = ("Opened <#", "Forked into <#")


async def opened(chain: Chain, place: str) -> str:
    """The thread to which the answer of a command points."""

    def answers(_: object) -> list[Json]:
        return [one for one in chain.ada.messages(place) if one["content"].startswith(_POINTS)]

    answer = (await chain.ada.until(answers, 20))[0]
    return answer["content"].partition("<#")[2].partition(">")[0]


async def in_terminal(chain: Chain, words: str) -> str:
    """A session that no bridge has begun: made by `claude -p` in the project, then marked as the terminal's; its id."""
    id_ = str(uuid4())
    env = {name: value for name, value in chain.world.environment().items() if not name.startswith("DISCORD")}
    process = await asyncio.create_subprocess_exec(
        *(str(bundled()), "-p", words, "--session-id", id_),
        cwd=chain.project,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    written = transcript(chain, id_)
    written.write_text(written.read_text().replace('"entrypoint":"sdk-cli"', '"entrypoint":"cli"'))
    return id_


def open_in_terminal(chain: Chain, session: str) -> None:
    """What Claude Code writes down of a session that is open: here the process is this test's own."""
    directory = Path(chain.world.environment()["CLAUDE_CONFIG_DIR"]) / "sessions"
    directory.mkdir(parents=True, exist_ok=True)
    started = Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19]
    about: dict[str, Any] = {
        "pid": os.getpid(),
        "sessionId": session,
        "cwd": str(chain.project),
        "kind": "interactive",
        "entrypoint": "cli",
        "procStart": started,
        "status": "idle",
    }
    (directory / f"{os.getpid()}.json").write_text(json.dumps(about))


async def test_new_opens_a_thread_whose_first_turn_is_the_prompt(chain: Chain) -> None:
    assert (await chain.ada.command(chain.general, "new", {"prompt": "say: made by a command"})).kind == "success"
    place = await opened(chain, chain.general)
    assert "Done" in await chain.ended(place)
    assert chain.answer(place) == "made by a command"
    [opening] = [one for one in chain.ada.messages(chain.general) if one["id"] == place]
    assert "> say: made by a command" in opening["content"]
    assert marked(opening)
    await chain.ask("say: and again", place)
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: made by a command", "say: and again"]


@pytest.mark.slow
async def test_new_in_a_thread_without_a_prompt_opens_another_one_that_waits_for_words(chain: Chain) -> None:
    first = await chain.ask("say: hi")
    await chain.ended(first)
    await chain.ada.command(first, "new")
    place = await opened(chain, first)
    await chain.bridge.kill()
    await chain.ask("say: said while nobody listened", place)
    await chain.bridge.start()
    assert "Done" in await chain.ended(place)
    assert chain.answer(place) == "said while nobody listened"


@pytest.mark.slow
async def test_new_with_a_prompt_that_no_message_holds_passes_all_of_it_on(chain: Chain) -> None:
    words = "say: " + "x" * 3000
    await chain.ada.command(chain.general, "new", {"prompt": words})
    place = await opened(chain, chain.general)
    await chain.ended(place)
    assert chain.prompts() == [words]
    [opening] = [one for one in chain.ada.messages(chain.general) if one["id"] == place]
    assert (await chain.ada.fetch(opening["attachments"][0])).decode() == words


@pytest.mark.slow
async def test_a_stranger_opens_nothing(chain: Chain) -> None:
    for name, options in (("new", {"prompt": "say: hi"}), ("sessions", {}), ("resume", {"session": str(uuid4())})):
        await chain.mallory.command(chain.general, name, options)

    def refusals(_: object) -> bool:
        return sum(not_allowed("prompt") in one["content"] for one in chain.mallory.messages(chain.general)) == 3

    await chain.mallory.until(refusals)
    assert await chain.mallory.autocomplete(chain.general, "resume", "session", "") == []
    assert not chain.ada.threads(chain.general)


@pytest.mark.slow
async def test_sessions_are_listed_in_pages_by_origin_and_by_time(chain: Chain) -> None:
    place = await chain.ask("say: hosted here")
    await chain.ended(place)
    id_ = await in_terminal(chain, "say: from the terminal")
    for _ in range(8):
        copy_of(chain, id_)
    await chain.ada.command(chain.general, "sessions")
    page = await chain.shown(chain.general, "**10 sessions** in playground · page 1 of 2")
    assert page["content"].count("· terminal ·") == 8
    [older] = turns.custom_ids(page)
    await chain.restart()
    await chain.ada.click(page, older)
    page = await chain.shown(chain.general, "page 2 of 2")
    assert f"<#{place}>" in page["content"]
    await chain.ada.command(chain.general, "sessions", {"origin": "terminal", "since": "hour"})
    assert f"<#{place}>" not in (await chain.shown(chain.general, "**9 sessions** in"))["content"]
    long_ago = time.time() - 2 * 86_400
    os.utime(transcript(chain, id_), (long_ago, long_ago))
    await chain.ada.command(chain.general, "sessions", {"origin": "terminal", "since": "day"})
    assert id_[:8] not in (await chain.shown(chain.general, "**8 sessions** in"))["content"]
    await chain.ada.command(chain.general, "sessions", {"origin": "terminal", "since": "week"})
    await chain.ada.until(
        lambda ada: sum("**9 sessions** in" in m["content"] for m in ada.messages(chain.general)) == 2
    )


@pytest.mark.slow
async def test_another_projects_sessions_are_for_whoever_may_prompt_there(unstarted: Chain) -> None:
    chain = unstarted
    directory = chain.world.root / "other"
    directory.mkdir()
    other = {"directory": str(directory), "channels": [4_000_000_001], "people": [int(chain.ben.id)]}
    chain.world.configure({"projects.other": other}, people=[int(chain.ada.id)])
    await chain.bridge.start()
    place = await chain.ask("say: of the playground")
    await chain.ended(place)
    for person, names in ((chain.ada, ["playground", "other"]), (chain.ben, ["other"]), (chain.mallory, [])):
        found = await person.autocomplete(chain.general, "sessions", "project", "")
        assert sorted(one["value"] for one in found) == sorted(names)
        await person.command(chain.general, "sessions", {"project": "other"})
    await chain.shown(chain.general, "No such sessions in other")  # Ada owns the application
    await chain.ben.until(lambda ben: [m for m in ben.messages(chain.general) if "No such sessions" in m["content"]])
    await chain.told(chain.general, not_allowed("prompt"), chain.mallory)
    await chain.ben.command(chain.general, "sessions", {"project": "playground"})
    await chain.told(chain.general, not_allowed("prompt"), chain.ben)
    assert not [m for m in chain.ben.messages(chain.general) if "of the playground" in words_of(m) and m["flags"] & 64]


@pytest.mark.slow
async def test_in_a_direct_message_sessions_are_listed_and_begun_by_whoever_may(chain: Chain) -> None:
    place = await chain.ask("say: hosted here")
    await chain.ended(place)
    bot = str(chain.ada.message(chain.ada.messages(place)[-1])["author"]["id"])  # pyright: ignore[reportOptionalSubscript]
    direct = (await chain.ada.open_dm(bot))["id"]
    assert (await chain.ada.command(direct, "sessions")).kind == "success"
    assert f"<#{place}>" in (await chain.shown(direct, "in playground"))["content"]
    assert (await chain.ada.command(direct, "new", {"prompt": "say: from afar"})).kind == "success"
    other = await opened(chain, direct)
    assert "Done" in await chain.ended(other)
    assert chain.answer(other) == "from afar"
    theirs = (await chain.mallory.open_dm(bot))["id"]
    for name, options in (("sessions", {}), ("sessions", {"project": "playground"}), ("new", {"prompt": "say: no"})):
        await chain.mallory.command(theirs, name, options)
    await chain.mallory.until(lambda who: len([m for m in who.messages(theirs) if m["content"]]) == 3)
    assert not [m for m in chain.mallory.messages(theirs) if "session" in m["content"] or "Opened" in m["content"]]
    assert chain.prompts() == ["say: hosted here", "say: from afar"]


@pytest.mark.slow
async def test_a_session_of_the_terminal_goes_on_in_a_thread_with_its_last_messages(chain: Chain) -> None:
    id_ = await in_terminal(chain, "remember terminology")
    [choice] = await chain.ada.autocomplete(chain.general, "resume", "session", "terminology")
    assert choice["value"] == id_
    await chain.ada.command(chain.general, "resume", {"session": id_})
    place = await opened(chain, chain.general)
    assert "I will remember terminology." in (await chain.shown(place, SAID_BEFORE))["content"]
    await chain.ask("recall", place)
    await chain.ended(place)
    assert "terminology" in chain.chunks(place)[-1]
    await chain.ada.command(chain.general, "resume", {"session": id_.upper()})
    assert f"<#{place}>" in (await chain.shown(chain.general, "Already open in"))["content"]


@pytest.mark.slow
async def test_a_session_that_is_open_in_a_terminal_is_copied_and_never_opened_twice(chain: Chain) -> None:
    id_ = await in_terminal(chain, "remember terminology")
    open_in_terminal(chain, id_)
    [choice] = await chain.ada.autocomplete(chain.general, "resume", "session", "terminology")
    assert "open now" in choice["name"]
    await chain.ada.command(chain.general, "resume", {"session": id_})
    place = await opened(chain, chain.general)
    assert "this is a copy" in (await chain.shown(chain.general, "Opened <#"))["content"]
    before = transcript(chain, id_).read_bytes()
    await chain.ask("recall", place)
    await chain.ended(place)
    assert "terminology" in chain.chunks(place)[-1]
    assert transcript(chain, id_).read_bytes() == before


@pytest.mark.slow
async def test_resume_info_names_the_command_that_goes_on_in_a_terminal(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ada.command(place, "resume-info")
    answer = await chain.shown(place, "claude --resume ")
    id_ = answer["content"].partition("--resume ")[2].split()[0]
    assert transcript(chain, id_).exists()


def transcript(chain: Chain, session: str) -> Path:
    found = Path(chain.world.environment()["CLAUDE_CONFIG_DIR"]).glob(f"projects/*/{session}.jsonl")
    return next(found, Path("nowhere"))


def copy_of(chain: Chain, session: str) -> None:
    """Another session of the terminal, that says the same."""
    original, other = transcript(chain, session), str(uuid4())
    original.with_name(f"{other}.jsonl").write_text(original.read_text().replace(session, other))


@pytest.mark.slow
async def test_a_thread_whose_session_was_opened_in_a_terminal_goes_on_in_a_copy(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"idle": 1}})
    await chain.bridge.start()
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.ada.command(place, "resume-info")
    answer = await chain.shown(place, "claude --resume ")
    id_ = answer["content"].partition("--resume ")[2].split()[0]
    await parked(chain)
    open_in_terminal(chain, id_)
    before = transcript(chain, id_).read_bytes()
    await chain.ask("recall\nremember copied", place)
    await chain.ended(place, turns=2)
    assert "antiphony" in chain.answer(place)
    assert [one for one in chain.ada.messages(place) if "is open in a terminal" in words_of(one)]
    assert transcript(chain, id_).read_bytes() == before
    await parked(chain)
    await chain.ask("recall", place)  # of the copy: it is nobody else's
    await chain.ended(place, turns=3)
    assert "copied" in chain.chunks(place)[-1]
    assert sum("is open in a terminal" in words_of(one) for one in chain.ada.messages(place)) == 1
