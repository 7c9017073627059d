"""Configuration: the simple case by environment, the full one by file, and every problem at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.config.load import claude_directory, load, state_directory
from antiphon.core.coordination.board import CoordinationSettings
from antiphon.core.values import PersonId, PlaceId
from antiphon.errors import ConfigError

TOKEN = "MTA0.abcdef.ghijkl"


def simple(directory: Path) -> dict[str, str]:
    return {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": "123", "CLAUDE_WORKING_DIR": str(directory)}


def test_three_variables_are_enough(tmp_path: Path) -> None:
    settings, remarks = load(simple(tmp_path), None)
    (project,) = settings.as_projects()
    assert (project.name, project.directory) == (tmp_path.name, tmp_path)
    assert project.channels == {PlaceId(123)}
    assert remarks == ()


def test_every_variable_of_the_simple_case_has_its_effect(tmp_path: Path) -> None:
    more = {
        "CLAUDE_COMMAND": "/opt/claude",
        "CLAUDE_MODEL": "opus",
        "CLAUDE_PERMISSION_MODE": "plan",
        "MAX_CONCURRENT_SESSIONS": "7",
        "SESSION_TIMEOUT_SECONDS": "300",
        "DISCORD_OWNER_ID": "42",
        "ANTIPHON_DISCORD_API": "http://127.0.0.1:1/api/v10",
    }
    settings, _ = load({**simple(tmp_path), **more}, None)
    (project,) = settings.as_projects()
    assert settings.claude.command == Path("/opt/claude")
    assert (project.claude.model, project.claude.permission_mode) == ("opus", "plan")
    assert (settings.limits.sessions_at_work, settings.limits.turn_silence) == (7, 300)
    assert project.access.people == {PersonId(42)}
    assert settings.discord.api == "http://127.0.0.1:1/api/v10"


def test_the_coordination_channel_is_named_by_variables(tmp_path: Path) -> None:
    settings, remarks = load({**simple(tmp_path), "COORDINATION_CHANNEL_ID": "5"}, None)
    assert settings.as_coordination() == CoordinationSettings(PlaceId(5))
    of_peer = {**simple(tmp_path), "CCDB_COORDINATION_CHANNEL_NAME": "#Claude  Works"}
    settings, _ = load(of_peer, None)
    assert settings.as_coordination() == CoordinationSettings(channel_name="claude-works")
    settings, _ = load({**of_peer, "COORDINATION_CHANNEL_NAME": "ours"}, None)
    assert settings.as_coordination().channel_name == "ours"
    assert not any("COORDINATION" in one for one in remarks)


def test_one_board_for_all_needs_a_channel(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text(f"""
        [coordination]
        board = "together"
        [projects.web]
        directory = "{tmp_path}"
        channels = [1]
    """)
    with pytest.raises(ConfigError) as raised:
        load({"DISCORD_BOT_TOKEN": "t" * 60}, file)
    assert any("channel_name" in one for one in raised.value.problems)


def with_co_authors(directory: Path, *entries: str) -> Path:
    """A file with such entries of one project."""
    file = directory / "antiphon.toml"
    lines = [
        f'[projects.web]\ndirectory = "{directory}"\nchannels = [1]\nguests = "ignore"',
        "[projects.web.co_authors]",
    ]
    file.write_text("\n".join([*lines, *entries]))
    return file


def test_co_authors_and_what_becomes_of_strangers_are_the_projects(tmp_path: Path) -> None:
    entries = '42 = "Ada Lovelace <ada@example.org>"', '43 = "Bén <b+x@example.org>"'
    settings, _ = load({"DISCORD_BOT_TOKEN": "t" * 60}, with_co_authors(tmp_path, *entries))
    (project,) = settings.as_projects()
    assert project.co_authors == (
        (PersonId(42), "Ada Lovelace <ada@example.org>"),
        (PersonId(43), "Bén <b+x@example.org>"),
    )
    assert project.strangers == "ignore"
    (project,) = load(simple(tmp_path), None)[0].as_projects()
    assert (project.co_authors, project.strangers) == ((), "offer")


@pytest.mark.parametrize(
    "entry",
    [
        'ada = "Ada <ada@example.org>"',
        '0 = "Ada <ada@example.org>"',
        '42 = "Ada"',
        '42 = "ada@example.org"',
        '42 = "<ada@example.org>"',
        '42 = "Ada <ada>"',
        '42 = "Ada <a@b> <c@d>"',
        '42 = "Ada <ada@example.org>\\n"',
        '42 = "Ada\\nSigned-off-by: Eve <ada@example.org>"',
        f'42 = "{"A" * 200} <ada@example.org>"',
    ],
)
def test_a_co_author_that_git_could_not_name_on_one_line_is_refused(tmp_path: Path, entry: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"DISCORD_BOT_TOKEN": "t" * 60}, with_co_authors(tmp_path, entry))
    assert any("projects.web.co_authors" in one for one in raised.value.problems)


def test_a_file_holds_many_projects_and_the_defaults_fill_in(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    (tmp_path / "web").mkdir()
    file.write_text(f"""
        [claude]
        model = "sonnet"
        allowed_tools = ["Read"]
        [projects.web]
        directory = "{tmp_path}/web"
        channels = [1, 2]
        roles = [9]
        [projects.api]
        directory = "{tmp_path}"
        channels = [3]
        model = "opus"
        permission_mode = "acceptEdits"
        mention_required = true
    """)
    settings, _ = load({"DISCORD_BOT_TOKEN": TOKEN}, file)
    web, api = settings.as_projects()
    assert (web.claude.model, web.claude.allowed_tools, web.claude.permission_mode) == ("sonnet", ("Read",), "default")
    assert (api.claude.model, api.claude.permission_mode, api.mention_required) == ("opus", "acceptEdits", True)


def test_all_problems_are_reported_at_once_with_their_keys(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text("""
        [limits]
        sessions_at_work = 0
        [projects.web]
        directory = "/no/such/place"
        channels = ["general"]
        permission_mode = "yolo"
        colour = "red"
    """)
    with pytest.raises(ConfigError) as caught:
        load({}, file)
    lines = "\n".join(caught.value.problems)
    for key in (
        "DISCORD_BOT_TOKEN is not set",
        "line 3: limits.sessions_at_work",
        "line 5: projects.web.directory",
        "line 6: projects.web.channels, entry 1",
        "line 7: projects.web.permission_mode",
        "line 8: projects.web.colour",
    ):
        assert key in lines
    assert len(caught.value.problems) == 6


def test_in_the_simple_case_problems_name_the_variables(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"CLAUDE_WORKING_DIR": str(tmp_path), "MAX_CONCURRENT_SESSIONS": "many"}, None)
    lines = "\n".join(caught.value.problems)
    for name in ("DISCORD_BOT_TOKEN", "DISCORD_CHANNEL_ID", "MAX_CONCURRENT_SESSIONS"):
        assert name in lines


@pytest.mark.parametrize("token", ["", "your-token-here", "two words"])
def test_an_example_value_is_not_taken_for_a_token(tmp_path: Path, token: str) -> None:
    with pytest.raises(ConfigError, match="DISCORD_BOT_TOKEN"):
        load({**simple(tmp_path), "DISCORD_BOT_TOKEN": token}, None)


def test_a_token_is_never_printed(tmp_path: Path) -> None:
    settings, _ = load(simple(tmp_path), None)
    assert TOKEN not in repr(settings)
    with pytest.raises(ConfigError) as caught:
        load({**simple(tmp_path), "DISCORD_BOT_TOKEN": "your-secret"}, None)
    assert "your-secret" not in str(caught.value)


def test_one_channel_belongs_to_one_project(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    projects = "".join(f'[projects.{name}]\ndirectory = "{tmp_path}"\nchannels = [1]\n' for name in ("a", "b"))
    file.write_text(projects)
    with pytest.raises(ConfigError, match="two projects"):
        load({"DISCORD_BOT_TOKEN": TOKEN}, file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, tmp_path / "nowhere.toml")


def test_a_section_that_is_none_is_said(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text('discord = "a word"\nprojects = 3\n')
    with pytest.raises(ConfigError) as caught:
        load({"DISCORD_BOT_TOKEN": TOKEN}, file)
    assert caught.value.problems == (
        f"{file}, line 1: discord must be a table, not “a word”",
        f"{file}, line 2: projects must be a table, not 3",
    )


def test_the_home_of_a_stranger_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ANTIPHON_STATE_DIR"):
        state_directory({"ANTIPHON_STATE_DIR": "~nobody-has-this-name/state"})
    with pytest.raises(ConfigError, match="there is no directory"):
        load({**simple(tmp_path), "CLAUDE_WORKING_DIR": "~nobody-has-this-name/code"}, None)


def test_directories_come_from_the_environment(tmp_path: Path) -> None:
    assert state_directory({"ANTIPHON_STATE_DIR": str(tmp_path)}) == tmp_path
    assert claude_directory({"CLAUDE_CONFIG_DIR": str(tmp_path)}) == tmp_path
    assert claude_directory({"HOME": str(tmp_path)}) == tmp_path / ".claude"


_HIDING = """
import ctypes, os
from antiphon.config.load import environment, hide_secrets
print(environment()["DISCORD_BOT_TOKEN"], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
hide_secrets()
print(environment().get("DISCORD_BOT_TOKEN"), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def with_a_token(directory: Path, mode: int) -> Path:
    """A configuration file that holds the token."""
    file = directory / "antiphon.toml"
    project = f'[projects.one]\ndirectory = "{directory}"\nchannels = [1]\n'
    file.write_text(f'{project}[discord]\ntoken = "{TOKEN}"\n')
    file.chmod(mode)
    return file


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_with_the_token_that_others_can_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    file = with_a_token(tmp_path, mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {file}") as caught:
        load({}, file)
    assert TOKEN not in str(caught.value)
    with pytest.raises(ConfigError):  # it lies open there, though another one is used
        load({"DISCORD_BOT_TOKEN": "another-one"}, file)


def test_a_file_without_the_token_may_be_read_by_everybody(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text(f'[projects.one]\ndirectory = "{tmp_path}"\nchannels = [1]\n')
    file.chmod(0o644)
    assert load({"DISCORD_BOT_TOKEN": TOKEN}, file)[1] == ()


@pytest.mark.parametrize(
    ("in_file", "root", "words"),
    [
        (False, False, ()),
        (True, False, ("antiphon.toml",)),
        (False, True, ("memory",)),
        (True, True, ("toml", "memory")),
    ],
)
def test_where_claude_code_could_read_the_token_is_said_in_one_line(
    tmp_path: Path, in_file: bool, root: bool, words: tuple[str, ...]
) -> None:
    if in_file:
        _, remarks = load({}, with_a_token(tmp_path, 0o600), root=root)
    else:
        _, remarks = load(simple(tmp_path), None, root=root)
    assert len(remarks) == bool(words)
    assert all(word in "".join(remarks) for word in words)
    assert TOKEN not in "".join(remarks)


_SHOWN = """
import os, sys
from antiphon.config.initial_environment import hide_token
hide_token()
shown = open("/proc/self/environ").read() + open("/proc/self/cmdline").read()
token = os.environ["DISCORD_BOT_TOKEN"]
print(os.getpid(), token, token in shown, len(os.listdir("/proc/self/fd")), *sys.argv[1:])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_a_program_begins_anew_without_the_token_in_its_initial_environment(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SHOWN)
    child = subprocess.Popen(
        [sys.executable, str(script), "two words"],
        env={"DISCORD_BOT_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = child.communicate()[0].strip()
    assert said == f"{child.pid} {TOKEN} False 4 two words"  # the usual three descriptors, and the one that lists them


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is Linux's")
def test_the_token_is_taken_out_of_reach_once_it_is_read() -> None:
    child = subprocess.run(
        [sys.executable, "-c", _HIDING], env={"DISCORD_BOT_TOKEN": TOKEN}, capture_output=True, text=True, check=True
    )
    assert child.stdout.split() == [TOKEN, "1", "None", "0"]  # 3 asks whether other processes may look inside


def test_git_of_sessions_gets_no_configuration_from_our_environment() -> None:
    words = "import os; from antiphon.config.load import hide_secrets; hide_secrets(); print(sorted(os.environ))"
    ours = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c", "GIT_CONFIG_GLOBAL": "x"}
    child = subprocess.run([sys.executable, "-c", words], env=ours, capture_output=True, text=True, check=True)
    assert [name for name in ours if name in child.stdout] == ["GIT_CONFIG_GLOBAL"]


@pytest.mark.parametrize(("name", "mode"), [("manual", "default"), ("auto", "auto"), ("dontAsk", "dontAsk")])
def test_each_mode_of_claude_code_may_be_configured_by_its_name(tmp_path: Path, name: str, mode: str) -> None:
    settings, _ = load({**simple(tmp_path), "CLAUDE_PERMISSION_MODE": name}, None)
    assert [one.claude.permission_mode for one in settings.as_projects()] == [mode]


def test_there_is_a_process_for_each_turn_at_work(tmp_path: Path) -> None:
    file = tmp_path / "antiphon.toml"
    file.write_text("[limits]\nsessions_at_work = 8\nprocesses = 4\n")
    with pytest.raises(ConfigError, match="processes must be at least sessions_at_work"):
        load(simple(tmp_path), file)


def with_a_token_file(directory: Path, named: str) -> Path:
    file = directory / "antiphon.toml"
    project = f'[projects.one]\ndirectory = "{directory}"\nchannels = [1]\n'
    file.write_text(f'[discord]\ntoken_file = "{named}"\n{project}')
    return file


def test_the_token_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    token.chmod(0o600)
    settings, remarks = load({}, with_a_token_file(tmp_path, "token"))
    assert settings.discord.token.get_secret_value() == TOKEN
    assert [one for one in remarks if str(token) in one]
    assert load({"DISCORD_BOT_TOKEN": "t" * 60}, with_a_token_file(tmp_path, "nowhere"))[1] == ()


@pytest.mark.parametrize(
    ("named", "content", "mode", "words"),
    [
        ("nowhere", b"", 0o600, "DIR/nowhere cannot be read (No such file or directory); name the file"),
        ("token", TOKEN.encode(), 0o644, "others can read DIR/token; run: chmod 600 DIR/token"),
        ("token", b"\xff\xfe", 0o600, "DIR/token cannot be read (not a text); name the file that holds the token"),
        ("token", b"your token", 0o600, "put the bot's own token here"),
        ("token", b"", 0o600, "put the bot's own token here"),
    ],
)
def test_what_is_wrong_with_the_tokens_file_is_said_on_its_line(
    tmp_path: Path, named: str, content: bytes, mode: int, words: str
) -> None:
    token = tmp_path / "token"
    token.write_bytes(content)
    token.chmod(mode)
    file = with_a_token_file(tmp_path, named)
    with pytest.raises(ConfigError) as caught:
        load({}, file)
    (problem,) = caught.value.problems
    assert problem.replace(str(tmp_path), "DIR").startswith(f"DIR/{file.name}, line 2: discord.token_file: {words}")
    assert TOKEN not in problem
