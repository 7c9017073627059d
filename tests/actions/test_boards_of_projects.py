"""A board, from the store: who waits longest first, of those that do nothing the one used last."""

from dataclasses import replace
from itertools import count
from pathlib import Path

from bridge import CHANNEL, HERE, SESSION, ada, opened

from antiphon.actions.coordination.board import board
from antiphon.core.blocks import AskBlock
from antiphon.core.values import Origin, PlaceId, ToolUseId, first_claude_session, session_at


async def test_who_waits_comes_first_and_what_was_used_last_before_what_was_not(tmp_path: Path) -> None:
    seconds = count(1_000_000)
    async with opened(tmp_path / "antiphon.db", lambda: float(next(seconds))) as bridge:
        await bridge.running(1, AskBlock(ToolUseId("t"), "Bash", "ls"))
        for n in (2001, 2002, 2003):
            id_ = session_at(PlaceId(n))
            idle = replace(SESSION, id=id_, place=PlaceId(n), claude=first_claude_session(id_), origin=Origin(CHANNEL))
            await bridge.store.adopt(idle, bridge.worker_name)
        found = await board(bridge.context, ada, HERE)
    states = [one.state for one in found.lines]
    assert states == ["waiting", "idle", "idle", "idle"]
    assert found.lines[0].need is not None
    assert [one.session.place for one in found.lines[1:]] == [2003, 2002, 2001]
    assert found.count("idle") == 3
    seen = found.seen(lambda one: one.place != SESSION.place)
    assert [one.state for one in seen.lines] == ["idle", "idle", "idle"]
