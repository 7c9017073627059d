"""`antiphon attach` and `antiphon detach` in homes of their own, with the real `claude` executable."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from antiphon.agent.process.installation import bundled
from antiphon.attach import install, state, wording
from antiphon.cli.main import main

from environment import from_nothing, replace_environment

A_HOOK = {"type": "command", "command": "echo theirs"}
ODD = (  # JSON as nobody writes it, with others' hooks for what we listen to, and others' plugins
    '{ "z":1,\t"a" : "größe \\u00e9 🎻",\r\n\n "hooks":{"Stop":[ {"hooks":[{"type":"command","command":"true"}]}],'
    '"SessionStart":[],"PreToolUse":[{"hooks":[], "matcher":"Bash"}]}, "enabledPlugins" : {"x@y":true}}  '
)
ODDITIES = (
    "",
    "{}",
    "{ }\n\n",
    '\n{"a":1}',
    '{"b":1e3,"a":1.0,"b":2}',
    '{"half":"\\ud83d"}',
    '{"n":12345678901234567890}',
)
SETTINGS = ("attach", "--yes", "--settings")
PLUGIN = ("attach", "--yes")
BOTH = pytest.mark.parametrize("way", [PLUGIN, SETTINGS], ids=["plugin", "settings"])
WAYS = pytest.mark.parametrize(
    "way",
    [PLUGIN, (*PLUGIN, "--scope", "project"), (*PLUGIN, "--scope", "local"), SETTINGS, (*SETTINGS, "--scope", "local")],
    ids=["plugin", "plugin project", "plugin local", "settings", "settings local"],
)


class Home:
    """A user's home, with nothing in it but a project."""

    def __init__(self, root: Path) -> None:
        self.root, self.state, self.project = root, root / "state", root / "project"
        self.claude, self.settings = root / ".claude", root / ".claude" / "settings.json"
        shared = self.project / ".claude" / "settings.json"
        self.all_settings = (self.settings, shared, shared.with_name("settings.local.json"))

    @property
    def env(self) -> dict[str, str]:
        more = {"ANTIPHON_STATE_DIR": str(self.state), "CLAUDE_COMMAND": str(bundled())}
        return {**from_nothing(self.root, "http://127.0.0.1:9"), **more}

    def write(self, content: str, mode: int = 0o644) -> None:
        """The same in the settings of every scope."""
        for path in self.all_settings:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode())
            path.chmod(mode)

    def run(self, *arguments: str, answer: str = "", **env: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            replace_environment(patch, {**self.env, **env})
            patch.chdir(self.project)
            return CliRunner().invoke(main, list(arguments), input=answer)

    def done(self, *arguments: str, **env: str) -> str:
        """What a command says that succeeds."""
        result = self.run(*arguments, **env)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *arguments: str, **env: str) -> str:
        """What a command says that changes nothing, with the exit code of a wrong configuration and no traceback."""
        before = self.tree()
        result = self.run(*arguments, **env)
        assert (result.exit_code, type(result.exception)) == (78, SystemExit), result.output
        assert self.tree() == before
        return result.stderr

    def by_hand(self, *arguments: str) -> None:
        done = subprocess.run([bundled(), *arguments], env=self.env, cwd=self.project, capture_output=True, check=False)
        assert done.returncode == 0, done

    def tree(self) -> dict[str, tuple[str, bytes]]:
        """All that is there, but for what Claude Code writes at every start."""
        start = {self.claude / ".claude.json", self.claude / "backups", *self.claude.glob("backups/*")}
        there = set(self.root.rglob("*")) - start
        if self.claude.exists() and {*self.claude.iterdir()} and {*self.claude.iterdir()} <= start:
            there.discard(self.claude)
        return {str(path.relative_to(self.root)): _look(path) for path in sorted(there)}


def _look(path: Path) -> tuple[str, bytes]:
    mode = stat.filemode(path.lstat().st_mode)
    if path.is_symlink():
        return mode, os.fsencode(path.readlink())
    return mode, path.read_bytes() if path.is_file() else b""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home of ü")
    found.project.mkdir(parents=True)
    return found


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """A Claude Code that does these lines where it should install the plugin."""

    def make(lines: str) -> str:
        path = tmp_path / "claude"
        path.write_text(f'#!/bin/sh\nif [ "$2" = install ]; then {lines}; fi\nexec {bundled()} "$@"\n')
        path.chmod(0o700)
        return str(path)

    return make


def edited(said: dict[str, Any]) -> dict[str, Any]:
    """Settings in which somebody writes a value, a hook beside ours, and one among ours."""
    hooks = {"Stop": [], **said.get("hooks", {})}
    among = {"SessionEnd": [{"hooks": [*one["hooks"], A_HOOK]} for one in hooks.get("SessionEnd", [])]}
    return {**said, "theme": "dark", "hooks": {**hooks, **among, "Stop": [*hooks["Stop"], {"hooks": [A_HOOK]}]}}


