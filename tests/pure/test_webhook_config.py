"""The configuration of a bridge that has a webhook and no bot."""

from pathlib import Path

import pytest

from antiphon.config.load import load, load_configuration, secrets, webhook_file
from antiphon.config.settings import Settings, WebhookSettings
from antiphon.errors import ConfigError

TOKEN = "t" * 60 + "-_0123"
URL = f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}"
BOT = "MTA0.abcdef.ghijkl"


def written(directory: Path, text: str) -> Path:
    file = directory / "webhook.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def loaded(file: Path, env: dict[str, str] | None = None) -> WebhookSettings:
    found = load_configuration(env or {}, file).settings
    assert isinstance(found, WebhookSettings)
    return found


def test_what_attach_writes_is_a_configuration(tmp_path: Path) -> None:
    found = loaded(
        written(tmp_path, webhook_file(URL, 42)), {"CLAUDE_COMMAND": "/opt/claude", "DISCORD_CHANNEL_ID": "1"}
    )
    assert found.webhook.parts == ("https://discord.com/api/v10", "123456789012345678", TOKEN)
    assert (found.webhook.owner, found.webhook.ping) == (42, {"needs", "done", "failed"})
    assert found.claude.command == Path("/opt/claude")
    assert secrets({}, found) == (TOKEN,)
    assert TOKEN not in repr(found)
    assert loaded(written(tmp_path, webhook_file(URL, None))).webhook.owner is None


@pytest.mark.parametrize(
    "url",
    [
        "", "https://discord.com/channels/1/2", "http://discord.com/api/webhooks/123456789012345678/" + TOKEN,
        URL + "?wait=true", URL + "/slack", URL + '"\nx = "', "https://a@b/api/webhooks/123456789012345678/" + TOKEN,
    ],
)  # fmt: skip
def test_what_is_no_webhooks_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"--webhook: put a webhook's whole address here") as refused:
        webhook_file(url, None)
    assert TOKEN not in str(refused.value)


def test_a_webhook_of_this_machine_needs_no_https() -> None:
    assert "127.0.0.1:80" in webhook_file(f"http://127.0.0.1:80/api/v10/webhooks/123456789012345678/{TOKEN}", None)


def test_an_owner_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="--owner must be an id that Discord gives"):
        webhook_file(URL, 0)


def test_what_calls_is_chosen(tmp_path: Path) -> None:
    assert loaded(written(tmp_path, f'[webhook]\nurl = "{URL}"\nping = ["needs"]\n')).webhook.ping == {"needs"}
    with pytest.raises(ConfigError, match=r"webhook\.ping"):
        loaded(written(tmp_path, f'[webhook]\nurl = "{URL}"\nping = ["always"]\n'))


def test_projects_need_a_bot(tmp_path: Path) -> None:
    file = written(tmp_path, f'[webhook]\nurl = "{URL}"\n[projects.web]\ndirectory = "/"\nchannels = [1]\n')
    with pytest.raises(ConfigError, match="projects: needs a bot"):
        loaded(file)


def test_a_name_that_nobody_knows_is_said_to_be_unknown(tmp_path: Path) -> None:
    file = written(tmp_path, f'[webhook]\nurl = "{URL}"\n[limit]\nturn = 1\n')
    with pytest.raises(ConfigError, match="limit") as refused:
        loaded(file)
    assert "needs a bot" not in str(refused.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, webhook_file(URL, None))
    file.chmod(0o644)
    with pytest.raises(ConfigError, match=r"webhook\.url: others can read"):
        loaded(file)


@pytest.mark.parametrize("env", [{"DISCORD_BOT_TOKEN": BOT}, {}], ids=["in the environment", "in the file"])
def test_a_bot_wins_and_that_is_said(tmp_path: Path, env: dict[str, str]) -> None:
    bot = "" if env else f'[discord]\ntoken = "{BOT}"\n'
    project = f'[projects.web]\ndirectory = "{tmp_path}"\nchannels = [1]\n'
    file = written(tmp_path, f'{bot}[webhook]\nurl = "{URL}"\n{project}')
    assert isinstance(load_configuration(env, file).settings, Settings)
    settings, remarks = load(env, file)
    assert any("[webhook] is not used" in one for one in remarks)
    assert secrets({}, settings) == (BOT, TOKEN)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        load(env, file)


def test_a_token_in_the_environment_makes_no_bot_of_a_file_without_projects(tmp_path: Path) -> None:
    env = {"DISCORD_BOT_TOKEN": BOT * 2}
    found = loaded(written(tmp_path, webhook_file(URL, None)), env)
    assert secrets(env, found) == (TOKEN, BOT * 2)


@pytest.mark.parametrize("text", [None, "[claude]\n"], ids=["no file", "no webhook"])
def test_without_a_webhook_a_bot_is_asked_for(tmp_path: Path, text: str | None) -> None:
    with pytest.raises(ConfigError, match="the bot's token"):
        load_configuration({}, None if text is None else written(tmp_path, text))
