"""What the scripted model answers is a function of the messages alone."""

from typing import Any

import pytest

from antiphon.standin.model import SCRIPTS, count_text, long_text, scripts, stream_text
from antiphon.standin.model.acts import Call, Fault, Reply, Result, Text, Thinking
from antiphon.standin.model.planning import plan
from antiphon.standin.model.reading import read
from antiphon.standin.model.scene import is_denial
from antiphon.standin.model.scripts import triggers

TOOLS = ("Bash", "Read", "Edit", "Write", "Agent", "AskUserQuestion", "ToolSearch")
Message = dict[str, Any]


def person(*texts: str) -> Message:
    return {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}


def claude(*texts: str) -> Message:
    return {"role": "assistant", "content": [{"type": "text", "text": text} for text in texts]}


def goes_on(messages: list[Message], reply: Reply, *results: str, error: bool = False) -> list[Message]:
    """The conversation after the CLI has run the calls of a reply."""
    calls = [block for block in reply.blocks if isinstance(block, Call)]
    assert len(calls) == len(results)
    ids = [f"toolu_{len(messages)}_{index}" for index in range(len(calls))]
    uses = [
        {"type": "tool_use", "id": id_, "name": call.tool, "input": call.input}
        for id_, call in zip(ids, calls, strict=True)
    ]
    back = [
        {"type": "tool_result", "tool_use_id": id_, "content": result, "is_error": error}
        for id_, result in zip(ids, results, strict=True)
    ]
    said = [{"type": "text", "text": block.text} for block in reply.blocks if isinstance(block, Text)]
    return [*messages, {"role": "assistant", "content": said + uses}, {"role": "user", "content": back}]


def spoken(reply: Reply) -> str:
    return "\n".join(block.text for block in reply.blocks if isinstance(block, Text))


def called(reply: Reply) -> list[str]:
    return [block.tool for block in reply.blocks if isinstance(block, Call)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_example_is_a_trigger_of_its_own_script(script: Any) -> None:
    assert [found.name for found, _ in triggers(script.example)] == [script.name]
    assert plan([person(script.example)], TOOLS).script == script.name
    assert f"| `{script.name}" in str(scripts.__doc__) or f", `{script.name}`" in str(scripts.__doc__)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("say: Hello **you**", "Hello **you**"),
        ("SAY: one\\ntwo", "one\ntwo"),
        ("count 5", count_text(5)),
        ("long 700", long_text(700)),
        ("stream 99 50", stream_text(99)),
    ],
)
def test_text_scripts_answer_exactly(prompt: str, text: str) -> None:
    reply = plan([person(prompt)], ())
    assert reply.blocks == (Text(text),)
    assert reply.stop_reason == "end_turn"


def test_a_stream_has_a_rate_of_its_own() -> None:
    rate = plan([person("stream 99 50")], ()).rate
    assert rate is not None
    assert rate.tokens_per_second == 50


def test_a_trigger_is_found_on_any_line_of_a_prompt_with_context_around_it() -> None:
    prompt = "From Ada in #general, 3 minutes late:\n\n  say: found\n\n(2 files attached)"
    assert spoken(plan([person("<system-reminder>\nsay: not me\n</system-reminder>", prompt)], ())) == "found"


@pytest.mark.parametrize("prompt", ["please say: no", "plan the release", "count the files", "edit it please", ""])
def test_ordinary_words_are_no_trigger(prompt: str) -> None:
    assert triggers(prompt) == ()


def test_anything_else_is_answered_with_its_first_words() -> None:
    reply = plan([person("Could you look at the login?")], TOOLS)
    assert "Could you look at the login?" in spoken(reply)
    assert "only a script" in spoken(reply)


def test_lines_run_in_order_as_steps_of_one_turn() -> None:
    messages = [person("say: first\nbash: date\nthink: hm\nsay: last")]
    reply = plan(messages, TOOLS)
    assert reply.blocks[0] == Text("first")
    assert called(reply) == ["Bash"]
    assert reply.stop_reason == "tool_use"
    reply = plan(goes_on(messages, reply, "2026\nmore"), TOOLS)
    assert reply.blocks[0] == Text("The first line of the result: 2026")
    assert reply.blocks[1] == Thinking("hm")
    assert reply.blocks[-1] == Text("last")
    assert reply.stop_reason == "end_turn"


