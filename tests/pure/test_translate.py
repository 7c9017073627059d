"""Messages of Claude Code, in the shapes that it sent, and the events that they become."""

from pathlib import Path
from typing import Any

import pytest

from antiphon.agent.events.event_stream import EventStream
from antiphon.agent.events.translate import translate
from antiphon.agent.json_values import without_surrogates
from antiphon.agent.process import wire
from antiphon.core.blocks import FileChange, Job, NoteBlock, ToolBlock, ToolTraits, Usage
from antiphon.core.events import (
    AgentEvent,
    Delayed,
    JobChanged,
    ReplyStarted,
    SelfStarted,
    TaskChanged,
    ToolFinished,
    TurnEnded,
)
from antiphon.core.values import ToolUseId

ROOT = Path("/srv/app")
Json = dict[str, Any]


def system(subtype: str, **data: Any) -> Json:
    return {"type": "system", "subtype": subtype, "uuid": "u", "session_id": "s", **data}


def calls(id_: str, name: str, given: Json, parent: str | None = None) -> Json:
    block = {"type": "tool_use", "id": id_, "name": name, "input": given}
    message = {"id": "m", "model": "claude-opus-5-5", "content": [block]}
    return {"type": "assistant", "message": message, "parent_tool_use_id": parent, "session_id": "s"}


def result_of(id_: str, content: Any, result: Any = None, *, error: bool = False, parent: str | None = None) -> Json:
    block = {"type": "tool_result", "tool_use_id": id_, "content": content, "is_error": error}
    message = {"role": "user", "content": [block]}
    return {"type": "user", "message": message, "tool_use_result": result, "parent_tool_use_id": parent}


def ended(subtype: str = "success", **fields: Any) -> Json:
    usual = {"duration_ms": 1, "duration_api_ms": 1, "num_turns": 1, "session_id": "s"}
    return {"type": "result", "subtype": subtype, "is_error": subtype != "success", **usual, **fields}


def limit_event(status: str, **info: Any) -> Json:
    return {"type": "rate_limit_event", "uuid": "u", "session_id": "s", "rate_limit_info": {"status": status, **info}}


def heard(*raw: Json) -> list[AgentEvent]:
    stream = EventStream(ROOT)
    return [event for one in raw for event in stream.receive(wire.parsed(one))]


def jobs(*raw: Json) -> list[AgentEvent]:
    return [event for event in heard(*raw) if isinstance(event, Job | JobChanged)]


def the_end(*raw: Json) -> TurnEnded:
    (end,) = (event for event in heard(*raw) if isinstance(event, TurnEnded))
    return end


def test_a_reply_begins_with_the_tokens_that_its_request_held() -> None:
    usage = {"input_tokens": 4, "cache_creation_input_tokens": 77, "cache_read_input_tokens": 13648}
    event = {"type": "message_start", "message": {"id": "m", "usage": usage}}
    raw = {"type": "stream_event", "uuid": "u", "session_id": "s", "event": event, "parent_tool_use_id": None}
    assert translate(wire.parsed(raw)) == (ReplyStarted(13729),)
    assert translate(wire.parsed({**raw, "parent_tool_use_id": "agent-1"})) == ()
    assert translate(wire.parsed({**raw, "event": {"type": "message_start"}})) == (ReplyStarted(0),)


def test_a_call_is_told_with_its_line_and_its_input_in_full() -> None:
    given = {"file_path": "/srv/app/a.txt", "content": "one\ntwo\n"}
    (event,) = translate(wire.parsed(calls("t1", "Write", given)), ROOT)
    assert event == ToolBlock(ToolUseId("t1"), "Write", "a.txt", detail="one\ntwo\n", traits=ToolTraits("edit"))


