"""What is asked of a live process besides prompts: choices, the context, going back."""

import asyncio
from dataclasses import replace
from typing import get_args

import pytest

from antiphon.agent import wording
from antiphon.core.blocks import ToolBlock
from antiphon.core.requests import Rewind
from antiphon.core.values import Choices, PermissionMode, Prompt
from antiphon.errors import AgentError
from studio import Ear, Studio, Talk, say

from fakes import SESSION, prompt


def back(to: Prompt, **wanted: bool) -> Rewind:
    return Rewind(to.turn, **wanted)


async def test_the_context_is_told_in_figures(studio: Studio) -> None:
    (studio.project.directory / "CLAUDE.md").write_text("Be brief.\n")
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "say: hello")
        told = await link.context()
    assert 0 < told.total < told.max
    assert told.percent == round(100 * told.total / told.max)
    assert told.model.startswith("claude-")
    assert told.memory == (str(studio.project.directory / "CLAUDE.md"),)
    assert "Messages" in [one.name for one in told.categories]
    assert "Free space" not in [one.name for one in told.categories]


async def test_files_are_put_back_to_the_byte(studio: Studio) -> None:
    work = studio.project.directory
    readme, before = work / "README.md", b"one\r\ntwo\n\xc3\xa9\n"
    readme.write_bytes(before)
    async with studio.with_claude(permission_mode="acceptEdits").session() as (link, ear):
        await say(link, ear, 1, "say: hello")
        changing = await say(link, ear, 2, "edit README.md\nwrite new.txt: fresh")
        after = readme.read_bytes()
        assert after != before
        preview = await link.rewind(back(changing, files=True, dry=True))
        assert sorted(preview.files) == ["README.md", "new.txt"]
        assert preview.added + preview.removed > 0
        assert not preview.done
        assert readme.read_bytes() == after
        assert (await link.rewind(back(changing, files=True))).done
        assert readme.read_bytes() == before
        assert not (work / "new.txt").exists()
        await say(link, ear, 3, "recall")


async def test_the_conversation_is_cut_before_a_prompt(talk: Talk) -> None:
    await talk.ask("remember ash")
    target = await talk.send("remember beech")
    await talk.ear.turn()
    await talk.ask("remember cedar")
    assert (await talk.link.rewind(back(target, conversation=True))).done
    await talk.ask("recall")
    assert "ash" in talk.ear.texts()[-1]
    assert "beech" not in talk.ear.texts()[-1]
    assert "cedar" not in talk.ear.texts()[-1]