def test_a_turn_of_many_tools_counts_what_has_been_answered() -> None:
    messages = [person("tools 4")]
    for _ in range(4):
        reply = plan(messages, TOOLS)
        assert len(called(reply)) == 1
        messages = goes_on(messages, reply, "fine")
    assert spoken(plan(messages, TOOLS)) == "4 tool calls done, 0 of them failed."


def test_parallel_calls_stand_in_one_message() -> None:
    messages = [person("parallel 3")]
    reply = plan(messages, TOOLS)
    assert called(reply) == ["Bash"] * 3
    assert spoken(plan(goes_on(messages, reply, "a", "b", "c"), TOOLS)).endswith(": c")


def test_a_new_prompt_begins_anew_whatever_tools_ran_before() -> None:
    messages = [person("bash: date")]
    messages = goes_on(messages, plan(messages, TOOLS), "2026")
    assert called(plan([*messages, claude("done"), person("bash: date")], TOOLS)) == ["Bash"]


def test_a_file_that_is_there_is_edited_and_a_new_one_is_written() -> None:
    messages = [person("edit a.txt"), {"role": "system", "content": " - Primary working directory: /home/x\n"}]
    read = plan(messages, TOOLS)
    assert read.blocks[-1] == Call("Read", {"file_path": "/home/x/a.txt"})
    edit = plan(goes_on(messages, read, "1\talpha\n2\tbeta"), TOOLS).blocks[-1]
    assert isinstance(edit, Call)
    assert (edit.tool, edit.input["old_string"], edit.input["new_string"]) == ("Edit", "alpha", "alpha (edited)")
    assert called(plan(goes_on(messages, read, "File does not exist.", error=True), TOOLS)) == ["Write"]


def test_a_tool_that_does_not_exist_is_named_instead_of_called() -> None:
    for prompt in ("bash: date", "edit a.txt", "tools 2", "parallel 2", "steps", "ask", "plan", "tasks", "agent: x"):
        reply = plan([person(prompt)], ())
        assert "does not exist in this session" in spoken(reply)
        assert reply.stop_reason == "end_turn"


def test_a_tool_without_its_schema_is_loaded_before_it_is_called() -> None:
    note = "The following deferred tools are now available via ToolSearch: load them.\nTaskCreate\nTaskUpdate\n\nx"
    messages = [person("tasks"), {"role": "system", "content": note}]
    load = plan(messages, TOOLS)
    assert load.blocks == (Call("ToolSearch", {"query": "select:TaskCreate", "max_results": 1}),)
    messages = goes_on(messages, load, "loaded")
    messages[-1]["content"].append({"type": "text", "text": "Tool loaded."})
    assert called(plan(messages, (*TOOLS, "TaskCreate"))) == ["TaskCreate"]


def test_any_tool_can_be_called_with_an_input_of_json() -> None:
    reply = plan([person('call mcp__room__post {"text": "hi"}')], ("mcp__room__post",))
    assert reply.blocks == (Call("mcp__room__post", {"text": "hi"}),)
    assert "no JSON" in spoken(plan([person("call Bash {x}")], TOOLS))


def test_a_refusal_is_told_apart_from_a_failure() -> None:
    assert is_denial(Result("No, not today.", is_error=True))
    assert not is_denial(Result("Exit code 1\nboom", is_error=True))
    assert not is_denial(Result("No, not today.", is_error=False))
    messages = [person("bash: date")]
    reply = plan(messages, TOOLS)
    long_refusal = "The user doesn't want to proceed. To tell you how to proceed, the user said:\nUse main."
    assert spoken(plan(goes_on(messages, reply, long_refusal, error=True), TOOLS)) == "That was denied: Use main."


def test_what_comes_in_during_a_turn_is_done_after_what_it_began_with() -> None:
    steering = "The user sent a new message while you were working:\nsay: second\n\nThis is how Claude Code does it."
    messages = [person("bash: date\nsay: first")]
    messages = goes_on(messages, plan(messages, TOOLS), "2026")
    with_system = plan([*messages, {"role": "system", "content": steering}], TOOLS)
    assert [block.text for block in with_system.blocks if isinstance(block, Text)][1:] == ["first", "second"]
    messages[-1]["content"][0]["content"] += f"\n\n<system-reminder>\n{steering}\n</system-reminder>"
    assert plan(messages, TOOLS) == with_system


