"""Tokens: known by a digest, good for what they say, gone when they are revoked."""

import os
import stat
from pathlib import Path

import pytest

from antiphon.actions.callers import Program
from antiphon.core.access import Action
from antiphon.web import tokens
from antiphon.web.tokens import NameTaken, NoSuchToken, TokenError, Tokens

NOW = 1_000.0


def made(state: Path, name: str = "ci", projects: frozenset[str] | None = None, expires: float | None = None) -> str:
    return tokens.create(state, name, frozenset({"notify", "sessions"}), projects, NOW, expires=expires)


def test_one_is_known_and_nothing_like_it(tmp_path: Path) -> None:
    shown, known = made(tmp_path), Tokens(tmp_path, lambda: ["site", "app"])
    found = known.find(shown, NOW)
    assert found is not None
    actions, projects = frozenset[Action]({"prompt", "stop"}), frozenset({"site", "app"})
    assert known.program(found) == Program("ci", actions, projects, found.id, everywhere=True)
    for other in ("", "antiphon_", shown[:-1], shown + "x", shown.upper(), "Bearer " + shown, "\udcff"):
        assert known.find(other, NOW) is None


def test_the_file_has_no_token_and_is_its_users_alone(tmp_path: Path) -> None:
    shown = made(tmp_path)
    file = tmp_path / tokens.FILE
    assert shown not in file.read_text()
    assert shown.rpartition("_")[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_one_that_is_revoked_or_over_is_not_known(tmp_path: Path) -> None:
    shown, short = made(tmp_path), made(tmp_path, "short", expires=NOW + 5)
    known = Tokens(tmp_path, lambda: ["site"])
    ids = {one.name: one.id for one in tokens.read(tmp_path)}
    assert known.holder(ids["short"], NOW + 4) is not None
    assert known.find(short, NOW + 5) is None
    assert known.holder(ids["short"], NOW + 5) is None
    tokens.revoke(tmp_path, "ci")
    assert known.find(shown, NOW) is None
    made(tmp_path)  # another one of the same name is another program
    assert known.holder(ids["ci"], NOW) is None


def test_names_are_taken_once(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(NameTaken):
        made(tmp_path)
    with pytest.raises(NoSuchToken):
        tokens.revoke(tmp_path, "other")
    assert [one.name for one in tokens.read(tmp_path)] == ["ci"]


@pytest.mark.parametrize("content", ["", "{", "[]x", '[{"name": "a"}]', '"a"'])
def test_a_file_that_is_none_lets_nobody_in_and_is_kept(tmp_path: Path, content: str) -> None:
    made(tmp_path)
    (tmp_path / tokens.FILE).write_text(content)
    with pytest.raises(TokenError):
        Tokens(tmp_path, list).find("antiphon_x", NOW)
    with pytest.raises(TokenError):
        made(tmp_path, "other")
    assert (tmp_path / tokens.FILE).read_text() == content


def test_a_half_written_file_of_a_killed_command_harms_nothing(tmp_path: Path) -> None:
    shown = made(tmp_path)
    (tmp_path / f".{tokens.FILE}.part").write_text("[")
    os.chmod(tmp_path / f".{tokens.FILE}.part", 0o600)
    made(tmp_path, "other")
    assert Tokens(tmp_path, lambda: ["site"]).find(shown, NOW) is not None