def test_a_result_carries_what_it_changed_and_an_error_changes_nothing() -> None:
    hunk = {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": ["-a", "+b"]}
    structure = {"filePath": "/srv/app/a.txt", "structuredPatch": [hunk]}
    (event,) = translate(wire.parsed(result_of("t1", "updated", structure)), ROOT)
    diff = "--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-a\n+b"
    assert event == ToolFinished(ToolUseId("t1"), True, "updated", FileChange("a.txt", 1, 1, diff))
    (event,) = translate(wire.parsed(result_of("t1", "Exit code 3\nout", "Error: Exit code 3", error=True)), ROOT)
    assert event == ToolFinished(ToolUseId("t1"), False, "Exit code 3\nout")


def test_what_a_sub_agent_changed_is_known_from_its_call() -> None:
    edit = {"file_path": "/srv/app/a.txt", "old_string": "a", "new_string": "b\nc"}
    events = heard(calls("t1", "Edit", edit, parent="agent"), result_of("t1", "updated", parent="agent"))
    finished = events[-1]
    assert isinstance(finished, ToolFinished)
    assert finished.change is not None
    assert (finished.change.path, finished.change.added, finished.change.removed) == ("a.txt", 2, 1)
    failed = heard(calls("t1", "Edit", edit, parent="agent"), result_of("t1", "no", error=True, parent="agent"))[-1]
    assert failed == ToolFinished(ToolUseId("t1"), False, "no")


def test_the_task_list_follows_what_succeeded() -> None:
    created = {"task": {"id": "1", "subject": "Read the code", "description": "…"}}
    moved = {"success": True, "taskId": "1", "statusChange": {"from": "pending", "to": "in_progress"}}
    deleted = {"success": True, "taskId": "1", "statusChange": {"from": "in_progress", "to": "deleted"}}
    missing = {"success": False, "taskId": "77", "updatedFields": [], "error": "Task not found"}
    events = heard(
        *(result_of(str(n), "ok", one) for n, one in enumerate((created, moved, deleted, missing))),
        result_of("9", "refused", created, error=True),
    )
    assert [event for event in events if isinstance(event, TaskChanged)] == [
        TaskChanged("1", "Read the code", "pending"),
        TaskChanged("1", None, "in_progress"),
        TaskChanged("1", None, "deleted"),
    ]


def test_a_task_gets_its_new_name_and_a_list_tells_all_of_them() -> None:
    renamed = {"success": True, "taskId": "1", "updatedFields": ["subject"]}
    listed = {"tasks": [{"id": "1", "subject": "Other words", "status": "completed"}, "odd"]}
    events = heard(
        calls("a", "TaskUpdate", {"taskId": "1", "subject": "Other words"}),
        result_of("a", "Updated task #1 subject", renamed),
        result_of("b", "#1 [completed] Other words", listed),
    )
    assert [event for event in events if isinstance(event, TaskChanged)] == [
        TaskChanged("1", "Other words", None),
        TaskChanged("1", "Other words", "completed"),
    ]


BEHIND = {"task_id": "j1", "tool_use_id": "t1", "description": "x"}
DONE = {"task_id": "j1", "tool_use_id": "t1", "output_file": "/o", "summary": "exit code 0"}


def test_a_command_in_the_background_has_one_start_and_one_end() -> None:
    events = heard(
        system("task_started", **BEHIND, task_type="local_bash", is_backgrounded=True),
        system("task_updated", task_id="j1", patch={"status": "completed", "end_time": 1}),
        system("task_notification", **DONE, status="completed"),
        system("background_tasks_changed", tasks=[]),
    )
    assert events == [Job("j1", "command", "x"), JobChanged("j1", "exit code 0", "ok")]


def test_a_job_that_is_only_updated_to_its_end_has_ended_too() -> None:
    events = heard(
        system("task_started", **BEHIND, task_type="local_agent", is_backgrounded=True),
        system("task_updated", task_id="j1", patch={"status": "killed"}),
        system("background_tasks_changed", tasks=[]),
        system("task_notification", **DONE, status="stopped"),
    )
    assert events == [Job("j1", "agent", "x"), JobChanged("j1", state="stopped")]


def test_a_command_that_claude_waits_for_is_no_job_until_it_is_sent_behind() -> None:
    started = system("task_started", **BEHIND, task_type="local_bash", is_backgrounded=False)
    assert heard(started, system("task_notification", **DONE, status="completed")) == []
    behind = system("task_updated", task_id="j1", patch={"is_backgrounded": True})
    failed = system("task_notification", **DONE, status="failed")
    assert heard(started, behind, failed) == [
        Job("j1", "command", "x"),
        JobChanged("j1", "exit code 0", "failed"),
    ]


def test_a_sub_agent_tells_what_it_does_and_other_kinds_of_tasks_are_no_jobs() -> None:
    usage = {"total_tokens": 1, "tool_uses": 1, "duration_ms": 1}
    progress = {"task_id": "j1", "description": "Running Count the lines", "usage": usage, "last_tool_name": "Bash"}
    started = system("task_started", **BEHIND, task_type="local_agent", is_backgrounded=False)
    assert heard(started, system("task_progress", **progress))[1] == JobChanged("j1", "Bash: Count the lines")
    assert heard(system("task_started", **BEHIND, task_type="dream"), system("task_progress", **progress)) == []


MINUTE = {"id": "c1", "humanSchedule": "Every minute", "recurring": True, "nextFireAt": 1e12}
WOKEN = {"type": "command_lifecycle", "state": "started", "command_uuid": "x", "wakeup_source": "schedule_wakeup"}
PAST, LATER = 1e12, 1e14  # milliseconds: in 2001, and in 5138


def planned(result: Json, tool: str = "CronCreate", **given: Any) -> tuple[Json, Json]:
    return calls("p", tool, given), result_of("p", "", result)


def test_what_is_planned_is_a_job_until_it_is_over() -> None:
    every = Job("c1", "schedule", "Every minute: look")
    listed = planned({"jobs": []}, "CronList")
    deleted = planned({"id": "c1"}, "CronDelete", id="c1")
    first = planned(MINUTE, prompt="look")
    assert jobs(*first) == [every]
    assert jobs(*first, *listed) == jobs(*first, WOKEN, *listed) == [every, JobChanged("c1", state="ok")]
    assert jobs(*first, *deleted) == [every, JobChanged("c1", state="stopped")]
    assert jobs(*planned({"jobs": [{**MINUTE, "prompt": "look"}]}, "CronList")) == [every]
    refused = result_of("p", "no", MINUTE, error=True)
    assert jobs(calls("p", "CronCreate", {}), refused) == []
    assert jobs(*planned(MINUTE, "mcp__other__CronCreate")) == []


@pytest.mark.parametrize(
    ("first", "title"),
    [
        (planned({**MINUTE, "id": "wake-up", "recurring": False, "nextFireAt": PAST}), "Every minute"),
        (planned({"scheduledFor": PAST}, "ScheduleWakeup", reason="look"), "look"),
    ],
)
def test_what_is_planned_once_is_over_when_it_has_come(first: tuple[Json, Json], title: str) -> None:
    assert jobs(*first, WOKEN) == [Job("wake-up", "schedule", title), JobChanged("wake-up", state="ok")]


def test_another_time_that_comes_leaves_what_is_planned_for_later() -> None:
    assert len(jobs(*planned({"scheduledFor": LATER}, "ScheduleWakeup"), WOKEN)) == 1


def test_a_turn_that_a_schedule_begins_says_so_and_ends_no_other_one() -> None:
    found = heard(WOKEN, ended())
    assert found[0] == SelfStarted()
    assert [one.self_started for one in found if isinstance(one, TurnEnded)] == [True]
    assert not the_end(ended()).self_started


def test_mcp_servers_that_do_not_work_are_told_once() -> None:
    states = {"good": "connected", "slow": "pending", "bad": "failed", "worse": "failed", "shut": "needs-auth"}
    servers = [{"name": name, "status": state} for name, state in states.items()]
    init = {**system("init", mcp_servers=servers), "session_id": "e2f66d23-3444-5651-93f3-249c3a1ce4d6"}
    notes = [event.text for event in heard(init, init) if isinstance(event, NoteBlock)]
    assert [note.rpartition(": ")[2] for note in notes] == ["bad, worse", "shut"]
    assert len(heard({**init, "mcp_servers": "none"})) == 1


def test_compaction_is_what_holds_the_turn_up() -> None:
    assert heard(system("status", status="compacting")) == [Delayed("Summarizing the conversation")]
    assert heard(system("status", status=None, compact_result="success")) == []
    assert heard(system("status", status="requesting")) == []
    failed = heard(system("status", status=None, compact_result="failed", compact_error="too short"))
    assert failed == [NoteBlock("The conversation could not be summarized: too short")]


def test_the_context_is_that_of_the_model_that_did_most() -> None:
    models = {
        "small": {"inputTokens": 10, "contextWindow": 200_000},
        "large": {"inputTokens": 4, "cacheReadInputTokens": 900, "contextWindow": 1_000_000},
    }
    usage = {"input_tokens": 4, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 6, "output_tokens": 7}
    end = the_end(ended(usage=usage, modelUsage=models, total_cost_usd=0.5))
    assert end == TurnEnded("done", None, Usage(0.5, 910, 900, 7, 1_000_000))
    assert the_end(ended()).usage == Usage()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            ended("error_max_turns", errors=["Reached maximum number of turns (2)"], terminal_reason="max_turns"),
            "limit of 2 model requests",
        ),
        (ended("error_max_budget_usd", errors=["Reached maximum budget ($0.1)"]), "has used up its budget"),
        (
            ended(is_error=True, result="API Error: Request rejected (429)", api_error_status=429),
            "Too many requests",
        ),
        (ended(is_error=True, result="You've hit your session limit · resets 3pm"), "usage limit is reached"),
        (ended(is_error=True, result="Claude AI usage limit reached|1795250000"), "usage limit is reached"),
    ],
)
def test_a_turn_that_a_limit_ends_says_what_can_be_done(raw: Json, said: str) -> None:
    end = the_end(raw)
    assert end.reason == "limited"
    assert said in (end.error or "")
    assert "Continue" in (end.error or "")