def test_an_interrupted_turn_is_over() -> None:
    messages = [person("tools 9")]
    messages = goes_on(messages, plan(messages, TOOLS), "fine")
    messages = [*messages, person("[Request interrupted by user for tool use]"), person("say: new")]
    assert spoken(plan(messages, TOOLS)) == "new"


def test_a_failed_prompt_that_is_sent_along_with_the_next_is_passed_over() -> None:
    assert spoken(plan([person("error 400\n", "say: better")], ())) == "better"
    assert spoken(plan([person("say: one", "say: two")], ())) == "one\ntwo"


def test_a_note_of_a_finished_task_starts_a_turn_although_it_comes_as_a_reminder() -> None:
    note = "<system-reminder>\n<task-notification>\n<result>all\ngood</result></task-notification>\n</system-reminder>"
    messages = [person("agent: say: x")]
    messages = [*goes_on(messages, plan(messages, TOOLS), "Async agent launched successfully."), claude("at work")]
    assert spoken(plan([*messages, person(note)], TOOLS)) == "The background task has ended: all\ngood"


def test_recall_names_every_word_of_earlier_prompts_and_of_a_summary() -> None:
    summary = spoken(
        plan([person("remember pear"), claude("yes"), person("Please create a detailed summary of it")], ())
    )
    assert "<summary>" in summary
    continued = f"This session is being continued from a previous conversation.\n{summary}"
    messages = [person(continued), person("remember apple"), claude("ok"), person("remember pear"), claude("ok")]
    assert spoken(plan([*messages, person("recall")], ())).endswith(": pear, apple")
    assert spoken(plan([person("recall")], ())).endswith("nothing.")


def test_faults_are_met_as_often_as_they_say_and_in_order() -> None:
    messages = [person("error 529 2\ncut 1\nsay: through")]
    met = [plan(messages, (), faults_served=served).fault for served in range(4)]
    assert [fault and fault.kind for fault in met] == ["error", "error", "cut", None]
    assert spoken(plan(messages, (), faults_served=3)).endswith("through")
    assert plan([person("error 500")], (), faults_served=99).fault == Fault("error", status=500)


def test_an_error_can_have_words_of_its_own() -> None:
    said = plan([person("error 400 2: credit: too low\nsay: paid")], ())
    assert said.fault == Fault("error", status=400, times=2, words="credit: too low")
    assert spoken(plan([person("error 400 2: credit: too low\nsay: paid")], (), faults_served=2)).endswith("paid")
    assert plan([person("error 400: too long")], ()).fault == Fault("error", status=400, words="too long")


def test_a_fault_that_tools_came_after_is_over_also_for_an_instance_that_has_not_seen_it() -> None:
    messages = [person("error 529 1\nbash: date")]
    messages = goes_on(messages, plan(messages, TOOLS, faults_served=1), "2026")
    assert plan(messages, TOOLS).fault is None
    assert spoken(plan(messages, TOOLS)).endswith("2026")


def test_plan_mode_is_entered_and_the_plan_goes_into_the_file_that_the_cli_names() -> None:
    tools = (*TOOLS, "EnterPlanMode", "ExitPlanMode")
    messages = [person("plan")]
    enter = plan(messages, tools)
    assert called(enter) == ["EnterPlanMode"]
    messages = goes_on(messages, enter, "Entered plan mode.")
    messages.append(
        {"role": "system", "content": "Plan mode is active. You should create your plan at /c/plans/a.md using it."}
    )
    write = plan(messages, tools)
    assert isinstance(write.blocks[-1], Call)
    assert write.blocks[-1].input["file_path"] == "/c/plans/a.md"
    messages = goes_on(messages, write, "written")
    leave = plan(messages, tools)
    assert called(leave) == ["ExitPlanMode"]
    assert spoken(plan(goes_on(messages, leave, "yes"), tools)) == "The plan is approved, so I begin."
    assert spoken(plan(goes_on(messages, leave, "Shorter.", error=True), tools)) == "That was denied: Shorter."


