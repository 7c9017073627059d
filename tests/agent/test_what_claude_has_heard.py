"""Which prompts Claude has, by its own transcript: what a bridge asks that comes after a dead one."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

from bench.processes import claudes_of

from antiphon.agent.disk import transcripts
from antiphon.core.blocks import ToolBlock
from antiphon.core.events import SessionLost, SteerDelivered, TextDelta
from antiphon.core.values import Prompt, TurnId, attempts, steered
from studio import Studio

from fakes import SESSION, prompt


def heard(studio: Studio, *prompts: TurnId) -> frozenset[TurnId]:
    return studio.launch.received(SESSION, dict.fromkeys(prompts, ""))


def under(asked: Prompt, uuid: TurnId) -> Prompt:
    return replace(asked, turn=uuid)


async def test_a_prompt_that_a_tool_ran_for_is_there_though_the_process_was_killed_at_once(studio: Studio) -> None:
    mark = studio.project.directory / "touched"
    asked = prompt(1, f"bash: touch {mark} && sleep 3")
    async with studio.session() as (link, ear):
        await link.send(asked)
        async with asyncio.timeout(20):
            while not mark.exists():  # noqa: ASYNC110 - another process's work
                await asyncio.sleep(0.001)
        (process,) = claudes_of(os.getpid())
        os.kill(process, signal.SIGKILL)
        await ear.first(SessionLost)
    assert heard(studio, asked.turn, prompt(2).turn) == {asked.turn}


async def test_words_said_meanwhile_are_there_once_they_are_taken_in_and_not_before(studio: Studio) -> None:
    early, late = prompt(2, "say: early"), prompt(3, "say: late")
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "bash: sleep 2"))
        await ear.first(ToolBlock)
        await link.send(under(early, steered(early.turn, 0)))
        assert heard(studio, *attempts(early.turn)) == frozenset()
        await ear.until(
            lambda found: any(isinstance(e, SteerDelivered) and e.prompt in attempts(early.turn) for e in found)
        )
        await ear.turn()
    assert heard(studio, *attempts(early.turn), *attempts(late.turn)) == {steered(early.turn, 0)}


async def test_words_that_claude_code_says_in_one_go_are_all_heard_though_only_one_uuid_is_there(
    studio: Studio,
) -> None:
    meanwhile = {steered(one.turn, 0): one for one in (prompt(n, f"say: words {n}") for n in (2, 3, 4))}
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "stream 2000 800"))
        await ear.first(TextDelta)
        for uuid, one in meanwhile.items():
            await link.send(under(one, uuid))
        await ear.turn()
        await ear.turn()
    told = {uuid: one.text for uuid, one in meanwhile.items()}
    other = {TurnId("other"): "say: words", TurnId("more"): "words 3"}
    assert studio.launch.received(SESSION, {**told, **other}) == told.keys()
    assert studio.launch.received(SESSION, other) == frozenset()


def test_of_a_transcript_that_cannot_be_read_everything_counts_as_heard(tmp_path: Path) -> None:
    asked = {TurnId("one"): "hello", TurnId("two"): "there"}
    assert transcripts.received(tmp_path / "missing.jsonl", asked) == asked.keys()


def test_half_a_line_at_its_end_hides_nothing_before_it(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('{"type": "user", "uuid": "one", "message": {"content": "hello"}}\n{"type": "user", "uuid": "tw')
    assert transcripts.received(file, {TurnId("one"): "hello", TurnId("two"): "there"}) == {"one"}
