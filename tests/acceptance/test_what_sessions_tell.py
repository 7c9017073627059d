"""Sessions and scripts tell the others on their project what they should know: by tools, from a shell, and from a
session's own Bash."""

import json
import sys
from uuid import uuid4

import pytest
from bench.terminal import antiphon

from acceptance.test_edits_that_are_held import turn
from terminals import attached, needs_tmux

from chain import Chain

ANTIPHON = f"{sys.executable} -P -m antiphon"  # in the shell of a session


@pytest.mark.slow
async def test_what_one_session_posts_the_others_read_once_also_after_a_kill(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(isolation="shared")
    post = json.dumps({"text": "The API is rewritten.\nRun the tests again."})
    await turn(chain, f"call mcp__antiphon__post_event {post}")
    await chain.restart()
    await turn(chain, "call mcp__antiphon__read_events {}")
    assert "The API is rewritten. Run the tests again." in chain.last_request()
    assert "“call mcp__antiphon__post_event" in chain.last_request()


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_scripts_post_and_read_from_a_shell_and_from_within_a_session(unstarted: Chain) -> None:
    chain = await attached(unstarted, isolation="shared", allowed_tools=["Bash"])
    place = await turn(chain, f"bash: {ANTIPHON} event post deployed from within")
    key = str(uuid4())
    for _ in range(2):
        code, told = await antiphon(chain.world, "event", "post", "--key", key, "the", "build", "is", "green")
        assert (code, told) == (0, "Told the sessions on playground.\n")
    code, told = await antiphon(chain.world, "event", "read", "--json")
    found = [one for one in json.loads(told)["events"] if one["kind"] == "said"]
    assert code == 0
    assert [one["text"] for one in found] == ["deployed from within", "the build is green"]
    assert [one["session"] == place for one in found] == [True, False]
    code, told = await antiphon(chain.world, "event", "read", "--after", str(found[0]["n"]))
    assert told.endswith(": the build is green\n")
    assert len(told.splitlines()) == 1
    code, told = await antiphon(chain.world, "event", "read", "--last", "3")
    assert "event post deployed from within ended its turn: done" in told
    await turn(chain, f"bash: {ANTIPHON} event read --last 3", place, 2)
    assert "the build is green" in chain.last_request()
    code, told = await antiphon(chain.world, "event", "post", "--project", "nowhere", "x")
    assert code == 1
    assert "nowhere" in told
