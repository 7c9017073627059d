"""Names of working trees: one part of a path and of a branch, whatever a thread is called."""

import subprocess
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.agent.git.naming import branch_of, is_free, name_of, names


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Fix the login", "fix-the-login"),
        ("修复登录错误", "修复登录错误"),
        ("Исправить вход", "исправить-вход"),
        ("Das Maß der Straße", "das-mass-der-strasse"),
        ("इनपुट ठीक करें", "इनपुट-ठीक-करें"),
        ("🚀🔥", "session"),
        ("", "session"),
        ("../../etc/passwd", "etc-passwd"),
        ("--force -rf", "force-rf"),
        ("a..b", "a-b"),
        ("refs/heads/x.lock", "refs-heads-x-lock"),
        ("a\x00b\nc", "a-b-c"),
        ("@{-1}", "1"),
        ("HEAD", "head"),
        ("x" * 200, "x" * 48),
        ("é" * 200, "é" * 24),
        ("\u0301 lonely mark", "lonely-mark"),
    ],
)
def test_a_title_gives_a_name(title: str, name: str) -> None:
    assert name_of(title) == name


@given(st.text())
def test_whatever_the_title_the_name_is_short_and_harmless(title: str) -> None:
    for name in islice(names(title), 12):
        assert 0 < len(name.encode()) <= 48
        assert name[0] not in "-."
        assert not set(name) & set("/\\ .:~^?*[@{\x7f\n")
        assert name == name.casefold()


@settings(max_examples=25)  # each asks git
@given(st.lists(st.text(), max_size=6))
def test_git_takes_every_name(titles: list[str]) -> None:
    branches = [f"antiphon/{name_of(title)}" for title in titles]
    for branch in branches:
        subprocess.run(["git", "check-ref-format", "--branch", branch], check=True, capture_output=True)


def test_the_next_name_is_found_where_one_is_taken() -> None:
    assert list(islice(names("Fix it"), 3)) == ["fix-it", "fix-it-2", "fix-it-3"]
    assert list(islice(names("x" * 60), 2)) == ["x" * 48, f"{'x' * 46}-2"]


@pytest.mark.parametrize(
    ("taken", "branch"),
    [
        ([], "antiphon/fix"),
        (["antiphon/fix"], None),
        (["Antiphon/FIX"], None),  # the same on a file system without case
        (["antiphon/fix/more"], None),  # a branch cannot be a folder as well
        (["antiphon"], "antiphon-fix"),
        (["antiphon", "antiphon-fix"], None),
        (["antiphon/fi"], "antiphon/fix"),
    ],
)
def test_a_branch_is_one_that_git_can_have_beside_the_others(taken: list[str], branch: str | None) -> None:
    assert branch_of("fix", "antiphon/", taken) == branch


def test_names_that_differ_in_case_or_spelling_alone_are_the_same() -> None:
    assert not is_free("fix", ["FIX"])
    assert not is_free("caf\u00e9", ["cafe\u0301"])
    assert is_free("fix", ["fixed"])
