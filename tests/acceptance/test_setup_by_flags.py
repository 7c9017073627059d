"""`antiphon setup --json`: nobody is asked; what is missing or wrong is the last line, and the next try goes on."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from antiphon.chat.permissions import SEND_MESSAGES
from antiphon.doctor import wording as found
from setup_terminal import NewMachine, new_machine

Json = dict[str, Any]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncGenerator[NewMachine]:
    async with new_machine(tmp_path) as made:
        (made.root / "token").write_text(made.token)
        yield made


async def by_flags(machine: NewMachine, *words: str) -> tuple[int, list[Json]]:
    code, told = await machine.lines("setup", "--json", *words)
    assert machine.token not in told
    return code, [json.loads(line) for line in told.splitlines()]


def answers(machine: NewMachine) -> list[str]:
    flags = {"token-file": machine.root / "token", "channel": "general", "directory": machine.project, "people": "-"}
    return [part for name, value in flags.items() for part in (f"--{name}", str(value))]


async def test_with_all_answers_it_is_one_command_and_the_bridge_starts(machine: NewMachine) -> None:
    code, lines = await by_flags(machine, *answers(machine))
    assert code == 0, lines
    assert {one["grade"] for one in lines if "check" in one} == {"well"}
    assert machine.config.exists()
    assert not (machine.root / "home" / ".local" / "state" / "antiphon" / "setup.json").exists()


async def test_what_is_missing_is_named_one_after_the_other_with_its_choices(machine: NewMachine) -> None:
    code, lines = await by_flags(machine)
    assert (code, lines[-1]["needs"], lines[-1]["flag"]) == (2, "token", "--token-file")
    code, lines = await by_flags(machine, "--token-file", str(machine.root / "token"))
    assert (code, lines[-1]["needs"]) == (2, "channel")
    assert {"value": machine.general, "text": "#general"} in lines[-1]["choices"]
    code, lines = await by_flags(machine, "--channel", "#general")  # the token is kept
    assert code == 0, lines
    (project,) = [one for one in machine.config.read_text().splitlines() if one.startswith("directory")]
    assert str(machine.project) in project


Fault = Callable[[NewMachine], Awaitable[object]]


async def token_of_nobody(at: NewMachine) -> None:
    (at.root / "token").write_text("standin.nobody")


async def no_token_at_all(at: NewMachine) -> None:
    (at.root / "token").write_text("two words")


async def no_network(at: NewMachine) -> None:
    await at.fault({"match": "GET /users/@me", "status": 503})


async def intent_refused(at: NewMachine) -> None:
    await at.no_intent()
    await at.fault({"match": "PATCH /applications/@me", "status": 403, "code": 50001})


async def no_permission(at: NewMachine) -> None:
    await at.overwrite(SEND_MESSAGES.bit)


async def no_claude(at: NewMachine) -> None:
    at.env["CLAUDE_COMMAND"] = "/nowhere/claude"


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (token_of_nobody, "discord.token"),
        (no_token_at_all, "discord.token"),
        (no_network, "discord.token"),
        (NewMachine.not_invited, "discord.servers"),
        (intent_refused, "discord.intent"),
        (no_permission, "discord.channel"),
        (no_claude, "claude.command"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
async def test_what_is_wrong_is_the_last_line_and_what_was_answered_is_kept(
    machine: NewMachine, fault: Fault, check: str
) -> None:
    await fault(machine)
    code, lines = await by_flags(machine, *answers(machine))
    assert code == 1, lines
    assert lines[-1]["check"].startswith(check)
    assert lines[-1]["grade"] == "failure"
    assert lines[-1]["way_out"]
    assert not machine.config.exists()


async def test_claude_code_that_is_not_logged_in_is_asked_about(machine: NewMachine) -> None:
    del machine.env["ANTHROPIC_API_KEY"]
    code, lines = await by_flags(machine, *answers(machine))
    assert (code, lines[-1]["needs"]) == (2, "login")
    code, lines = await by_flags(machine, *answers(machine), "--login", "later")
    assert code == 0, lines
    assert [one["check"] for one in lines if one.get("grade") == "warning"] == ["claude.login"]
    assert found.NOT_LOGGED_IN_WAY in [one.get("way_out") for one in lines]


@pytest.mark.parametrize("name", ["nobody-at-all", "ben, nobody-at-all"])
async def test_a_person_who_is_nobody_is_named(machine: NewMachine, name: str) -> None:
    code, lines = await by_flags(machine, *answers(machine)[:-1], name)
    assert (code, lines[-1]["check"]) == (1, "project.people")


async def test_a_directory_that_is_none_is_named(machine: NewMachine) -> None:
    words = [*answers(machine)]
    words[words.index("--directory") + 1] = "/nowhere/at/all"
    code, lines = await by_flags(machine, *words)
    assert (code, lines[-1]["check"]) == (1, "project.directory")
