"""Permission requests of the real Claude Code: each waits for its answer, and is settled once."""

import asyncio

from antiphon.core.events import PermissionAsked, PermissionDenied, PermissionSettled, ToolFinished
from antiphon.core.values import Answer, ToolUseId
from studio import Ear, Studio

from fakes import prompt


async def asked(ear: Ear) -> PermissionAsked:
    return await ear.first(PermissionAsked)


async def test_an_allowed_request_runs_the_tool(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        request = await asked(ear)
        assert (request.name, request.subject, request.detail) == ("Write", "notes.txt", "hello\n")
        assert not request.by_agent
        assert not (studio.project.directory / "notes.txt").exists()
        assert link.answer(Answer(request.id, True, "ada", 1))
        assert not link.answer(Answer(request.id, False, "ben", 2))
        assert (await ear.turn()).reason == "done"
    assert ear.all(PermissionSettled) == [PermissionSettled(request.id, "allowed", "ada")]
    assert (studio.project.directory / "notes.txt").read_text() == "hello\n"
    finished = ear.all(ToolFinished)[0]
    assert finished.id == request.id
    assert finished.change is not None
    assert (finished.change.path, finished.change.added, finished.change.removed) == ("notes.txt", 1, 0)


async def test_a_denial_reaches_the_model_in_the_persons_words(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        request = await asked(ear)
        assert link.answer(Answer(request.id, False, "ada", 1, "Not on a Friday."))
        assert (await ear.turn()).reason == "done"
        assert "Not on a Friday." in ear.texts()[-1]
    assert ear.all(PermissionSettled) == [PermissionSettled(request.id, "denied", "ada", "Not on a Friday.")]
    assert not (studio.project.directory / "notes.txt").exists()


async def test_a_denial_without_words_says_who_denied(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        link.answer(Answer((await asked(ear)).id, False, "ada", 1))
        await ear.turn()
        assert "The person denied this." in ear.texts()[-1]


async def test_an_answer_to_nothing_is_told_so(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        assert not link.answer(Answer(ToolUseId("nobody"), True, "ada", 1))
    assert not ear.all(PermissionSettled)


async def test_a_stop_withdraws_the_request_and_the_session_goes_on(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        request = await asked(ear)
        await link.interrupt()
        assert (await ear.turn()).reason == "stopped"
        assert ear.all(PermissionSettled) == [PermissionSettled(request.id, "withdrawn")]
        assert not link.answer(Answer(request.id, True, "ada", 1))
        await link.send(prompt(2, "say: still here"))
        assert (await ear.turn()).reason == "done"
    assert not (studio.project.directory / "notes.txt").exists()


async def test_leaving_withdraws_the_request_at_once(studio: Studio) -> None:
    loop = asyncio.get_running_loop()
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "write notes.txt: hello"))
        request = await asked(ear)
        began = loop.time()
    assert loop.time() - began < 4.0  # the SDK's patience with a process that does not leave is 5 s
    assert ear.all(PermissionSettled) == [PermissionSettled(request.id, "withdrawn")]


async def test_a_plan_is_asked_for_with_its_text(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "plan"))
        request = await asked(ear)
        assert request.name == "ExitPlanMode"
        assert "Write a failing test" in request.detail
        link.answer(Answer(request.id, False, "ada", 1, "Smaller steps, please."))
        assert (await ear.turn()).reason == "done"
        assert "Smaller steps, please." in ear.texts()[-1]


async def test_a_sub_agents_request_is_told_as_such(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "agent: write notes.txt: from below"))
        request = await asked(ear)
        assert (request.name, request.by_agent) == ("Write", True)
        link.answer(Answer(request.id, True, "ada", 1))
        await ear.until(lambda _: (studio.project.directory / "notes.txt").exists())
        await ear.until(lambda _: any(one.id == request.id for one in ear.all(ToolFinished)))
    finished = next(one for one in ear.all(ToolFinished) if one.id == request.id)
    assert finished.change is not None
    assert finished.change.path == "notes.txt"


async def test_questions_are_asked_for_and_the_answers_reach_the_model(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "ask 2"))
        request = await asked(ear)
        assert request.name == "AskUserQuestion"
        assert [(one.header, one.several, len(one.options)) for one in request.questions] == [
            ("Database", False, 2),
            ("Checks", True, 3),
        ]
        assert link.answer(Answer(request.id, True, "ada", 1, answers=("PostgreSQL", "Tests, Types")))
        assert (await ear.turn()).reason == "done"
        assert "PostgreSQL" in ear.texts()[-1]
        assert "Tests, Types" in ear.texts()[-1]
    settled = ear.all(PermissionSettled)
    assert settled == [PermissionSettled(request.id, "allowed", "ada", "Database: PostgreSQL\nChecks: Tests, Types")]
    assert not ear.all(PermissionDenied)


async def test_a_question_that_nobody_answers_is_denied_with_words(studio: Studio) -> None:
    async with studio.session() as (link, ear):
        await link.send(prompt(1, "ask"))
        request = await asked(ear)
        assert link.answer(Answer(request.id, False, "ada", 1, "Decide for yourself."))
        assert (await ear.turn()).reason == "done"
        assert "Decide for yourself." in ear.texts()[-1]