def test_claude_codes_words_are_kept_where_they_alone_may_tell_when_a_limit_is_reset() -> None:
    end = the_end(ended(is_error=True, result="You've hit your session limit · resets 3pm"))
    assert "resets 3pm" in (end.error or "")
    assert (end.usage_limit, end.time) == (True, None)


def test_a_limit_of_ours_is_no_usage_limit() -> None:
    words = "Reached maximum number of turns (2). You've hit your limit"
    assert not the_end(ended("error_max_turns", errors=[words])).usage_limit
    assert not the_end(ended(is_error=True, result="API Error: 429", api_error_status=429)).usage_limit


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (ended(is_error=True, result="Failed to authenticate. API Error: 401 x", api_error_status=401), "log in again"),
        (
            ended(is_error=True, result="Failed to authenticate. API Error: 403 x", api_error_status=403),
            "refused the request",
        ),
        (ended(is_error=True, result="API Error: 529 x", api_error_status=529), "is overloaded"),
        (ended(is_error=True, result="API Error: 500 x", api_error_status=500), "had a problem (status 500)"),
        (ended(is_error=True, result="Credit balance is too low", api_error_status=400), "no credit left"),
        (ended(is_error=True, result="Request too large", api_error_status=413), "too large for one request"),
        (
            ended(
                is_error=True, result="Prompt is too long · x", api_error_status=400, terminal_reason="prompt_too_long"
            ),
            "/compact",
        ),
        (
            ended(
                is_error=True,
                result="API Error: Connection refused (ECONNREFUSED) — a proxy may be blocking it. Check the gateway",
                terminal_reason="api_error",
            ),
            "Check the machine's network, then try again. (Connection refused (ECONNREFUSED))",
        ),
        (
            ended(is_error=True, result="API Error: 400 odd", api_error_status=400),
            "says: API Error: 400 odd",
        ),
        (ended(is_error=True, result="Something else"), "Something else"),
    ],
)
def test_the_usual_causes_of_a_failure_say_what_they_mean_and_what_to_do(raw: Json, said: str) -> None:
    end = the_end(raw)
    assert end.reason == "failed"
    assert said in (end.error or "")
    assert "gateway" not in (end.error or "")


