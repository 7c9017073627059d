"""`antiphon setup` as a conversation: from nothing to a configuration; what goes wrong at each step is on the screen,
with the way out, and goes on from there."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from antiphon.chat.permissions import PERMISSIONS, SEND_MESSAGES, VIEW_CHANNELS, Permission
from antiphon.config.load import load
from antiphon.doctor import wording as found
from antiphon.setup import wording
from setup_terminal import NewMachine, new_machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncGenerator[NewMachine]:
    async with new_machine(tmp_path) as made:
        yield made


async def test_from_nothing_to_a_configuration_with_one_paste(machine: NewMachine) -> None:
    await machine.no_intent()
    await machine.not_invited()
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", machine.token)
        await screen.expect(wording.INTENT_ON)
        await screen.expect(wording.WAITING)
        await machine.ada.take_invitation(found.invitation(int(machine.bot)))
        await screen.expect("#general")
        await screen.answer(f"{wording.ONE_OF}: ", "general")
        await screen.expect(wording.HAS_ALL.format(name="general"))
        await screen.answer(wording.DIRECTORY)
        await screen.answer("just Enter")
        await screen.expect("Ready. Start the bridge: ")
        assert await screen.ended() == 0
        assert machine.token not in screen.text
    settings, _ = load({**machine.env, "HOME": str(machine.root / "home")}, machine.config)
    (project,) = settings.projects.values()
    assert (project.directory, project.channels) == (machine.project, {int(machine.general)})
    assert settings.discord.token.get_secret_value() == machine.token
    assert not (machine.config.stat().st_mode | (machine.config.parent / "bot-token").stat().st_mode) & 0o077
    (ready,) = [one for one in machine.ada.messages(machine.general) if one["author"].get("bot")]
    assert ready["content"] == wording.READY_MESSAGE


async def test_a_wrong_token_is_said_at_once_and_asked_for_again(machine: NewMachine) -> None:
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", "two words")
        await screen.expect(wording.TOKEN_EMPTY)
        await screen.answer(f"{wording.TOKEN}: ", "standin.nobody")
        await screen.expect(found.TOKEN_REJECTED)
        await screen.answer(f"{wording.TOKEN}: ", f'"Bot {machine.token}"')
        await screen.expect(found.BOT.format(name="antiphon"))
        assert machine.token not in screen.text  # also what is pasted at once


async def test_where_the_intent_is_refused_the_page_is_named_and_looked_at_again(machine: NewMachine) -> None:
    await machine.no_intent()
    await machine.fault({"match": "PATCH /applications/@me", "status": 403, "code": 50001})
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", machine.token)
        await screen.expect(wording.INTENT_STAYS_OFF)
        await screen.expect(f"/{machine.bot}/bot")
        await machine.ada.request("PATCH", f"/applications/{machine.bot}", {"flags": 1 << 19})
        await screen.answer(wording.AGAIN, machine.token)  # taken for the question before
        await screen.expect(found.INTENT)
        assert machine.token not in screen.text


@pytest.mark.parametrize(
    "permission", [one for one in PERMISSIONS if one.required and one != VIEW_CHANNELS], ids=lambda one: one.name
)
async def test_each_permission_that_is_missing_is_named_with_where_to_click(
    machine: NewMachine, permission: Permission
) -> None:
    await machine.overwrite(permission.bit)
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", machine.token)
        await screen.answer(f"{wording.ONE_OF}: ", "#general")
        await screen.expect(permission.name)
        await screen.expect("Advanced permissions")
        await machine.overwrite(0)
        await screen.answer(wording.AGAIN)
        await screen.expect(wording.HAS_ALL.format(name="general"))


async def test_without_a_channel_one_is_made_or_somebody_makes_one(machine: NewMachine) -> None:
    for channel in machine.about["channels"].values():
        body = {"type": 1, "allow": "0", "deny": str(VIEW_CHANNELS.bit)}
        await machine.ada.request("PUT", f"/channels/{channel}/permissions/{machine.bot}", body)
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", machine.token)
        await screen.answer(f"{wording.ONE_OF}: ", wording.NEW_CHANNEL)
        await screen.answer(wording.CHANNEL_NAME, "Claude Code")
        await screen.expect(wording.CHANNEL_NOT_MADE)
        await screen.answer(wording.AGAIN)
        await machine.ada.create_channel("made-by-ada")
        await screen.answer(f"{wording.ONE_OF}: ", wording.NEW_CHANNEL)
        await screen.answer(wording.CHANNEL_NAME)
        await screen.answer(wording.AGAIN)
        await screen.answer(f"{wording.ONE_OF}: ", "made-by-ada")
        await screen.expect(wording.HAS_ALL.format(name="made-by-ada"))


async def test_no_network_in_the_middle_is_waited_for(machine: NewMachine) -> None:
    async with machine.screen() as screen:
        await screen.expect(f"{wording.TOKEN}: ")
        await machine.fault({"match": "GET /guilds/*", "status": 503})
        screen.type(machine.token)
        await screen.expect("Discord is failing")
        await machine.mend()
        await screen.answer(wording.AGAIN)
        await screen.answer(f"{wording.ONE_OF}: ", "general")
        await screen.expect(wording.HAS_ALL.format(name="general"))


async def test_claude_code_that_is_not_logged_in_is_logged_in_or_left_for_later(machine: NewMachine) -> None:
    del machine.env["ANTHROPIC_API_KEY"]
    async with machine.screen() as screen:
        await screen.answer(wording.LOGIN, "later")
        await screen.expect(wording.WITHOUT_LOGIN)
        await screen.expect(f"{wording.TOKEN}: ")


async def test_a_directory_that_is_none_and_a_person_who_is_nobody_are_asked_for_again(machine: NewMachine) -> None:
    async with machine.screen() as screen:
        await screen.answer(f"{wording.TOKEN}: ", machine.token)
        await screen.answer(f"{wording.ONE_OF}: ", "general")
        await screen.answer(wording.DIRECTORY, "/nowhere/at/all")
        await screen.expect(wording.no_directory(Path("/nowhere/at/all")))
        await screen.answer(wording.DIRECTORY)
        await screen.answer("just Enter", "ben, nobody-at-all")
        await screen.expect(wording.NOBODY_NAMED.format(name="nobody-at-all"))
        await screen.answer("just Enter", "ben")
        await screen.expect("Ready. Start the bridge: ")
        assert await screen.ended() == 0
    settings, _ = load(machine.env, machine.config)
    (project,) = settings.projects.values()
    assert project.people == {int(one["id"]) for one in machine.about["people"][:2]}


async def test_ctrl_c_at_each_prompt_leaves_and_the_next_one_goes_on_there(machine: NewMachine) -> None:
    prompts = [f"{wording.TOKEN}: ", f"{wording.ONE_OF}: ", wording.DIRECTORY, "just Enter"]
    answers = [machine.token, "general", "", ""]
    for n, prompt in enumerate(prompts):
        async with machine.screen() as screen:
            await screen.expect(prompt)
            await screen.interrupt()
            await screen.expect(wording.STOPPED)
            assert await screen.ended() == 130
            assert not machine.config.exists()
        async with machine.screen() as screen:
            await screen.answer(prompt, answers[n])
            if n + 1 < len(prompts):
                await screen.expect(prompts[n + 1])
                await screen.interrupt()
            await screen.ended()
    assert machine.config.exists()


async def test_a_token_that_was_reset_is_asked_for_anew_and_replaces_the_old_one(machine: NewMachine) -> None:
    machine.config.parent.mkdir(parents=True)
    project = f'[projects.mine]\ndirectory = "{machine.project}"\nchannels = [{machine.general}]\n'
    machine.config.write_text(f'[discord]  # mine\ntoken = "standin.reset.since"\n{project}')
    machine.config.chmod(0o600)
    for again in (False, True):
        if again:  # now it is in a file of its own
            (machine.config.parent / "bot-token").write_text("standin.reset.again")
        async with machine.screen() as screen:
            await screen.expect(found.TOKEN_REJECTED)
            await screen.answer(f"{wording.TOKEN}: ", machine.token)
            await screen.expect(wording.EXISTS_CHECKED)
            assert await screen.ended() == 0
        assert load(machine.env, machine.config)[0].discord.token.get_secret_value() == machine.token
        assert "# mine" in machine.config.read_text()
        assert "standin.reset" not in machine.config.read_text()


async def test_run_again_it_checks_what_is_there_and_changes_what_is_named(machine: NewMachine) -> None:
    machine.config.parent.mkdir(parents=True)
    written = (
        f'[discord]\ntoken = "{machine.token}"\napi = "{machine.about["api"]}"\n\n[projects.mine]  # my own words\n'
        f'directory = "{machine.project}"\nchannels = [{machine.general}]\npermission_mode = "plan"\n'
    )
    machine.config.write_text(written)
    machine.config.chmod(0o600)
    async with machine.screen() as screen:
        await screen.expect(wording.EXISTS.format(path=machine.config)[:40])
        await screen.expect(wording.EXISTS_CHECKED)
        assert await screen.ended() == 0
    assert machine.config.read_text() == written
    await machine.overwrite(SEND_MESSAGES.bit)
    other = next(id_ for name, id_ in machine.about["channels"].items() if name != "general")
    async with machine.screen("setup", "--channel", other, "--directory", "~") as screen:
        await screen.expect("channels, directory")
        assert await screen.ended() == 0
    (machine.root / "home" / "code").mkdir(exist_ok=True)
    changed = machine.config.read_text()
    assert "# my own words" in changed
    assert f"channels = [{other}]" in changed
    assert f'directory = "{os.fspath(machine.root / "home")}"' in changed
    assert 'permission_mode = "plan"' in changed
