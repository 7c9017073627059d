"""What the real Claude Code tells of its work: tasks, jobs, changes to files, limits, compaction."""

import json
import sys
import time

import pytest

from antiphon.agent import wording
from antiphon.core.blocks import Job, NoteBlock, ToolBlock
from antiphon.core.events import Delayed, JobChanged, ReplyStarted, TaskChanged, ToolFinished, TurnEnded, UnknownMessage
from studio import Ear, Studio, Talk, say

from fakes import prompt


def all_known(ear: Ear) -> bool:
    return not ear.all(UnknownMessage)


async def test_the_task_list_is_told_as_it_changes(studio: Studio) -> None:
    async with studio.with_claude(model="claude-haiku-4-5").session() as (link, ear):
        await link.send(prompt(1, 'tasks\ncall TaskUpdate {"taskId": "1", "subject": "Other words"}'))
        assert (await ear.turn()).reason == "done"
    assert ear.all(TaskChanged) == [
        TaskChanged("1", "Read the code", "pending"),
        TaskChanged("2", "Write the test", "pending"),
        TaskChanged("1", None, "in_progress"),
        TaskChanged("1", None, "completed"),
        TaskChanged("2", None, "in_progress"),
        TaskChanged("2", None, "completed"),
        TaskChanged("1", "Other words", None),
    ]
    assert all_known(ear)


async def test_a_command_in_the_background_is_a_job_with_an_end(talk: Talk) -> None:
    await talk.ask('call Bash {"command": "sleep 1; exit 3", "run_in_background": true, "description": "Wait"}')
    ear = talk.ear
    await ear.until(lambda _: len(ear.all(TurnEnded)) == 2)  # Claude Code goes on by itself when a job has ended
    (started,), (*_, ended) = ear.all(Job), ear.all(JobChanged)
    assert (started.kind, started.title) == ("command", "Wait")
    assert (ended.id, ended.state, "exit code 3" in ended.activity) == (started.id, "failed", True)
    assert ear.all(ToolFinished)[0].text == "runs in the background"
    assert ear.all(TurnEnded)[1].self_started
    assert all_known(ear)


async def test_a_sub_agent_is_a_job_that_tells_what_it_does(talk: Talk) -> None:
    await talk.send("agent: bash: echo from below")
    ear = talk.ear
    await ear.until(lambda _: len(ear.all(TurnEnded)) == 2)
    (started,), (progress, *_, ended) = ear.all(Job), ear.all(JobChanged)
    assert (started.kind, started.title) == ("agent", "Scripted sub-agent")
    assert ear.all(ToolBlock)[0].detail == "bash: echo from below"
    assert progress.activity.startswith("Bash: ")
    assert (ended.id, ended.state, "from below" in ended.activity) == (started.id, "ok", True)
    assert all_known(ear)


async def test_a_sub_agent_that_is_waited_for_has_its_report_as_result(talk: Talk) -> None:
    given = '{"description": "d", "prompt": "say: the report", "subagent_type": "general-purpose", '
    await talk.ask(f'call Agent {given}"run_in_background": false}}')
    assert talk.ear.all(ToolFinished)[-1].text.strip() == "the report"


async def test_a_command_that_takes_its_time_is_no_job(talk: Talk) -> None:
    assert (await talk.ask("sleep 4")).reason == "done"
    assert not talk.ear.all(Job)
    assert not talk.ear.all(JobChanged)


async def test_what_claude_plans_for_later_is_a_job_until_it_is_deleted(studio: Studio) -> None:
    async with studio.with_claude(allowed_tools=("CronCreate", "CronDelete")).session() as (link, ear):
        await say(link, ear, 1, 'call CronCreate {"cron": "0 3 * * *", "prompt": "look", "recurring": true}')
        (planned,) = ear.all(Job)
        assert (planned.kind, planned.title) == ("schedule", "Every day at 3:00 AM: look")
        await say(link, ear, 2, f'call CronDelete {{"id": "{planned.id}"}}')
    assert ear.all(JobChanged) == [JobChanged(planned.id, state="stopped")]
    assert all_known(ear)


