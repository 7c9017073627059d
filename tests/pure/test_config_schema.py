"""The JSON schema of the configuration file: what editors read is what the bridge takes."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator

from antiphon.cli.main import main
from antiphon.config.schema import leaves, published, schema_of

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft7Validator(json.loads((ROOT / "docs" / "antiphon.schema.json").read_text()))


def test_the_published_schema_is_that_of_the_settings() -> None:
    written = (ROOT / "docs" / "antiphon.schema.json").read_text()
    printed = CliRunner().invoke(main, ["config", "schema"])
    assert printed.exit_code == 0
    assert printed.output == written  # else: antiphon config schema > docs/antiphon.schema.json
    assert json.loads(written) == published()
    Draft7Validator.check_schema(published())


def test_every_setting_is_described() -> None:
    bare = [path for path, node in leaves(schema_of()) if not re.fullmatch(r"[A-Z].*[.]", node.get("description", ""))]
    assert bare == []


def blocks_of(file: str) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", (ROOT / file).read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "file", ["README.md", *(str(one.relative_to(ROOT)) for one in sorted((ROOT / "docs").rglob("*.md")))]
)
def test_the_examples_of_the_docs_are_taken(file: str) -> None:
    for block in blocks_of(file):
        wrong = [one.message for one in VALIDATOR.iter_errors(tomllib.loads(block))]
        assert [one for one in wrong if "is a required property" not in one] == [], block  # some are parts of a file


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("", True),
        ("[discord]\napi = 'https://example.org'", True),
        ("[projects.web]\ndirectory = '/'\nchannels = [1]\npermission_mode = 'manual'", True),
        ("[triggers.t]\nproject = 'web'\nprompt = 'x'\nonly = { ref = ['a'], 'a.b' = 'c' }", True),
        ("[projects.web]\nchannels = [1]", False),
        ("[projects.web]\ndirectory = '/'\nchannels = [1]\ncolour = 'red'", False),
        ("[projects.web]\ndirectory = '/'\nchannels = ['general']", False),
        ("[limits]\nturn = 0", False),
        ("[limit]", False),
        ("[schedules.'a b']\nproject = 'web'\nwhen = '1h'\nprompt = 'x'", False),
    ],
)
def test_it_takes_what_is_right_and_nothing_else(text: str, is_right: bool) -> None:
    assert VALIDATOR.is_valid(tomllib.loads(text)) == is_right
