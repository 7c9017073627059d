"""A Claude Code whose output is full of garbled copies of itself: turns end all the same, and the bridge lives."""

from pathlib import Path

import pytest
from bench.processes import claudes_of

import garbler
from antiphon.agent.process.installation import bundled
from antiphon.standin import Limits

from chain import Chain

COPIES, TURNS = 3, 5
LIMIT = 90  # seconds; whatever Claude says by itself, a turn ends with the next result


@pytest.fixture
def limits() -> Limits:
    """Garbled words are posted too: by the hundred, which would take minutes at Discord's pace."""
    return Limits.unlimited()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_thousands_of_garbled_messages_end_no_session_and_no_bridge(unstarted: Chain, tmp_path: Path) -> None:
    chain, record = unstarted, tmp_path / "said"
    command = garbler.command(tmp_path / "claude", bundled(), record, COPIES, "the whole chain")
    chain.world.configure({"claude": {"command": str(command)}}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("stream 3200 2000 8\ntools 3")
    await chain.ended(place, limit=LIMIT)
    (claude,) = claudes_of(chain.bridge.pid)
    for turn in range(1, TURNS):
        await chain.ask(f"stream 3200 2000 8\nbash: echo {turn}", place)
        await chain.ada.until(lambda _, n=turn: len(chain.prompts()) > n, LIMIT)
        await chain.ended(place, turns=turn + 1, limit=LIMIT)
    other = await chain.ask("say: elsewhere")
    await chain.ended(other, limit=LIMIT)
    assert claude in claudes_of(chain.bridge.pid)
    assert len(record.read_text().splitlines()) > 5000
    told = [line for line in chain.bridge.lines if "unknown message" in line]
    assert len(told) == len(set(told)) > 5
    assert not [line for line in chain.bridge.lines if "ERROR" in line or "CRITICAL" in line]