def test_a_tool_that_was_stopped_is_no_failure() -> None:
    stream = EventStream(Path("/work"))
    stream.interrupted = True
    found = stream.receive(wire.parsed(result_of("t1", "The user doesn't want to proceed", error=True)))
    assert [(one.ok, one.cut) for one in found if isinstance(one, ToolFinished)] == [(False, True)]
    stream.receive(wire.parsed(ended()))
    again = stream.receive(wire.parsed(result_of("t2", "Exit code 1", error=True)))
    assert [(one.ok, one.cut) for one in again if isinstance(one, ToolFinished)] == [(False, False)]


def test_the_file_in_which_claude_code_keeps_a_plan_is_no_change_of_the_project() -> None:
    def quiet(path: str) -> bool:
        (tool,) = heard(calls("t1", "Write", {"file_path": path, "content": "# Plan"}))
        assert isinstance(tool, ToolBlock)
        return tool.traits.quiet

    assert quiet("/home/ada/.claude/plans/brave-little-plan.md")
    assert not quiet(f"{ROOT}/plans/plan.md")
    assert not quiet("/home/ada/plans/notes.txt")


def test_a_full_context_is_no_usage_limit() -> None:
    end = the_end(ended(is_error=True, result="Context limit reached · /compact or /clear to continue"))
    assert end.reason == "failed"