@WAYS
@pytest.mark.parametrize("content", [None, ODD], ids=["none", "odd"])
def test_all_is_said_before_it_is_written_and_detach_leaves_everything_as_it_was(
    home: Home, way: tuple[str, ...], content: str | None
) -> None:
    if content is not None:
        home.write(content, 0o640)
        (home.root / ".config" / "git").mkdir(parents=True)
        (home.root / ".config" / "git" / "ignore").write_text("*~")
    before = home.tree()
    asked = home.run(*(one for one in way if one != "--yes"), answer="n\n").output
    assert wording.NOTHING_CHANGED in asked
    assert home.tree() == before
    said = {Path(line.strip().removesuffix(" (new)")) for line in asked.splitlines() if line.startswith("  ")}
    assert wording.ATTACHED in home.done(*way)
    changed = [home.root / name for name, look in home.tree().items() if before.get(name) != look and look[0][0] != "d"]
    assert [path for path in changed if said.isdisjoint((path, *path.parents))] == []
    assert [path for path in said if not path.exists()] == []
    assert wording.DETACHED in home.done("detach")
    assert home.tree() == before
    assert wording.NOT_ATTACHED in home.done("detach")


@pytest.mark.parametrize("content", ODDITIES)
def test_json_that_is_written_oddly_comes_back_as_it_was_written(home: Home, content: str) -> None:
    home.write(content)
    before = home.tree()
    home.done(*SETTINGS)
    assert json.loads(content or "{}").items() <= json.loads(home.settings.read_text()).items()
    home.done("detach")
    assert home.tree() == before


@BOTH
@pytest.mark.parametrize("content", [ODD, None], ids=["to a file", "to nothing"])
def test_a_link_stays_a_link_and_what_it_leads_to_comes_back(
    home: Home, way: tuple[str, ...], content: str | None
) -> None:
    home.claude.mkdir()
    home.settings.symlink_to(home.root / "dotfiles.json")
    if content is not None:
        home.settings.write_text(content)
    before = home.tree()
    home.done(*way)
    assert "antiphon" in home.settings.read_text()
    assert home.settings.is_symlink()
    home.done("detach")
    assert home.tree() == before


def test_what_claude_code_refuses_is_said_in_its_words_and_undone(home: Home) -> None:
    home.write("{}")
    local = home.all_settings[2]
    local.symlink_to(local.rename(home.root / "dotfiles.json"))
    assert f"Refusing to write through symlink: {local}" in home.refused(*PLUGIN, "--scope", "local")


def test_a_secret_is_not_written_into_what_a_project_shares(home: Home) -> None:
    assert wording.SHARED in home.refused(*SETTINGS, "--scope", "project")


@BOTH
@pytest.mark.parametrize("content", ['{"a":', "[]", "\ufeff{}", '{"a":NaN}', '"{}"', "[" * 100_000])
def test_what_are_no_settings_is_left_alone(home: Home, way: tuple[str, ...], content: str) -> None:
    home.write(content)
    assert f"{home.settings}: is not valid JSON" in home.refused(*way)


@BOTH
def test_what_cannot_be_read_or_written_is_left_alone(home: Home, way: tuple[str, ...]) -> None:
    home.write("{}", 0o444)
    assert f"{home.settings}: is read-only" in home.refused(*way)
    home.settings.unlink()
    home.settings.mkdir()
    assert f"{home.settings}: cannot be read" in home.refused(*way)
    home.settings.rmdir()
    home.state.touch()
    assert f"{home.state}: cannot be written" in home.refused(*way)


@pytest.mark.parametrize("hooks", ['{"hooks":[]}', '{"hooks":{"Stop":1}}', '{"hooks":null}'])
def test_hooks_that_are_none_are_not_written_over(home: Home, hooks: str) -> None:
    home.write(hooks)
    assert str(home.settings) in home.refused(*SETTINGS)


@BOTH
def test_settings_that_are_broken_while_attached_change_nothing_until_they_are_mended(
    home: Home, way: tuple[str, ...]
) -> None:
    before = home.tree()
    home.done(*way)
    attached = home.settings.read_text()
    home.settings.write_text(attached + "}")
    for command in (("detach",), way):
        assert str(home.settings) in home.refused(*command)
    home.settings.write_text(attached)
    home.done("detach")
    assert home.tree() == before


