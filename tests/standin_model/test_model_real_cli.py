"""The real Claude Code CLI against the scripted model: what the scripts promise really happens."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from antiphon.standin.model import Pace, ScriptedModel, long_text
from standin_model.sdk_driver import drive

from environment import from_nothing, replace_environment

pytestmark = pytest.mark.timeout(25)


@pytest.fixture
async def model() -> AsyncGenerator[ScriptedModel]:
    async with ScriptedModel(pace=Pace.instant()) as model:
        yield model


class Room:
    """A directory in which the CLI works, a home for its sessions, and what it said."""

    def __init__(self, root: Path, model: ScriptedModel) -> None:
        self.home = root / "home"
        self.project = root / "project"
        self.home.mkdir(exist_ok=True)
        self.project.mkdir(exist_ok=True)
        self.model = model

    async def run(self, *prompts: str, options: dict[str, Any] | None = None, **order: Any) -> list[dict[str, Any]]:
        """Run prompts in one session of a fresh CLI, and return every message of the SDK."""
        return await drive(prompts, {"cwd": str(self.project), **(options or {})}, **order)


@pytest.fixture
def room(tmp_path: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Room:
    room = Room(tmp_path, model)
    replace_environment(monkeypatch, from_nothing(room.home, model.url))
    return room


def blocks(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block for message in messages if message["kind"] == "AssistantMessage" for block in message["content"]]


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [block["text"] for block in blocks(messages) if "text" in block]


def calls(messages: list[dict[str, Any]]) -> list[str]:
    return [block["name"] for block in blocks(messages) if "name" in block]


async def test_text_and_thinking_arrive_to_the_character(room: Room) -> None:
    messages = await room.run("long 4000", "think: is it so?")
    assert texts(messages) == [long_text(4000), "I have thought about it."]
    assert [block["thinking"] for block in blocks(messages) if "thinking" in block] == ["is it so?"]
    assert [request.kind for request in room.model.requests] == ["main", "main"]


async def test_commands_and_edits_really_happen(room: Room) -> None:
    file = room.project / "notes.txt"
    file.write_text("alpha\nbeta\n")
    messages = await room.run(
        "bash: echo made > made.txt; cat made.txt",
        "edit notes.txt\nedit new.txt",
        "ask",  # nobody answers here, so the tool does not exist
        options={"allowed_tools": ["Bash", "Edit", "Write"]},
    )
    assert (room.project / "made.txt").read_text() == "made\n"
    assert file.read_text() == "alpha (edited)\nbeta\n"
    assert (room.project / "new.txt").exists()
    assert calls(messages) == ["Bash", "Read", "Edit", "Read", "Write"]
    assert texts(messages)[0] == "The first line of the result: made"
    assert texts(messages)[-1] == "I would use the tool AskUserQuestion now, but it does not exist in this session."


async def test_many_tools_run_one_after_the_other_and_several_at_once(room: Room) -> None:
    (room.project / "README.md").write_text("# Read me\n")
    messages = await room.run("tools 10\nparallel 3")
    assert texts(messages)[0] == "10 tool calls done, 0 of them failed."
    assert texts(messages)[1].splitlines()[2] == "The first line of the result: parallel 3"
    assert len(calls(messages)) == 13
    assert len(room.model.requests) == 12


async def test_a_refusal_comes_back_as_a_text_with_its_reason(room: Room) -> None:
    messages = await room.run("bash: touch made.txt", decision="deny")
    assert texts(messages) == ["That was denied: Not on a Friday."]
    assert not (room.project / "made.txt").exists()


async def test_questions_and_a_plan_are_put_to_the_person(room: Room) -> None:
    messages = await room.run("ask 3", "plan", decision="allow")
    answer, planned = texts(messages)
    assert '"Which checks should run before a commit?"="Tests"' in answer
    assert planned == "The plan is approved, so I begin."
    last = [block for block in blocks(messages) if "name" in block][-1]
    assert last["name"] == "ExitPlanMode"
    assert last["input"]["plan"].startswith("# Plan")


async def test_an_overloaded_model_and_a_cut_stream_are_tried_again(room: Room) -> None:
    messages = await room.run("error 529 1\ncut 1")
    retries = [m["data"]["error_status"] for m in messages if m.get("subtype") == "api_retry"]
    # A broken stream is told as a retry nine times in ten (measured): the CLI may also begin anew without a word, or
    # keep what had come of the answer and ask for the rest, which the scripted model then says in full.
    assert retries in ([529], [529, None])
    assert texts(messages)[-2:] == ["The error 529 is over.", "The connection holds again."]
    assert [request.finished for request in room.model.requests] == [True, False, True]


async def test_a_refused_key_is_told_at_the_first_try(room: Room) -> None:
    messages = await room.run("error 401", stop_at="api_retry")
    assert messages[-1]["data"]["error"] == "authentication_failed"


async def test_a_failed_prompt_is_not_met_again_by_the_next_one(room: Room) -> None:
    messages = await room.run("error 400", "say: better")
    assert [m["is_error"] for m in messages if m["kind"] == "ResultMessage"] == [True, False]
    assert texts(messages)[1:] == ["better"]


async def test_what_comes_in_during_a_turn_is_done_in_it(room: Room) -> None:
    messages = await room.run("bash: sleep 1 && echo slept\nsay: first", steer="say: second")
    assert texts(messages)[-2:] == ["first", "second"]
    assert room.model.requests[-1].prompt == "say: second"


async def test_words_survive_a_compaction_and_a_resume_with_another_model(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = await room.run("remember apple", "/compact", "remember pear")
    assert [request.script for request in room.model.requests] == ["remember", "compact", "remember"]
    session = next(m["session_id"] for m in messages if m["kind"] == "ResultMessage")
    async with ScriptedModel(pace=Pace.instant()) as other:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", other.url)
        messages = await room.run("recall", options={"resume": session})
    assert texts(messages) == ["You asked me to remember: apple, pear"]
