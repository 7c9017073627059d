"""The agent room against the real Claude Code CLI and the scripted model."""

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from antiphon.agent import wording
from antiphon.agent.process.claude import ClaudeAgent
from antiphon.agent.process.installation import install
from antiphon.agent.redaction import Redaction
from antiphon.chat.render.card import final_line
from antiphon.chat.render.format import tools
from antiphon.core.blocks import End, NoteBlock, ToolBlock
from antiphon.core.events import (
    SessionLost,
    SessionStarted,
    TextDelta,
    TextFinished,
    ToolFinished,
    TurnEnded,
    UnknownMessage,
)
from antiphon.core.values import TurnId
from antiphon.core.view import TurnView, fold
from antiphon.errors import AgentError, ClaudeMissing, SessionGone
from studio import Ear, Studio, Talk, say

from fakes import SESSION, prompt


async def test_a_turn_streams_and_ends_with_its_cost_and_its_prompt(talk: Talk) -> None:
    asked, ear = await talk.send("count 50"), talk.ear
    end = await ear.turn()
    assert end.reason == "done"
    assert end.prompts == (asked.turn,)
    assert end.usage.cost is not None
    assert end.usage.cost > 0
    assert ear.texts() == ["".join(event.text for event in ear.all(TextDelta))]
    assert SessionStarted(SESSION.claude, "") in [replace(event, model="") for event in ear.all(SessionStarted)]
    assert not ear.all(UnknownMessage)


async def test_a_tool_call_is_told_with_its_command_and_its_result(talk: Talk) -> None:
    assert (await talk.ask("bash: echo from-the-shell")).reason == "done"
    (started,), (finished,) = talk.ear.all(ToolBlock), talk.ear.all(ToolFinished)
    assert (started.name, started.subject) == ("Bash", "echo from-the-shell")
    assert (finished.id, finished.ok, finished.text) == (started.id, True, "from-the-shell")


async def test_thinking_is_told_apart_from_text(talk: Talk) -> None:
    await talk.ask("think: about bridges")
    assert [event.thinking for event in talk.ear.all(TextFinished)] == [True, False]


async def test_an_api_error_fails_the_turn_in_claudes_own_words_and_the_next_prompt_works(talk: Talk) -> None:
    end = await talk.ask("error 400")
    assert end.reason == "failed"
    assert "400" in (end.error or "")
    better = await talk.ask("say: better now")
    assert better.reason == "done", better
    assert talk.ear.texts()[-1] == "better now"


async def test_a_resumed_session_remembers_what_was_said(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "remember antiphony"))
        await ear.turn()
    async with studio.session() as (link, ear):
        await link.send(prompt(2, "recall"))
        await ear.turn()
        assert "antiphony" in ear.texts()[-1]


async def test_an_interrupt_ends_the_turn_as_stopped(talk: Talk) -> None:
    await talk.send("sleep 60")
    await talk.ear.first(ToolBlock)
    await talk.link.interrupt()
    assert (await talk.ear.turn()).reason == "stopped"
    assert (await talk.ask("say: still here")).reason == "done"


async def test_a_tool_that_was_stopped_is_no_failure_and_one_that_fails_by_itself_is(talk: Talk) -> None:
    await talk.ask("bash: exit 3")
    await talk.send("sleep 60")
    await talk.ear.until(lambda _: len(talk.ear.all(ToolBlock)) == 2)
    await talk.link.interrupt()
    assert (await talk.ear.turn()).reason == "stopped"
    await talk.ask("bash: exit 3")
    assert [(one.ok, one.cut) for one in talk.ear.all(ToolFinished)] == [(False, False), (False, True), (False, False)]
    view = TurnView(TurnId("t"), None, 0.0)
    for event in (one for one in talk.ear.heard if isinstance(one, ToolBlock | ToolFinished)):
        view = fold(view, event, 1.0)
    assert [one.state for one in tools(view)] == ["failed", "cut", "failed"]
    assert "3 tools (2 failed)" in final_line(view, End("done", 60.0))


async def test_a_stop_that_comes_too_late_does_not_make_a_later_failure_a_stopped_tool(talk: Talk) -> None:
    await talk.ask("say: it is over")
    await talk.link.interrupt()
    await talk.ask("bash: exit 3")
    assert [(one.ok, one.cut) for one in talk.ear.all(ToolFinished)] == [(False, False)]


