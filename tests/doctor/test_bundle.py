"""The file for a bug report has what helps, and none of the secrets that were in play."""

import zipfile
from pathlib import Path

import pytest

from antiphon.core.health import Finding
from antiphon.doctor.bundle import write_bundle
from antiphon.doctor.examine import known_secrets
from antiphon.errors import StoreError

SECRETS = {
    "token": "bot.token.that.nobody.may.see",
    "signing": "a-signing-secret-of-a-trigger",
    "webhook": "webhooktokenwebhooktokenwebhooktokenwebhook",
    "key": "sk-ant-api03-0123456789abcdefghij",
    "oauth": "sk-ant-oat01-0123456789abcdefghij",
}
CONFIG = f"""
[discord]
token = "{SECRETS["token"]}"

[webhook]
url = "https://discord.com/api/webhooks/123456789012345678/{SECRETS["webhook"]}"

[projects.web]
directory = "/"
channels = [1]

[triggers.push]
project = "web"
events = ["push"]
secret = "{SECRETS["signing"]}"
prompt = "look"
"""


@pytest.mark.parametrize("broken", ["", "\nchanels = 3\n", "\n= not TOML"], ids=["good", "wrong", "unreadable"])
@pytest.mark.parametrize("in_environment", [False, True])
def test_no_secret_is_in_it_whatever_the_configuration_is_like(
    tmp_path: Path, broken: str, in_environment: bool
) -> None:
    config = tmp_path / "antiphon.toml"
    config.write_text(CONFIG + broken)
    config.chmod(0o600)
    env = {"ANTHROPIC_API_KEY": SECRETS["key"], "CLAUDE_CODE_OAUTH_TOKEN": SECRETS["oauth"]}
    if in_environment:
        env["DISCORD_BOT_TOKEN"] = SECRETS["token"]
    (tmp_path / "antiphon.log").write_text("\n".join(f"said {one}" for one in SECRETS.values()))
    (tmp_path / "status.json").write_text(SECRETS["token"])
    findings = [Finding("discord.reach", "failure", f"no answer for {SECRETS['token']}", "look")]
    path = tmp_path / "report.zip"
    write_bundle(path, findings, config, tmp_path, known_secrets(env, config))
    with zipfile.ZipFile(path) as bundle:
        texts = {one: bundle.read(one).decode() for one in bundle.namelist()}
    assert set(texts) == {"versions.json", "doctor.json", "antiphon.toml", "status.json", "antiphon.log"}
    for name, text in texts.items():
        assert not [one for one in SECRETS.values() if one in text], name
    assert "[projects.web]" in texts["antiphon.toml"]
    assert texts["antiphon.log"].count("said [redacted]") == len(SECRETS)
    assert not path.stat().st_mode & 0o077
    with pytest.raises(StoreError):
        write_bundle(path, findings, config, tmp_path, ())
