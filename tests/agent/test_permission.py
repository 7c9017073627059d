"""Permission requests of the real Claude Code: each waits for its answer, and is settled once."""

import asyncio

from antiphon.core.blocks import AskBlock, ToolBlock
from antiphon.core.events import PermissionSettled, ToolFinished
from antiphon.core.values import Answer, ToolUseId
from studio import Studio, Talk

from fakes import prompt


async def requested(talk: Talk, text: str) -> AskBlock:
    """Say it and wait until Claude asks for permission."""
    await talk.send(text)
    return await talk.ear.first(AskBlock)


async def test_an_allowed_request_runs_the_tool(talk: Talk) -> None:
    request = await requested(talk, "write allowed.txt: hello")
    assert (request.name, request.subject, request.detail) == ("Write", "allowed.txt", "hello\n")
    assert not request.by_agent
    assert not (talk.directory / "allowed.txt").exists()
    assert talk.link.answer(Answer(request.id, True, "ada", 1))
    assert not talk.link.answer(Answer(request.id, False, "ben", 2))
    assert (await talk.ear.turn()).reason == "done"
    assert talk.ear.all(PermissionSettled) == [PermissionSettled(request.id, "allowed", "ada")]
    assert (talk.directory / "allowed.txt").read_text() == "hello\n"
    finished = talk.ear.all(ToolFinished)[0]
    assert finished.id == request.id
    assert finished.change is not None
    assert (finished.change.path, finished.change.added, finished.change.removed) == ("allowed.txt", 1, 0)


async def test_a_denial_reaches_the_model_in_the_persons_words(talk: Talk) -> None:
    request = await requested(talk, "write denied.txt: hello")
    assert talk.link.answer(Answer(request.id, False, "ada", 1, "Not on a Friday."))
    assert (await talk.ear.turn()).reason == "done"
    assert "Not on a Friday." in talk.ear.texts()[-1]
    assert talk.ear.all(PermissionSettled) == [PermissionSettled(request.id, "denied", "ada", "Not on a Friday.")]
    assert not (talk.directory / "denied.txt").exists()


async def test_a_denial_without_words_says_who_denied(talk: Talk) -> None:
    talk.link.answer(Answer((await requested(talk, "write wordless.txt: hello")).id, False, "ada", 1))
    await talk.ear.turn()
    assert "The person denied this." in talk.ear.texts()[-1]


async def test_an_answer_to_nothing_is_told_so(talk: Talk) -> None:
    assert not talk.link.answer(Answer(ToolUseId("nobody"), True, "ada", 1))
    assert not talk.ear.all(PermissionSettled)


async def test_a_stop_withdraws_the_request_and_the_session_goes_on(talk: Talk) -> None:
    request = await requested(talk, "write stopped.txt: hello")
    await talk.link.interrupt()
    assert (await talk.ear.turn()).reason == "stopped"
    assert talk.ear.all(PermissionSettled) == [PermissionSettled(request.id, "withdrawn")]
    assert not talk.link.answer(Answer(request.id, True, "ada", 1))
    assert (await talk.ask("say: still here")).reason == "done"
    assert not (talk.directory / "stopped.txt").exists()


async def test_leaving_withdraws_the_request_at_once(studio: Studio) -> None:
    loop = asyncio.get_running_loop()
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        request = await ear.first(AskBlock)
        began = loop.time()
    assert loop.time() - began < 4.0  # the SDK's patience with a process that does not leave is 5 s
    assert ear.all(PermissionSettled) == [PermissionSettled(request.id, "withdrawn")]


async def test_a_plan_is_asked_for_with_its_text(studio: Studio) -> None:
    async with studio.session() as (link, ear):  # of its own: a plan that is denied leaves plan mode on
        await link.send(prompt(1, "plan"))
        request = await ear.first(AskBlock)
        assert request.name == "ExitPlanMode"
        assert "Write a failing test" in request.detail
        link.answer(Answer(request.id, False, "ada", 1, "Smaller steps, please."))
        assert (await ear.turn()).reason == "done"
        assert "Smaller steps, please." in ear.texts()[-1]


async def test_a_sub_agents_request_is_told_as_such(studio: Studio) -> None:
    async with studio.session() as (link, ear):  # of its own: Claude goes on by itself when a sub-agent has ended
        await link.send(prompt(1, "agent: write notes.txt: from below"))
        request = await ear.first(AskBlock)
        assert (request.name, request.by_agent) == ("Write", True)
        link.answer(Answer(request.id, True, "ada", 1))
        await ear.until(lambda _: (studio.project.directory / "notes.txt").exists())
        await ear.until(lambda _: any(one.id == request.id for one in ear.all(ToolFinished)))
    finished = next(one for one in ear.all(ToolFinished) if one.id == request.id)
    assert finished.change is not None
    assert finished.change.path == "notes.txt"


async def test_questions_are_asked_for_and_the_answers_reach_the_model(talk: Talk) -> None:
    request = await requested(talk, "ask 2")
    assert request.name == "AskUserQuestion"
    assert [(one.header, one.several, len(one.options)) for one in request.questions] == [
        ("Database", False, 2),
        ("Checks", True, 3),
    ]
    assert talk.link.answer(Answer(request.id, True, "ada", 1, answers=("PostgreSQL", "Tests, Types")))
    assert (await talk.ear.turn()).reason == "done"
    assert "PostgreSQL" in talk.ear.texts()[-1]
    assert "Tests, Types" in talk.ear.texts()[-1]
    settled = talk.ear.all(PermissionSettled)
    assert settled == [PermissionSettled(request.id, "allowed", "ada", "Database: PostgreSQL\nChecks: Tests, Types")]
    assert not [one for one in talk.ear.all(ToolBlock) if one.state == "denied"]


async def test_a_question_that_nobody_answers_is_denied_with_words(talk: Talk) -> None:
    request = await requested(talk, "ask")
    assert talk.link.answer(Answer(request.id, False, "ada", 1, "Decide for yourself."))
    assert (await talk.ear.turn()).reason == "done"
    assert "Decide for yourself." in talk.ear.texts()[-1]