def test_a_turn_that_goes_on_after_a_cut_is_the_same_turn() -> None:
    messages = [
        {"role": "user", "content": "error 529 1\ncut 1"},
        {"role": "assistant", "content": "The error 529 is over."},
        {"role": "user", "content": "Your response above was cut off mid-stream. Resume directly from where it stops."},
    ]
    reading = read(messages)
    assert (reading.prompt, reading.answered) == ("error 529 1\ncut 1", 0)


_LOST = "[Tool call interrupted: the session ended before this call's result was recorded, so its outcome is unknown.]"
_RESTARTED = "[Relay] It was started again. Meanwhile this was said:\n"  # the words of no program that there is


def resumed(prompt: str, line: str, lost: str = _LOST) -> Reply:
    """What comes first in the new process, where the old one ended while it asked."""
    messages = [person(prompt)]
    messages = goes_on(messages, plan(messages, TOOLS), lost, error=True)
    return plan([*messages, claude("No response requested."), person(f"{_RESTARTED}- {line}\nGo on.")], TOOLS)


@pytest.mark.parametrize("lost", [_LOST, "Tool permission request failed: AbortError: Tool permission stream closed"])
def test_a_call_that_was_allowed_after_a_restart_is_made_again(lost: str) -> None:
    reply = resumed("bash: date", "Ada has allowed Bash (date): make the same call again, it will not be asked.", lost)
    assert called(reply) == ["Bash"]


def test_a_denial_after_a_restart_is_the_calls_result() -> None:
    reply = resumed("bash: date", "Bash (date) was denied by Ada: Not today.")
    assert spoken(reply) == "That was denied: Bash (date) was denied by Ada: Not today."


def test_answers_after_a_restart_are_the_questions_result() -> None:
    reply = resumed("ask 2", "Database: SQLite\n- Checks: Types")
    assert spoken(reply).endswith("Database: SQLite; Checks: Types")


def test_an_approval_after_a_restart_is_the_plans_result() -> None:
    messages = [person("plan\nsay: last")]
    messages = goes_on(messages, plan(messages, ("ExitPlanMode", "Write")), _LOST, error=True)
    notice = person(f"{_RESTARTED}- The plan is good.\nGo on.")
    reply = plan([*messages, claude("No response requested."), notice], ("ExitPlanMode", "Write"))
    assert spoken(reply) == "The plan is approved, so I begin.\nlast"


def test_what_is_said_right_after_a_notice_is_a_part_of_the_turn() -> None:
    """The CLI hands both over in one message, where the process has just begun."""
    asked = person("bash: make\nsay: first")
    messages = goes_on([asked], plan([asked], TOOLS), "[Tool call interrupted: it never ran]", error=True)
    notice = person(f"{_RESTARTED}- Ada has allowed Bash (make): make the same call again.\nGo on.", "say: second")
    messages = [*messages, claude("No response requested."), notice]
    reply = plan(messages, TOOLS)
    assert called(reply) == ["Bash"]
    assert spoken(plan(goes_on(messages, reply, "made"), TOOLS)).endswith("first\nsecond")


def test_a_notice_that_lists_nothing_answers_nothing() -> None:
    messages = [person("ask")]
    messages = goes_on(messages, plan(messages, TOOLS), _LOST, error=True)
    assert called(plan([*messages, person("[Relay] It was started again.")], TOOLS)) == ["AskUserQuestion"]


def test_what_was_done_before_the_restart_stays_done() -> None:
    messages = [person("bash: one\nbash: two\nsay: last")]
    messages = goes_on(messages, plan(messages, TOOLS), "1")
    messages = goes_on(messages, plan(messages, TOOLS), _LOST, error=True)
    messages += [claude("No response requested."), person(f"{_RESTARTED}- Ada has allowed Bash (two): again.")]
    reply = plan(messages, TOOLS)
    assert called(reply) == ["Bash"]
    assert [block.input["command"] for block in reply.blocks if isinstance(block, Call)] == ["two"]
    assert spoken(plan(goes_on(messages, reply, "2"), TOOLS)) == "The first line of the result: 2\nlast"