@BOTH
def test_attaching_again_keeps_what_running_sessions_know(home: Home, way: tuple[str, ...]) -> None:
    home.write(ODD)
    before = home.tree()
    home.done("-c", "bridge.toml", *way)
    first = state.read(home.state)
    assert first is not None
    assert first.config == str(home.project / "bridge.toml")
    pid = home.state / state.BELLS / "bridge.pid"
    pid.write_text("1\n")
    assert wording.RENEWED in home.done(*way)
    assert state.read(home.state) == first
    assert "bridge.toml" in (home.state / "plugin" / "antiphon" / "hooks" / "hooks.json").read_text()
    assert pid.read_text() == "1\n"
    home.done("detach")
    assert home.tree() == before


def test_the_configuration_that_a_bridge_would_find_here_is_told_to_sessions(home: Home) -> None:
    (home.project / "antiphon.toml").touch()
    home.done(*SETTINGS)
    known = state.read(home.state)
    assert known is not None
    assert known.config == str(home.project / "antiphon.toml")


def test_attaching_another_way_takes_the_first_one_out(home: Home) -> None:
    home.write(ODD)
    before = home.tree()
    for way in (PLUGIN, (*SETTINGS, "--scope", "local"), (*PLUGIN, "--scope", "project"), SETTINGS):
        home.done(*way)
        assert home.all_settings[2].read_bytes() == ODD.encode() or "local" in way
    home.done("detach")
    assert home.tree() == before


URL = f"https://discord.com/api/webhooks/123456789012345678/{'x' * 68}"


@BOTH
def test_a_webhook_is_all_that_a_bridge_is_told_and_goes_with_it(home: Home, way: tuple[str, ...]) -> None:
    home.write(ODD)
    before = home.tree()
    said = home.done(*way, "--webhook", URL, "--owner", "42")
    file = home.state / state.WEBHOOK
    assert str(file) in said
    assert wording.TELLING in said
    assert (file.stat().st_mode & 0o777, URL in file.read_text()) == (0o600, True)
    known = state.read(home.state)
    assert known is not None
    assert known.config == str(file)
    assert wording.RENEWED in home.done(*way)
    assert state.read(home.state) == known
    assert URL not in "".join(path.read_text() for path in home.root.rglob("*") if path.is_file() and path != file)
    home.done("detach")
    assert home.tree() == before


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--webhook", "https://discord.com/channels/1"), "--webhook: put"),
        (("--webhook", URL, "-c", "bridge.toml"), wording.BOTH),
        (("--owner", "42"), wording.OWNER_ALONE),
    ],
)
def test_what_makes_no_configuration_changes_nothing(home: Home, options: tuple[str, ...], why: str) -> None:
    assert why in home.refused(*PLUGIN, *options)


def test_a_webhook_is_not_left_behind_where_claude_code_refuses(home: Home, script: Callable[[str], str]) -> None:
    claude = script("exit 1")
    assert "refuses" in home.refused(*PLUGIN, "--webhook", URL, CLAUDE_COMMAND=claude)


def test_another_version_replaces_the_files_of_this_one(home: Home) -> None:
    where = install.Where(home.state, home.claude, home.project, bundled(), home.env)
    for version in ("1", "2"):
        install.attach(where, "user", ("true", version), "", version, as_plugin=True)
        (home.state / "plugin" / "antiphon" / "of-version-1").touch() if version == "1" else None
    for plugin in (
        home.state / "plugin" / "antiphon",
        home.claude / "plugins" / "cache" / "antiphon" / "antiphon" / "2",
    ):
        assert json.loads((plugin / ".claude-plugin" / "plugin.json").read_text())["version"] == "2"
        assert "true 2" in (plugin / "hooks" / "hooks.json").read_text()
        assert not (plugin / "of-version-1").exists()
    assert [one.name for one in (home.claude / "plugins" / "cache" / "antiphon" / "antiphon").iterdir()] == ["2"]


@pytest.mark.parametrize("way", [PLUGIN, (*PLUGIN, "--scope", "local"), SETTINGS], ids=["plugin", "local", "settings"])
def test_what_somebody_has_written_since_stays(home: Home, way: tuple[str, ...]) -> None:
    home.write(ODD, 0o640)
    before = home.tree()
    home.done(*way)
    changed = [path for path in home.all_settings if path.read_bytes() != ODD.encode()]
    for path in changed:
        path.write_text(json.dumps(edited(json.loads(path.read_text()))))
    said = home.done("detach")
    for path in changed:
        expected = edited(json.loads(ODD))
        if SETTINGS[-1] in way:  # a hook of theirs, in what was an entry of ours
            expected["hooks"]["SessionEnd"] = [{"hooks": [A_HOOK]}]
        else:
            del expected["hooks"]["SessionEnd"]
        assert str(path) in said
        assert json.loads(path.read_text()) == expected
        path.write_bytes(ODD.encode())
    assert home.tree() == before


