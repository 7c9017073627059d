"""What hooks of Claude Code's settings say is told, and a turn that one of them ended does not look done."""

import json
from collections.abc import Mapping

import pytest

from antiphon.agent import wording
from antiphon.core.blocks import NoteBlock
from antiphon.core.events import TurnEnded, UnknownMessage
from studio import Ear, Studio, say


def printing(**answer: object) -> str:
    return f"echo '{json.dumps(answer)}'"


async def turn_with(studio: Studio, hooks: Mapping[str, str], text: str = "bash: echo hi") -> Ear:
    """A turn in a project with these hooks: the event's name and the command."""
    settings = studio.project.directory / ".claude" / "settings.json"
    settings.parent.mkdir()
    found = {name: [{"hooks": [{"type": "command", "command": command}]}] for name, command in hooks.items()}
    settings.write_text(json.dumps({"hooks": found}))
    async with studio.session() as (link, ear):
        await say(link, ear, 1, text)
    assert not ear.all(UnknownMessage)
    return ear


def end(ear: Ear) -> TurnEnded:
    (found,) = ear.all(TurnEnded)
    return found


@pytest.mark.parametrize(
    "hook",
    [
        "echo not on Sundays >&2; exit 2",
        printing(decision="block", reason="not on Sundays"),
        printing(**{"continue": False, "stopReason": "not on Sundays"}),
    ],
    ids=["exit code", "decision", "continue"],
)
async def test_a_prompt_that_a_hook_blocks_fails_with_the_hooks_words(studio: Studio, hook: str) -> None:
    ear = await turn_with(studio, {"UserPromptSubmit": hook})
    assert end(ear).reason == "failed"
    assert end(ear).error == wording.prompt_blocked("not on Sundays")  # the prompt itself is not repeated


@pytest.mark.parametrize("when", ["PreToolUse", "PostToolUse"])
async def test_a_turn_that_a_tools_hook_ends_is_not_done(studio: Studio, when: str) -> None:
    ear = await turn_with(studio, {when: printing(**{"continue": False, "stopReason": "enough for today"})})
    assert end(ear).reason == "failed"
    assert end(ear).error == wording.stopped_by_hook("enough for today")


async def test_what_hooks_tell_people_is_a_note(studio: Studio) -> None:
    once = printing(decision="block", reason="run the tests, too")
    hooks = {"PreToolUse": printing(systemMessage="careful there"), "Stop": f"test -e x || {{ touch x; {once}; }}"}
    ear = await turn_with(studio, hooks)
    assert end(ear).reason == "done"
    first, second = [note.text for note in ear.all(NoteBlock)]
    assert "careful there" in first
    assert second == wording.stop_hook("run the tests, too")


async def test_a_hook_that_fails_or_says_nothing_changes_nothing(studio: Studio) -> None:
    ear = await turn_with(studio, {"UserPromptSubmit": "echo oops >&2; exit 1", "PreToolUse": "true"})
    assert end(ear).reason == "done"
    assert not ear.all(NoteBlock)
