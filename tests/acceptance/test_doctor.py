"""The doctor names each planned fault, with the way out, and nothing else; and finds nothing on a good set-up."""

import json
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from antiphon.chat.interactions.wording import COMMANDS
from antiphon.chat.permissions import PERMISSIONS, SEND_MESSAGES, Permission
from antiphon.core.health import Finding
from antiphon.doctor.examine import examine, exit_code
from antiphon.doctor.machine_checks import MachineFacts, machine_findings
from antiphon.errors import StoreError
from antiphon.leadership import bot_lock
from antiphon.service.state import UnitState
from antiphon.service.unit_files import MARK
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person
from antiphon.store.lock import held, lock_of

from environment import from_nothing
from service_commands import Commands


@dataclass
class Machine:
    """A good set-up, which a fault breaks. `keys`: of the configuration's project; `sections`: besides."""

    root: Path
    standin: StandIn
    ada: Person
    env: dict[str, str]
    undo: ExitStack
    keys: dict[str, str] = field(default_factory=dict[str, str])
    sections: list[str] = field(default_factory=list[str])
    written: str | None = None

    @property
    def about(self) -> Mapping[str, Any]:
        return self.standin.describe()

    @property
    def general(self) -> str:
        return self.about["channels"]["general"]

    @property
    def config(self) -> Path:
        return self.root / "antiphon.toml"

    async def overwrite(self, deny: int) -> None:
        body = {"type": 1, "allow": "0", "deny": str(deny)}
        bot = self.about["application_id"]
        await self.ada.request("PUT", f"/channels/{self.general}/permissions/{bot}", body)

    def write(self) -> None:
        keys = {"directory": f'"{self.root}"', "channels": f"[{self.general}]", **self.keys}
        lines = ["[projects.web]", *(f"{name} = {value}" for name, value in keys.items()), *self.sections]
        self.config.write_text("\n".join(lines) if self.written is None else self.written)

    async def findings(self) -> list[Finding]:
        self.write()
        return await examine(self.env, self.config)


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncGenerator[Machine]:
    async with StandIn(limits=Limits.unlimited()) as standin:
        about = standin.describe()
        env = from_nothing(tmp_path / "home", standin.model.url)
        env |= {"ANTIPHON_DISCORD_API": about["api"], "DISCORD_BOT_TOKEN": about["bot_token"]}
        env |= {"ANTIPHON_STATE_DIR": str(tmp_path / "state"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
        env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
        (tmp_path / "bin").mkdir()
        (tmp_path / "run" / "antiphon").mkdir(parents=True)
        # The commands that a bridge has registered.
        standin.discord._backend.world.commands[None] = {name: {} for name in COMMANDS}
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            with ExitStack() as undo:
                yield Machine(tmp_path, standin, ada, env, undo)


Fault = Callable[[Machine], Awaitable[object]]


async def no_configuration(at: Machine) -> None:
    at.written = ""


async def misspelt_key(at: Machine) -> None:
    at.keys["chanels"] = "[1]"


async def no_directory(at: Machine) -> None:
    at.keys["directory"] = '"/nowhere/at/all"'


async def token_for_everybody(at: Machine) -> None:
    token = at.env.pop("DISCORD_BOT_TOKEN")
    at.sections += ["[discord]", f'token = "{token}"']
    at.config.touch(mode=0o644)


async def token_of_nobody(at: Machine) -> None:
    at.env["DISCORD_BOT_TOKEN"] = "standin.nobody.token"


async def no_network(at: Machine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at.env["ANTIPHON_DISCORD_API"] = f"http://127.0.0.1:{free.getsockname()[1]}/api/v10"


async def no_intent(at: Machine) -> None:
    await at.ada.request("PATCH", f"/applications/{at.about['application_id']}", {"flags": 0})


async def in_no_server(at: Machine) -> None:
    await at.ada.request("DELETE", f"/guilds/{at.about['guild_id']}/members/{at.about['application_id']}")


async def another_servers_channel(at: Machine) -> None:
    at.keys["channels"] = "[123]"


async def a_category(at: Machine) -> None:
    made = await at.ada.create_channel("Projects", 4)
    at.keys["channels"] = f"[{made['id']}]"


def denied(permission: Permission) -> Fault:
    async def fault(at: Machine) -> None:
        await at.overwrite(permission.bit)

    return fault


async def a_role_without_rights(at: Machine) -> None:
    guild = at.about["guild_id"]
    roles = await at.ada.request("GET", f"/guilds/{guild}/roles")
    for role in roles:
        if role["managed"] or role["id"] == guild:
            left = int(role["permissions"]) & ~SEND_MESSAGES.bit
            await at.ada.request("PATCH", f"/guilds/{guild}/roles/{role['id']}", {"permissions": str(left)})


async def tags_that_cannot_be_kept(at: Machine) -> None:
    made = await at.ada.create_channel("forum", 15, available_tags=[{"name": "Done"}])
    at.keys["channels"] = f"[{made['id']}]"


async def slow_mode(at: Machine) -> None:
    at.keys["thread_isolation"] = "false"
    await at.ada.request("PATCH", f"/channels/{at.general}", {"rate_limit_per_user": 30})


async def no_commands(at: Machine) -> None:
    at.standin.discord._backend.world.commands.clear()


def claude(at: Machine, version: str, ends: float | None = None) -> None:
    """A Claude Code of another version, or with another login."""
    told = {"loggedIn": True, "apiProvider": "firstParty", "authMethod": "claude.ai", "loginExpiresAt": ends}
    program = at.root / "bin" / "claude"
    program.write_text(f"#!/bin/sh\n[ \"$1\" = auth ] && echo '{json.dumps(told)}' || echo '{version} (Claude Code)'\n")
    program.chmod(0o755)
    at.sections += ["[claude]", f'command = "{program}"']


async def no_claude(at: Machine) -> None:
    at.sections += ["[claude]", 'command = "/nowhere/claude"']


async def a_claude_that_says_nothing(at: Machine) -> None:
    claude(at, "none at all")


async def an_old_claude(at: Machine) -> None:
    claude(at, "1.0.2")


async def not_logged_in(at: Machine) -> None:
    del at.env["ANTHROPIC_API_KEY"]


async def a_login_that_has_ended(at: Machine) -> None:
    claude(at, "99.0.0", (time.time() - 60) * 1000)


async def a_login_that_ends_soon(at: Machine) -> None:
    claude(at, "99.0.0", (time.time() + 2.5 * 86400) * 1000)


async def a_state_that_cannot_be_written(at: Machine) -> None:
    (at.root / "file").touch()
    at.env["ANTIPHON_STATE_DIR"] = str(at.root / "file" / "state")


async def a_damaged_database(at: Machine) -> None:
    (at.root / "state").mkdir()
    (at.root / "state" / "antiphon.db").write_bytes(b"SQLite format 3\0" + bytes(5000))


async def a_second_bridge(at: Machine) -> None:
    place = bot_lock(at.root / "run" / "antiphon", at.env["ANTIPHON_DISCORD_API"], at.env["DISCORD_BOT_TOKEN"])
    at.undo.enter_context(held(lock_of(place), StoreError))


async def a_port_that_is_taken(at: Machine) -> None:
    taken = at.undo.enter_context(socket.socket())
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    at.sections += ["[api]", f"port = {taken.getsockname()[1]}"]


def service(at: Machine, state: str, *, linger: bool) -> None:
    """A unit of ours, and what systemd says of it."""
    home = at.root / "home"
    unit = home / ".config" / "systemd" / "user" / "antiphon.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(f"# {MARK}\n")
    commands = Commands.made(at.root / "commands", home)
    commands.write(ActiveState=state, linger=linger)
    at.env["PATH"] = f"{commands.here}:{at.env['PATH']}"


async def a_service_that_does_not_run(at: Machine) -> None:
    service(at, "failed", linger=True)


async def a_service_that_ends_with_the_login(at: Machine) -> None:
    service(at, "active", linger=False)


FAULTS: list[tuple[Fault, str, str]] = [
    (no_configuration, "config", "failure"),
    (misspelt_key, "config", "failure"),
    (no_directory, "config", "failure"),
    (token_for_everybody, "config", "failure"),
    (token_of_nobody, "discord.token", "failure"),
    (no_network, "discord.reach", "failure"),
    (no_intent, "discord.intent", "failure"),
    (in_no_server, "discord.servers", "failure"),
    (another_servers_channel, "discord.channel", "failure"),
    (a_category, "discord.channel", "failure"),
    *((denied(one), "discord.channel", "failure" if one.required else "warning") for one in PERMISSIONS),
    (a_role_without_rights, "discord.channel", "failure"),
    (tags_that_cannot_be_kept, "discord.channel", "warning"),
    (slow_mode, "discord.channel", "warning"),
    (no_commands, "discord.commands", "warning"),
    (no_claude, "claude.command", "failure"),
    (a_claude_that_says_nothing, "claude.command", "failure"),
    (an_old_claude, "claude.command", "warning"),
    (not_logged_in, "claude.login", "failure"),
    (a_login_that_has_ended, "claude.login", "failure"),
    (a_login_that_ends_soon, "claude.login", "warning"),
    (a_state_that_cannot_be_written, "machine.state", "failure"),
    (a_damaged_database, "machine.database", "failure"),
    (a_second_bridge, "machine.second_bridge", "failure"),
    (a_port_that_is_taken, "machine.port", "failure"),
    (a_service_that_does_not_run, "machine.service", "failure"),
    (a_service_that_ends_with_the_login, "machine.linger", "warning"),
]


def name(fault: object) -> str | None:
    return getattr(fault, "__name__", None)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "check", "grade"), FAULTS, ids=name)
async def test_each_fault_is_named_with_its_way_out_and_nothing_else_is(
    machine: Machine, fault: Fault, check: str, grade: str
) -> None:
    await fault(machine)
    found = await machine.findings()
    wrong = [one for one in found if one.grade in ("warning", "failure")]
    assert {(".".join(one.check.split(".")[:2]), one.grade) for one in wrong} == {(check, grade)}, wrong
    assert all(one.way_out for one in wrong)
    assert exit_code(found) == (1 if grade == "failure" else 0)


GOOD = MachineFacts(Path("/state"), True, 100.0, None, True, None)


@pytest.mark.parametrize(
    ("facts", "ahead", "check"),
    [
        (GOOD, 90.0, "machine.clock"),
        (GOOD, -90.0, "machine.clock"),
        (replace(GOOD, free=0.1), 0.0, "machine.disk"),
        (replace(GOOD, free=1.5), 0.0, "machine.disk"),
        (replace(GOOD, fonts=False), 0.0, "machine.fonts"),
        (replace(GOOD, service=UnitState(True, True, "active", stays=True), sleeps=True), 0.0, "machine.sleep"),
    ],
)
def test_what_no_test_can_break_is_told_too(facts: MachineFacts, ahead: float, check: str) -> None:
    found = [one for one in machine_findings(facts, ahead) if one.grade != "well" and one.check != "machine.service"]
    assert [one.check for one in found] == [check]
    assert found[0].way_out


async def test_a_good_set_up_has_nothing_wrong(machine: Machine) -> None:
    found = await machine.findings()
    assert [one for one in found if one.grade in ("warning", "failure")] == []
    assert exit_code(found) == 0
