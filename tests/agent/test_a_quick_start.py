"""What takes long to load is loaded beside the bridge's work, not before it."""

import asyncio
import subprocess
import sys

from antiphon.agent.process.installation import LazyAgent
from studio import Ear, Studio

from fakes import SESSION, prompt


def test_a_bridge_begins_without_what_is_slow_to_load() -> None:
    words = "import sys, antiphon.daemon; print({'claude_agent_sdk', 'mcp', 'alembic', 'PIL'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert told.stdout == "set()\n"


async def test_an_agent_that_loads_later_is_the_real_one(studio: Studio) -> None:
    ear = Ear([], asyncio.Event())
    async with LazyAgent(studio.launch).open(SESSION, studio.project, ear.post) as link:
        await link.send(prompt(1, "say: here I am"))
        assert (await ear.turn()).reason == "done"
    assert ear.texts() == ["here I am"]