@pytest.mark.parametrize("claude", [str(bundled()), "/gone"], ids=["Claude Code is there", "it is gone"])
def test_a_plugin_that_somebody_has_uninstalled_meanwhile_is_detached_all_the_same(home: Home, claude: str) -> None:
    before = home.tree()
    home.done(*PLUGIN)
    home.by_hand("plugin", "uninstall", "antiphon@antiphon")
    assert wording.DETACHED in home.done("detach", CLAUDE_COMMAND=claude)
    assert home.tree() == before


def test_detach_works_from_anywhere_without_claude_code_and_without_the_project(home: Home) -> None:
    home.write(ODD)
    before = home.tree()
    home.done(*PLUGIN, "--scope", "local")
    for path in (home.settings, home.claude / "plugins" / "known_marketplaces.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "new": {}}))
    (home.claude / "plugins" / "data" / "antiphon-antiphon").mkdir(parents=True)  # as a session does that starts
    shutil.rmtree(home.project / ".claude")
    home.done("detach", CLAUDE_COMMAND="/gone", CLAUDE_CONFIG_DIR=str(home.root / "other"))
    assert json.loads(home.settings.read_text()) == {**json.loads(ODD), "new": {}}
    assert home.tree().keys() - before.keys() == {".claude/plugins", ".claude/plugins/known_marketplaces.json"}
    assert before.keys() - home.tree().keys() == {one for one in before if one.startswith("project/.claude")}


def test_true_is_not_one(home: Home) -> None:
    home.write('{"a":1}')
    home.done(*SETTINGS)
    home.settings.write_text(home.settings.read_text().replace('"a": 1', '"a": true'))
    home.done("detach")
    assert home.settings.read_text() == '{\n  "a": true\n}\n'


def test_what_fails_in_the_middle_is_undone(home: Home, script: Callable[[str], str]) -> None:
    fails = script("env >&2; exit 1")
    home.write(ODD, 0o640)
    said = home.refused(*PLUGIN, CLAUDE_COMMAND=fails, DISCORD_BOT_TOKEN="the-token")
    assert "DISABLE_AUTOUPDATER=1" in said
    assert "the-token" not in said
    assert "/gone: cannot be run" in home.refused(*PLUGIN, CLAUDE_COMMAND="/gone")


@BOTH
def test_what_fails_while_it_is_renewed_leaves_it_attached(
    home: Home, script: Callable[[str], str], way: tuple[str, ...]
) -> None:
    before = home.tree()
    home.done(*way)
    home.refused("-c", "another.toml", *PLUGIN, "--scope", "local", CLAUDE_COMMAND=script("exit 1"))
    home.done("detach")
    assert home.tree() == before


def test_what_was_killed_in_the_middle_is_undone_by_detach(home: Home, script: Callable[[str], str]) -> None:
    home.write(ODD)
    before = home.tree()
    env = {**home.env, "CLAUDE_COMMAND": script("kill -9 $PPID; exit 1")}
    command = (sys.executable, "-m", "antiphon", *PLUGIN)
    killed = subprocess.run(command, env=env, cwd=home.project, capture_output=True, check=False)
    assert killed.returncode == -9, killed
    assert "extraKnownMarketplaces" in home.settings.read_text()
    assert wording.DETACHED in home.done("detach")
    assert home.tree() == before


def test_a_second_attach_waits_until_the_first_is_done(home: Home, script: Callable[[str], str]) -> None:
    lock = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], 0), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    home.done(*PLUGIN, CLAUDE_COMMAND=script(f'{sys.executable} -c "{lock}" "$ANTIPHON_STATE_DIR" && exit 1'))


def test_a_second_bridge_does_not_take_the_plugin_from_the_first(home: Home) -> None:
    home.done(*PLUGIN)
    other = {"ANTIPHON_STATE_DIR": str(home.root / "state of another")}
    assert str(home.state / "plugin") in home.refused(*PLUGIN, **other)
    assert wording.NOT_ATTACHED in home.done("detach", **other)


@BOTH
def test_only_this_user_can_read_the_secret(home: Home, way: tuple[str, ...]) -> None:
    home.write("{}")
    umask = os.umask(0)
    try:
        home.done(*way)
    finally:
        os.umask(umask)
    told = state.read(home.state)
    assert told is not None
    holders = [path for path in home.root.rglob("*") if path.is_file() and told.secret in path.read_text("latin-1")]
    expected = [
        home.state / "attach.json",
        *home.root.rglob("hooks.json"),
        *([home.settings] if way == SETTINGS else []),
    ]
    assert sorted(holders) == sorted(expected)
    kept, directories = home.state / "attach-kept.json", (home.state / "plugin", home.state / "terminals", home.state)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (*holders, kept)} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}
