"""While a prompt waits in line, an edit changes it and a deletion takes it back; afterwards neither does anything."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chain import Chain

Json = dict[str, Any]
Files = Sequence[tuple[str, bytes]]


@pytest.fixture
async def chain(unstarted: Chain) -> Chain:
    """The chain, with a project in which a message during a turn waits in line."""
    unstarted.world.configure({}, while_working="queue")
    await unstarted.bridge.start()
    return unstarted


def directory(chain: Chain, place: str, message: Json) -> Path:
    """Where a message's files are."""
    return chain.world.root / "state" / "files" / place / "in" / message["id"]


async def busy(chain: Chain) -> str:
    """A session whose turn takes a few seconds."""
    place = await chain.ask("sleep 4")
    await chain.ada.until(lambda _: any(one.kind == "main" for one in chain.standin.model.requests), 20)
    return place


@pytest.mark.slow
async def test_an_edited_prompt_runs_as_it_reads_when_its_turn_comes(chain: Chain) -> None:
    place = await busy(chain)
    message = await chain.accepted(place, "say: before")
    await chain.ada.edit(message, "say: after")
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["after"])
    assert "say: before" not in chain.prompts()


@pytest.mark.slow
async def test_an_edited_prompt_keeps_its_files(chain: Chain) -> None:
    place = await busy(chain)
    message = await chain.accepted(place, "say: before", [("notes.txt", b"kept")])
    (file,) = directory(chain, place, message).iterdir()
    saved = file.stat()
    await chain.ada.edit(message, "say: after")
    assert "Done" in await chain.ended(place, turns=2)
    assert "say: after" in chain.prompts()[-1]
    assert "kept" in chain.prompts()[-1]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (saved.st_ino, saved.st_mtime_ns)  # not fetched again


@pytest.mark.slow
async def test_a_deleted_prompt_does_not_run(chain: Chain) -> None:
    place = await busy(chain)
    message = await chain.accepted(place, "say: taken back", [("secret.txt", b"a password")])
    assert directory(chain, place, message).exists()
    await chain.accepted(place, "say: stays")
    await chain.ada.delete(message)
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["stays"])
    assert not [one for one in chain.prompts() if "taken back" in one]
    assert not directory(chain, place, message).exists()


@pytest.mark.slow
async def test_an_edit_of_what_has_run_changes_nothing(chain: Chain) -> None:
    message = await chain.ada.say(chain.general, "say: once")
    await chain.ended(message["id"])
    await chain.ada.edit(message, "say: twice")
    await chain.ask("say: next", message["id"])
    await chain.ended(message["id"], turns=2)
    await chain.ada.until(lambda _: chain.chunks(message["id"]) == ["once", "next"])
    assert len(chain.ends(message["id"])) == 2