_ASKS = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    result = {"tools": [{"name": "ask", "description": "asks", "inputSchema": {"type": "object"}}]}
    if said.get("method") == "initialize":
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}
        result = {"protocolVersion": said["params"]["protocolVersion"], **about}
    elif said.get("method") == "tools/call":
        wanted = {"type": "object", "properties": {"name": {"type": "string"}}}
        asked = {"message": "Your name?", "requestedSchema": wanted}
        print(json.dumps({"jsonrpc": "2.0", "id": 9, "method": "elicitation/create", "params": asked}), flush=True)
        answer = json.loads(sys.stdin.readline())
        result = {"content": [{"type": "text", "text": json.dumps(answer["result"])}]}
    if "id" in said:
        print(json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": result}), flush=True)
"""


async def test_an_mcp_server_that_does_not_start_and_one_whose_question_nobody_sees_are_told(studio: Studio) -> None:
    work = studio.project.directory
    (work / "asks.py").write_text(_ASKS)
    servers = {"broken": {"command": "false"}, "asks": {"command": sys.executable, "args": [str(work / "asks.py")]}}
    (work / ".mcp.json").write_text(json.dumps({"mcpServers": servers}))
    (work / ".claude").mkdir()
    (work / ".claude/settings.json").write_text('{"enableAllProjectMcpServers": true}')
    async with studio.with_claude(allowed_tools=("mcp__asks__ask", "Bash")).session() as (link, ear):
        for n in range(1, 20):  # until the server is connected, which takes its time
            await say(link, ear, n, "call mcp__asks__ask {}")
            if any("cancel" in text for text in ear.texts()):
                break
    notes = [note.text for note in ear.all(NoteBlock)]
    assert notes == [
        wording.mcp_servers("failed", ["broken"]),
        wording.mcp_asked("asks", "Your name?"),
    ]


async def test_edits_tell_their_lines(studio: Studio) -> None:
    (studio.project.directory / "README.md").write_text("# Hi\n\none\ntwo\n")
    async with studio.with_claude(permission_mode="acceptEdits").session() as (link, ear):
        await link.send(prompt(1, "edit README.md\nwrite new.txt: a\\nb\\nc"))
        assert (await ear.turn()).reason == "done"
        assert ear.all(ReplyStarted)[0].context > 1000
    changes = [one.change for one in ear.all(ToolFinished) if one.change is not None]
    assert [(one.path, one.added, one.removed) for one in changes] == [("README.md", 1, 1), ("new.txt", 3, 0)]
    assert "-# Hi\n+# Hi (edited)" in changes[0].diff
    edit = next(one for one in ear.all(ToolBlock) if one.name == "Edit")
    assert (edit.subject, edit.detail) == ("README.md", "-# Hi\n+# Hi (edited)")


async def test_a_turn_that_reaches_its_limit_says_so_and_the_session_goes_on(studio: Studio) -> None:
    async with studio.with_claude(max_turns=2).session() as (link, ear):
        await link.send(prompt(1, "tools 5"))
        end = await ear.turn()
        assert end.reason == "limited"
        assert end.error == wording.turns_reached("2")
        assert end.usage.window > 0
        await link.send(prompt(2, "say: further"))
        assert (await ear.turn()).reason == "done"


async def test_an_api_that_takes_no_more_requests_is_a_limit(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CODE_MAX_RETRIES", "1")
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "error 429"))
        end = await ear.turn()
    assert (end.reason, end.error) == ("limited", wording.TOO_MANY_REQUESTS)


async def test_a_subscriptions_usage_limit_is_met_once_and_tells_its_reset(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "no-real-one")
    before = time.time()
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "limit 3600"))
        end = await ear.turn()
        tries = sum(one.kind == "main" for one in studio.model.requests)
        await link.send(prompt(2, "say: further"))
        assert (await ear.turn()).reason == "done"
    assert (end.reason, end.usage_limit, tries) == ("limited", True, 1)
    assert end.time is not None
    assert before + 3599 <= end.time <= time.time() + 3601
    assert [one for one in ear.texts() if "limit" in one] == []  # its own words come with the end alone


async def test_compaction_is_told_while_it_lasts(talk: Talk) -> None:
    await talk.ask("say: hi")
    await talk.ask("/compact", "claude")
    assert [type(one) for one in talk.ear.heard if isinstance(one, Delayed | NoteBlock)] == [Delayed, NoteBlock]
