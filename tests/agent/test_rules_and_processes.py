"""What a running Claude Code makes of rules that come and go: the facts of docs/decisions/0036."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.agent.disk.permission_rules import remove
from antiphon.agent.disk.settings_files import local_settings
from antiphon.core.blocks import AskBlock
from antiphon.core.events import RuleAdded, TurnEnded
from antiphon.core.ports import AgentLink
from antiphon.core.values import Answer, Choices
from studio import Ear, Studio, say

from fakes import prompt

TOUCH = "Bash(touch a.txt)"


def allow(directory: Path, *rules: str, name: str = "settings.local.json") -> Path:
    """Settings that allow these."""
    file = directory / ".claude" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"permissions": {"allow": rules}}))
    return file


async def asked(link: AgentLink, ear: Ear, n: int, text: str, rule: int | None = None) -> AskBlock:
    """Say it as message `n`: it is asked about, and allowed, by this rule for good."""
    before = len(ear.all(AskBlock))
    await link.send(prompt(n, text))
    await ear.until(lambda _: len(ear.all(AskBlock)) > before)
    ask = ear.all(AskBlock)[-1]
    ended = len(ear.all(TurnEnded))
    link.answer(Answer(ask.id, True, "ada", n, rule=rule))
    await ear.until(lambda _: len(ear.all(TurnEnded)) > ended)
    return ask


async def test_what_is_always_allowed_is_written_as_it_was_offered_and_a_running_process_forgets_it(
    studio: Studio,
) -> None:
    studio = studio.with_claude(allowed_tools=())
    odd = "bash: python3 -c 'print(1)'"
    async with studio.session() as (link, ear):
        offered = (await asked(link, ear, 1, odd, rule=0)).rules[0]
        (file,) = local_settings(studio.project.directory)
        assert json.loads(file.path.read_text())["permissions"]["allow"] == list(offered.texts)
        await say(link, ear, 2, odd)
        assert len(ear.all(AskBlock)) == 1
        assert remove(file, offered.texts) == set(offered.texts)
        assert await link.has_forgotten(offered.texts)
        await asked(link, ear, 3, odd)


async def test_a_process_that_still_knows_a_rule_says_so(studio: Studio) -> None:
    file = allow(studio.project.directory, "Bash(*)", "WebSearch")
    async with studio.session() as (link, _):
        assert not await link.has_forgotten(["Bash"])  # it is in the file
        assert await link.has_forgotten(["Bash(other)"])
        file.unlink()
        assert await link.has_forgotten(["Bash", "WebSearch"])


async def test_a_rule_of_the_session_is_forgotten_by_a_new_process_alone(studio: Studio) -> None:
    studio = studio.with_claude(allowed_tools=())
    outside = studio.project.directory.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("x\n")
    read = f'call Read {{"file_path": "{outside}/a.txt"}}'
    async with studio.session() as (link, ear):
        await asked(link, ear, 1, read, rule=0)
        (added,) = ear.all(RuleAdded)
        assert await link.choose(Choices(mode="plan", rules=(added.rule,)))  # as it is: nothing has to begin anew
        assert not await link.choose(Choices())
        assert not await link.choose(Choices(rules=(added.rule, TOUCH)))
        await say(link, ear, 2, read)
        assert len(ear.all(AskBlock)) == 1


@pytest.mark.parametrize("where", ["sub", "tree"])
async def test_settings_of_a_repository_are_written_into_its_main_tree_and_read_there_too(
    studio: Studio, where: str
) -> None:
    main = studio.project.directory
    names = ("-c", "user.name=a", "-c", "user.email=a@b")
    (main / "sub").mkdir()
    (main / "sub" / "file").write_text("x")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"], ["worktree", "add", "-q", "tree"]):
        subprocess.run(["git", *names, *command], cwd=main, check=True, capture_output=True)  # noqa: ASYNC221
    directory = main / where
    allow(main, "Bash(echo main)")
    allow(directory, "Bash(echo own)")
    studio = studio.with_claude(allowed_tools=())
    async with replace(studio, project=replace(studio.project, directory=directory)).session() as (link, ear):
        await say(link, ear, 1, "bash: echo main")
        await say(link, ear, 2, "bash: echo own")
        assert not ear.all(AskBlock)
        await asked(link, ear, 3, "bash: touch a.txt", rule=0)
    first, second = (json.loads(one.path.read_text())["permissions"]["allow"] for one in local_settings(directory))
    assert first == ["Bash(echo main)", TOUCH]
    assert second == ["Bash(echo own)"]


async def test_rules_that_come_with_a_project_do_not_count_where_nobody_trusts_its_folder(studio: Studio) -> None:
    studio = studio.with_claude(allowed_tools=())
    allow(studio.project.directory, TOUCH, name="settings.json")
    async with studio.session() as (link, ear):
        await asked(link, ear, 1, "bash: touch a.txt")