async def test_a_cut_after_a_resume_finds_the_newest_prompt(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        target = await say(link, ear, 1, "remember one")
        await say(link, ear, 2, "/effort low", "claude")
    async with studio.session() as (link, ear):
        with pytest.raises(AgentError, match=wording.MESSAGE_NOT_IN_CONVERSATION):
            await link.rewind(back(prompt(9), conversation=True, dry=True))
        await link.rewind(back(target, conversation=True, dry=True))
        assert (await link.rewind(back(target, conversation=True))).done
        await say(link, ear, 3, "recall")
        assert "one" not in ear.texts()[-1]


async def test_a_cut_works_after_a_clear_and_behind_a_compaction(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await say(link, ear, 1, "remember one")
        await say(link, ear, 2, "/clear", "claude")
        await say(link, ear, 3, "remember three")
        target = await say(link, ear, 4, "remember four")
        await say(link, ear, 5, "/compact", "claude")
        await say(link, ear, 6, "remember six")
        assert (await link.rewind(back(target, conversation=True))).done
        await say(link, ear, 7, "recall")
    assert "three" in ear.texts()[-1]
    assert "four" not in ear.texts()[-1]
    assert "six" not in ear.texts()[-1]


async def test_a_cut_works_behind_words_that_were_said_while_claude_worked(talk: Talk) -> None:
    target = await talk.send("remember elm")
    await talk.ear.turn()
    await talk.send("sleep 1")
    await talk.ear.first(ToolBlock)
    await talk.send("say: steered")
    await talk.ear.turn()
    assert talk.ear.texts()[-1] == "steered"
    assert (await talk.link.rewind(back(target, conversation=True))).done


async def test_a_message_without_a_checkpoint_is_refused_and_nothing_changes(talk: Talk) -> None:
    await talk.ask("remember fir")
    with pytest.raises(AgentError, match="No file checkpoint"):
        await talk.link.rewind(back(prompt(9), files=True, conversation=True))
    with pytest.raises(AgentError, match=wording.MESSAGE_NOT_IN_CONVERSATION):
        await talk.link.rewind(back(prompt(9), conversation=True))
    await talk.ask("recall")
    assert "fir" in talk.ear.texts()[-1]


async def test_a_running_turn_is_not_cut(talk: Talk) -> None:
    target = await talk.send("remember larch")
    await talk.ear.turn()
    await talk.send("sleep 1")
    await talk.ear.first(ToolBlock)
    with pytest.raises(AgentError, match="Claude is working here"):
        await talk.link.rewind(back(target, conversation=True))
    await talk.ear.turn()


async def test_another_effort_holds_at_once_and_can_be_taken_back(talk: Talk) -> None:
    before = len(talk.studio.model.requests)
    await talk.ask("say: a")
    assert await talk.link.choose(Choices(effort="low"))
    await talk.ask("say: b")
    assert await talk.link.choose(Choices())
    await talk.ask("say: c")
    usual, low, again = [one.effort for one in talk.studio.model.requests[before:] if one.kind == "main"]
    assert low == "low"
    assert again == usual
    assert usual != "low"


async def test_another_model_answers_the_next_prompt(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.choose(Choices(model="haiku"))
        await say(link, ear, 1, "say: a")
    assert "haiku" in [one for one in studio.model.requests if one.kind == "main"][-1].model


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Choices(mode="bypassPermissions"), "Nobody may switch this project to bypassPermissions"),
        (Choices(mode="sideways"), "must be one of"),  # pyright: ignore[reportArgumentType]
        (Choices(effort="enormous"), "no effort called enormous. Choose one of low, "),  # pyright: ignore[reportArgumentType]
    ],
)
async def test_a_choice_that_is_none_is_refused_in_words(talk: Talk, wrong: Choices, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        await talk.link.choose(wrong)
    for mode in get_args(PermissionMode):
        if mode != "bypassPermissions":
            assert await talk.link.choose(Choices(mode=mode)), mode
    assert await talk.link.choose(Choices(mode="plan"))
    assert await talk.link.choose(Choices())


async def test_a_bypass_that_is_not_allowed_any_more_does_not_come_back(studio: Studio) -> None:
    session, ear = replace(SESSION, choices=Choices(mode="bypassPermissions")), Ear([], asyncio.Event())
    async with studio.agent.open(session, studio.project, ear.post) as link:
        await say(link, ear, 1, "say: hello")
    assert ear.texts() == ["hello"]


async def test_words_that_wait_can_be_taken_back_until_they_are_taken_in(talk: Talk) -> None:
    await talk.send("sleep 1")
    await talk.ear.first(ToolBlock)
    withdrawn, stays = await talk.send("say: withdrawn"), await talk.send("say: stays")
    assert await talk.link.withdraw(withdrawn.turn)
    assert not await talk.link.withdraw(withdrawn.turn)
    await talk.ear.turn()
    assert not await talk.link.withdraw(stays.turn)
    assert "stays" in talk.ear.texts()
    assert "withdrawn" not in talk.ear.texts()


async def test_a_command_that_came_while_the_process_lives_is_known(talk: Talk) -> None:
    await talk.ask("say: a")
    commands = talk.directory / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "late.md").write_text("---\ndescription: Comes late\n---\nsay: late $ARGUMENTS\n")
    await talk.ask("/late bird", "skill")
    assert talk.ear.texts()[-1] == "late bird"