def test_an_error_after_a_refusal_is_a_limit_with_its_end_and_the_next_turn_knows_nothing_of_it() -> None:
    refused = limit_event("rejected", resetsAt=1_795_250_000, rateLimitType="five_hour")
    failed = ended(is_error=True, result="You've hit your 5-hour limit · resets 9am (UTC)", api_error_status=429)
    (end,) = heard(refused, failed)
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("limited", "Claude's usage limit is reached. It resets {time}.")
    assert end.usage_limit
    assert end.time == 1_795_250_000
    other = ended(is_error=True, result="Request refused", api_error_status=400)
    assert the_end(refused, other).reason == "limited"
    events = heard(refused, ended(), other)
    assert [event.reason for event in events if isinstance(event, TurnEnded)] == ["done", "failed"]


def test_the_usage_limit_is_told_with_its_window_and_when_it_is_reset() -> None:
    warning = limit_event("allowed_warning", resetsAt=17, rateLimitType="five_hour", utilization=0.92)
    assert heard(warning) == [
        NoteBlock("Claude's usage limit for the 5-hour window is 92% used; it resets {time}.", 17.0)
    ]
    assert heard(limit_event("rejected", rateLimitType="seven_day", overageStatus="allowed"), ended()) == [
        NoteBlock("Claude's usage limit for the week is reached. Extra usage is being charged."),
        TurnEnded("done"),
    ]
    assert heard(limit_event("allowed")) == []


@pytest.mark.parametrize(
    ("content", "ok"),
    [
        ({"type": "advisor_result", "text": "yes"}, True),
        ({"type": "web_fetch_tool_result_error", "error_code": "unavailable"}, False),
        ([{"type": "web_search_result", "url": "https://example.org"}], True),
    ],
    ids=["result", "error", "list"],
)
def test_a_server_tools_result_has_many_shapes(content: Any, ok: bool) -> None:
    block = {"type": "advisor_tool_result", "tool_use_id": "srv", "content": content}
    message = {"id": "m", "model": "claude-opus-5-5", "content": [block]}
    parsed = wire.parsed({"type": "assistant", "message": message, "session_id": "s"})
    assert translate(parsed) == (ToolFinished(ToolUseId("srv"), ok, ""),)


@pytest.mark.parametrize("given", [None, "", 5, [], ["a"], {"command": None}, {"subject": 1}])
@pytest.mark.parametrize("tool", ["Bash", "TaskUpdate", "AskUserQuestion", "Edit"])
@pytest.mark.parametrize("parent", [None, "call"])
def test_what_the_model_writes_as_a_tools_input_may_be_anything(given: Any, tool: str, parent: str | None) -> None:
    (event,) = EventStream(ROOT).receive(wire.parsed(calls("t", tool, given, parent)))
    assert isinstance(event, ToolBlock)


def test_halves_of_characters_are_replaced_and_whole_ones_are_left() -> None:
    (event,) = translate(wire.parsed(result_of("t", "cut \ud83d", {"stdout": ["\ud83d\ude00 ü 😀"]})))
    assert event == ToolFinished(ToolUseId("t"), True, "cut \ufffd")
    assert without_surrogates({"a": ["\ud83d\ude00 ü 😀", None, 1.5]}) == {"a": ["😀 ü 😀", None, 1.5]}


def test_the_progress_of_a_long_tool_is_known_and_says_nothing() -> None:
    assert translate(wire.parsed({"type": "tool_progress", "tool_use_id": "t", "elapsed_time_seconds": 30})) == ()


def test_what_claude_code_itself_answers_is_shown_once() -> None:
    stream = EventStream(ROOT)
    own = wire.parsed(ended(result="/status isn't available in this environment.", num_turns=0))
    note, end = stream.receive(own)
    assert (note, getattr(end, "reason", "")) == (NoteBlock("/status isn't available in this environment."), "done")
    assert len(stream.receive(wire.parsed(ended(result="all done", num_turns=1)))) == 1


@pytest.mark.parametrize(
    "stdout", [None, "", "{", "[]", "7", '{"continue": true}', "[" * 100_000, '{"continue": false}']
)
def test_what_a_hook_prints_may_be_anything(stdout: Any) -> None:
    stream = EventStream(ROOT)
    assert stream.receive(wire.parsed(system("hook_response", hook_event="PreToolUse", stdout=stdout))) == ()
    (end,) = stream.receive(wire.parsed(ended(terminal_reason="hook_stopped")))
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == (
        "failed",
        "A hook in Claude Code's settings stopped Claude here: it gives no reason.",
    )
