"""Sessions in one directory do not write over one another: an edit is held while another session has the file, or has
changed it since it was read, in every mode; what a command writes is found out and told."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from bench import shown as turns

from acceptance.steps import ASKING, audits, open_request, press
from antiphon.agent.process.installation import bundled
from antiphon.standin.client_shapes import words_of

from chain import Chain, Json, button


def read(path: Path) -> str:
    return f"call Read {json.dumps({'file_path': str(path)})}"


def edit(path: Path, old: str, new: str) -> str:
    return f"call Edit {json.dumps({'file_path': str(path), 'old_string': old, 'new_string': new})}"


def claim(**what: object) -> str:
    return f"call mcp__antiphon__claim {json.dumps(what)}"


async def shared(
    chain: Chain, sections: Mapping[str, Mapping[str, object]] = MappingProxyType({}), **project: object
) -> Path:
    """A project in which all share the directory; its file."""
    path = chain.project / "shared.txt"
    path.write_text("one\ntwo\nthree\n")
    command = chain.world.root / "claude"
    command.write_text(f'#!/bin/sh\nIS_SANDBOX=1 exec "{bundled()}" "$@"\n')  # it does not bypass anything as root
    command.chmod(0o755)
    sections = {**sections, "claude": {"command": str(command)}}
    await chain.start_configured(sections, isolation="shared", **project)
    return path


async def turn(chain: Chain, text: str, place: str | None = None, n: int = 1) -> str:
    """Ada writes, and the turn ends; the place."""
    place = await chain.ask(text, place)
    assert "Done" in await chain.ended(place, turns=n)
    return place


async def held(chain: Chain, place: str) -> Json:
    """Wait until an edit is shown as held there; the message."""
    message = await chain.shown(place, "🚧 Not written")
    assert button(message, "Let it write")
    return message


@pytest.mark.slow
async def test_what_another_session_has_changed_is_not_written_over_until_it_is_read_again(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    first = await turn(chain, read(path))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    assert path.read_text() == "one\nTWO\nthree\n"
    await turn(chain, edit(path, "one", "ONE"), first, 2)
    assert path.read_text() == "one\nTWO\nthree\n"
    message = await held(chain, first)
    title = next(one for one in chain.ada.messages(chain.general) if one["id"] == second)["content"][:20]
    assert title in words_of(message)
    assert "has changed shared.txt at" in chain.last_request()
    await turn(chain, f"{read(path)}\n{edit(path, 'one', 'ONE')}", first, 3)
    assert path.read_text() == "ONE\nTWO\nthree\n"


@pytest.mark.slow
async def test_a_claimed_file_is_written_by_others_once_somebody_lets_them(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    first = await turn(chain, claim(files=["shared.txt"], note="a rewrite"))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    assert path.read_text() == "one\ntwo\nthree\n"
    message = await held(chain, second)
    assert "a rewrite" in words_of(message)
    await press(chain, message, "letwrite")
    await chain.ended(second, turns=2)
    assert "You may write" in chain.prompts()[-1]
    await turn(chain, edit(path, "two", "TWO"), second, 3)
    assert path.read_text() == "one\nTWO\nthree\n"
    assert [one["deed"] for one in audits(chain)] == ["claim", "claim"]
    await turn(chain, "call mcp__antiphon__release {}", first, 2)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["bypassPermissions", "default"])
async def test_an_edit_is_held_in_every_mode(unstarted: Chain, mode: str) -> None:
    chain = unstarted
    project = {**ASKING, "permission_mode": mode, "allowed_tools": ["Read"]}
    path = await shared(chain, **project, allow_bypass=True)
    await turn(chain, claim(files=["shared.txt"]))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    await held(chain, second)
    assert not [one for one in chain.ada.messages(second) if turns.open_buttons(one) and "Allow" in words_of(one)]
    assert path.read_text() == "one\ntwo\nthree\n"


@pytest.mark.slow
async def test_what_another_does_while_people_think_counts_too(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain, **{**ASKING, "allowed_tools": ["Read", "Bash"]})
    first = await chain.ask(f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    request = await open_request(chain, first)
    await turn(chain, claim(files=["shared.txt"]))
    await press(chain, request, "allow")
    await chain.ended(first)
    await held(chain, first)
    assert path.read_text() == "one\ntwo\nthree\n"


@pytest.mark.slow
async def test_what_a_command_writes_over_is_found_out_and_told(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    first = await turn(chain, read(path))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    await turn(chain, "bash: echo mine > shared.txt", first, 2)
    await chain.shown(first, "A command wrote shared.txt, which")
    assert "files that another session works on" in chain.last_request()
    await turn(chain, edit(path, "mine", "theirs"), second, 2)  # and the other one notices
    await held(chain, second)
    assert path.read_text() == "mine\n"


@pytest.mark.slow
async def test_claims_end_with_their_session_and_survive_a_kill(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    first = await turn(chain, claim(files=["shared.txt"], resources=["port:3000"]))
    await chain.restart()
    second = await turn(chain, claim(resources=["Port:3000"]))
    assert "Not claimed: port:3000" in chain.last_request()
    assert (await chain.ada.command(first, "clear")).kind == "success"
    await chain.ended(first, turns=2)
    await turn(chain, claim(resources=["port:3000"]), second, 2)
    assert "Claimed: port:3000" in chain.last_request()
    await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}", second, 3)
    assert path.read_text() == "one\nTWO\nthree\n"


@pytest.mark.slow
async def test_a_session_is_told_of_the_others_at_its_start_and_when_that_changes(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    first = await turn(chain, "say: alone")
    assert "Other sessions" not in chain.last_request()
    await turn(chain, "say: hello")
    assert "Other sessions work on this project now" in chain.last_request()
    assert "say: alone" in chain.last_request()
    await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}", first, 2)
    told = chain.last_request().count("Other sessions work on this project now")
    await turn(chain, "say: nothing new", first, 3)
    assert chain.last_request().count("Other sessions work on this project now") == told
    third = await turn(chain, "call mcp__antiphon__sessions {}")
    assert "has changed" in chain.last_request()
    assert third


@pytest.mark.slow
async def test_sessions_write_to_one_another(unstarted: Chain) -> None:
    chain = unstarted
    await shared(chain)
    first = await turn(chain, "say: first one")
    message = {"session": "say: first one", "text": "say: heard you"}
    await turn(chain, f"call mcp__antiphon__message_session {json.dumps(message)}")
    await chain.ended(first, turns=2)
    assert "heard you" in chain.answer(first)


@pytest.mark.slow
async def test_nobody_looks_where_the_project_wants_that(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain)
    await chain.bridge.kill()
    await chain.start_configured(isolation="off")
    await turn(chain, claim(files=["shared.txt"]))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    assert path.read_text() == "one\nTWO\nthree\n"
    assert "Not written" not in chain.answer(second)