def children() -> set[int]:
    """The process ids below this process."""
    found = set[int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.add(int(entry.name))
    return found


async def test_leaving_leaves_no_process_behind_even_in_mid_turn(studio: Studio) -> None:
    before = children()
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "sleep 60"))
        await ear.first(ToolBlock)
        assert children() - before
    assert not children() - before


async def test_a_killed_process_is_told_as_lost(studio: Studio) -> None:
    before = children()
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "sleep 60"))
        await ear.first(ToolBlock)
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)
        await ear.first(SessionLost)
        with pytest.raises(AgentError):
            await link.send(prompt(2, "say: too late"))


async def test_claude_sees_only_the_variables_that_are_handed_down(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "very-secret")
    monkeypatch.setenv("SOME_DATABASE_URL", "very-secret")
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "bash: env | grep -c very-secret; echo checked"))
        await ear.turn()
    (result,) = ear.all(ToolFinished)
    assert result.text.split() == ["0", "checked"]


async def test_a_directory_that_is_gone_is_said(studio: Studio) -> None:
    gone = replace(studio, project=replace(studio.project, directory=studio.project.directory / "gone"))
    with pytest.raises(AgentError, match="does not exist"):
        async with gone.session():
            pass


def test_a_missing_executable_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ClaudeMissing, match="no-claude-here"):
        install(tmp_path / "no-claude-here", tmp_path, tmp_path, tmp_path)


async def test_a_secret_of_the_bridge_is_redacted_wherever_claude_says_it(studio: Studio) -> None:
    secret = "MTA0.abcdef.ghijkl-mnopqr"
    launch = replace(studio.launch, redaction=Redaction((secret,)))
    (studio.project.directory / "found.txt").write_text(secret)
    keeping = replace(studio, agent=ClaudeAgent(launch))
    async with keeping.session() as (link, ear):
        await say(link, ear, 1, f"say: it is {secret}, I think")
        await say(link, ear, 2, "bash: cat found.txt; echo -n and more")
        await say(link, ear, 3, 'call mcp__antiphon__send_file {"paths": ["found.txt"]}')
    assert secret not in repr(ear.heard)
    assert "it is [redacted], I think" in ear.texts()
    assert "".join(delta.text for delta in ear.all(TextDelta)).startswith("it is [redacted], I think")
    assert ear.all(ToolFinished)[0].text == "[redacted]and more"
    assert "a secret of the bridge" in ear.all(ToolFinished)[-1].text


@pytest.mark.parametrize("left", ["", '{"type":"mode","mode":"default"}\n', '{"type":"user","uuid":"6'])
async def test_a_transcript_without_a_conversation_starts_fresh_and_says_so(studio: Studio, left: str) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "remember apple")
    transcript = studio.launch.transcript(SESSION.claude)
    assert transcript is not None
    transcript.write_text(left)
    ear = Ear([], asyncio.Event())
    async with studio.agent.open(replace(SESSION, begun=True), studio.project, ear.post) as link:
        await say(link, ear, 2, "remember pear")
    assert [end.reason for end in ear.all(TurnEnded)] == ["done"]
    assert [note.text for note in ear.all(NoteBlock)] == [wording.STARTED_FRESH]
    fresh = ear.all(SessionStarted)[0].claude
    assert fresh != SESSION.claude
    again = Ear([], asyncio.Event())
    async with studio.agent.open(replace(SESSION, begun=True, claude=fresh), studio.project, again.post) as link:
        await say(link, again, 3, "recall")
    assert "pear" in again.texts()[-1]
    assert not again.all(NoteBlock)


async def test_what_claude_code_does_not_resume_is_a_lost_session(studio: Studio) -> None:
    """Advice that cannot help is not given: to send the message again would give the same."""
    folder = studio.launch.config_directory / "projects" / "elsewhere"
    folder.mkdir(parents=True)
    line = {"type": "user", "uuid": str(uuid4()), "isSidechain": True, "message": {"role": "user", "content": "x"}}
    (folder / f"{SESSION.claude}.jsonl").write_text(json.dumps(line) + "\n")
    with pytest.raises(SessionGone):
        async with studio.agent.open(replace(SESSION, begun=True), studio.project, lambda _: None):
            pass
