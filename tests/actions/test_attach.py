"""To which project a session in a terminal belongs."""

from dataclasses import replace
from pathlib import Path

from bridge import PROJECT, Bridge

from antiphon.actions.terminals.attach import attach
from antiphon.core.values import NOWHERE, ClaudeSessionId, Session, Terminal, terminal_session

CLAUDE = ClaudeSessionId("8aa15615-831e-4559-8b47-94d4ffb78ad4")
HERE = Terminal(17, "1", "tmux %0")
INSIDE = PROJECT.directory / "docs"


async def test_a_session_in_a_projects_directory_is_that_projects(bridge: Bridge) -> None:
    found = await attach(bridge.context, CLAUDE, HERE, [INSIDE], None)
    assert found is not None
    assert (found.project, found.directory, found.terminal) == (PROJECT.name, INSIDE, HERE)
    assert await attach(bridge.context, ClaudeSessionId("other"), HERE, [Path("/elsewhere")], None) is None


async def test_a_session_of_another_configurations_project_moves_to_the_one_that_has_its_directory(
    bridge: Bridge,
) -> None:
    known = Session(terminal_session(CLAUDE), NOWHERE, "terminals", CLAUDE, "fix it", directory=INSIDE, begun=True)
    await bridge.store.adopt(known, bridge.worker_name)
    found = await attach(bridge.context, CLAUDE, HERE, [INSIDE], None)
    assert found == replace(known, project=PROJECT.name, terminal=HERE)
    stored = next(one for one in await bridge.store.sessions() if one.id == known.id)
    assert (stored.project, stored.directory) == (PROJECT.name, INSIDE)
