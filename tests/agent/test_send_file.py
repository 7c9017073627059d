"""The tool `send_file`: through the real Claude Code, and the rule about what may go by itself."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from antiphon.agent.files import SendableFiles
from antiphon.core.blocks import AskBlock, FileBlock, ToolBlock
from antiphon.core.events import ToolFinished
from antiphon.core.values import File
from studio import Studio, Talk

from fakes import prompt

MEGABYTE = 1024 * 1024


def call(**given: Any) -> str:
    return f"call mcp__antiphon__send_file {json.dumps(given)}"


def content(file: File) -> str:
    return Path(file.path).read_text()


async def send_file_result(talk: Talk, given: Mapping[str, Any]) -> tuple[list[FileBlock], ToolFinished]:
    """What one call of the real tool gives."""
    assert (await talk.ask(call(**given))).reason == "done"
    assert not talk.ear.all(AskBlock)
    return talk.ear.all(FileBlock), talk.ear.all(ToolFinished)[-1]


async def test_claude_sends_files_without_asking_and_their_copies_stay_as_they_were(talk: Talk) -> None:
    work = talk.directory
    (work / "README.md").write_text("# Hi\n")
    (work / "deep").mkdir()
    (work / "deep" / "chart.png").write_bytes(b"\x89PNG")
    given = {"paths": ["README.md", str(work / "deep" / "chart.png")], "caption": " As asked "}
    (message,), result = await send_file_result(talk, given)
    assert result.ok
    assert "README.md (5 bytes)" in result.text
    assert [(file.name, file.size) for file in message.files] == [("README.md", 5), ("chart.png", 4)]
    assert message.caption == "As asked"
    (work / "README.md").write_text("changed later")
    assert content(message.files[0]) == "# Hi\n"
    assert all(Path(file.path).is_relative_to(talk.studio.files / "out") for file in message.files)
    assert talk.ear.all(ToolBlock)[-1].subject == "README.md, deep/chart.png"


async def test_what_does_not_go_is_named_with_the_reason_and_the_rest_goes(talk: Talk) -> None:
    secret = talk.directory.parent / "secret"
    secret.write_text("secret")
    (talk.directory / "good.txt").write_text("good")
    (talk.directory / "link").symlink_to(secret)
    (message,), result = await send_file_result(talk, {"paths": ["good.txt", "../secret", "link", "missing.txt"]})
    assert [file.name for file in message.files] == ["good.txt"]
    assert result.ok
    for refused in ("../secret: it lies outside", "link: it lies outside", "missing.txt: there is no such file"):
        assert refused in result.text


async def test_a_call_that_sends_nothing_is_an_error_for_claude(talk: Talk) -> None:
    messages, result = await send_file_result(talk, {"paths": ["/etc/hostname"]})
    assert (messages, result.ok) == ([], False)
    assert "lies outside" in result.text


async def test_a_call_with_the_wrong_input_is_an_error_for_claude(talk: Talk) -> None:
    messages, result = await send_file_result(talk, {"paths": []})
    assert (messages, result.ok) == ([], False)


async def test_a_project_may_allow_other_directories(studio: Studio, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "all.csv").write_text("a,b\n")
    async with studio.with_claude(send_from=(reports,)).session() as (link, ear):
        await link.send(prompt(1, call(paths=[str(reports / "all.csv")])))
        assert (await ear.turn()).reason == "done"
    assert ear.all(FileBlock)[0].files[0].name == "all.csv"


@pytest.fixture
def shelf(tmp_path: Path) -> SendableFiles:
    (tmp_path / "work").mkdir()
    return SendableFiles(tmp_path / "work", (tmp_path / "work",), tmp_path / "out", tmp_path / "home" / ".claude")


def refusal(shelf: SendableFiles, path: str) -> str:
    files, (line,) = shelf.copy([path])
    assert not files
    assert not shelf.out.exists()
    return line


def test_only_regular_files_with_something_in_them_go(shelf: SendableFiles) -> None:
    (shelf.root / "empty").touch()
    os.mkfifo(shelf.root / "pipe")
    (shelf.root / "circle").symlink_to(shelf.root / "circle")
    assert "it is empty" in refusal(shelf, "empty")
    assert "not a regular file" in refusal(shelf, "pipe")
    assert "a directory" in refusal(shelf, ".")
    assert "a directory" in refusal(shelf, "")
    assert "cannot be read" in refusal(shelf, "circle")
    assert "cannot be read" in refusal(shelf, "nul\0")


def test_a_directory_that_only_begins_like_the_project_is_outside(shelf: SendableFiles) -> None:
    (shelf.root.parent / "workshop").mkdir()
    (shelf.root.parent / "workshop" / "a").write_text("a")
    assert "outside" in refusal(shelf, str(shelf.root.parent / "workshop" / "a"))
    assert "outside" in refusal(shelf, "../workshop/a")


def test_a_link_that_stays_inside_goes_under_its_own_name(shelf: SendableFiles) -> None:
    (shelf.root / "v2.txt").write_text("two")
    (shelf.root / "latest.txt").symlink_to("v2.txt")
    (file,), refused = shelf.copy(["latest.txt"])
    assert (file.name, content(file), refused) == ("latest.txt", "two", [])


def test_a_project_that_is_reached_through_a_link_is_still_the_project(shelf: SendableFiles) -> None:
    (shelf.root / "a.txt").write_text("a")
    (shelf.root.parent / "alias").symlink_to(shelf.root)
    alias = shelf.root.parent / "alias"
    (file,), _ = replace(shelf, root=alias, allowed=(alias,)).copy(["a.txt"])
    assert file.name == "a.txt"


def test_sizes_are_those_that_discord_takes(shelf: SendableFiles) -> None:
    (shelf.root / "large").write_bytes(bytes(10 * MEGABYTE + 1))
    assert "larger than 10 MiB" in refusal(shelf, "large")
    for name in "abc":
        (shelf.root / name).write_bytes(bytes(10 * MEGABYTE))
    files, refused = shelf.copy(["a", "b", "c"])
    assert [file.name for file in files] == ["a", "b"]
    assert "more than 25 MiB" in refused[0]


def test_files_of_one_name_do_not_hide_each_other(shelf: SendableFiles) -> None:
    for name in ("one", "two"):
        (shelf.root / name).mkdir()
        (shelf.root / name / "a.txt").write_text(name)
    files, _ = shelf.copy(["one/a.txt", "two/a.txt", "one/a.txt"])
    assert [(file.name, content(file)) for file in files] == [("a.txt", "one"), ("a-2.txt", "two")]


def test_a_file_goes_under_a_name_that_can_be_sent(shelf: SendableFiles) -> None:
    for n, name in enumerate(("a\nb.txt", "\x07", "é" * 120 + ".txt", "é" * 120 + "-.txt")):
        (shelf.root / name).write_text(f"{n}")
    files, refused = shelf.copy(["a\nb.txt", "\x07", "é" * 120 + ".txt", "é" * 120 + "-.txt"])
    assert not refused
    assert [file.name for file in files[:2]] == ["a b.txt", "file"]
    assert len({file.name for file in files}) == 4
    assert [content(file) for file in files] == ["0", "1", "2", "3"]


def test_two_files_of_one_name_that_is_as_long_as_names_can_be(shelf: SendableFiles) -> None:
    name = "x" * 251 + ".txt"  # 255 bytes: what file systems take
    for directory in ("one", "two"):
        (shelf.root / directory).mkdir()
        (shelf.root / directory / name).write_text(directory)
    files, refused = shelf.copy([f"one/{name}", f"two/{name}"])
    assert not refused
    assert [content(file) for file in files] == ["one", "two"]
    assert len({file.name for file in files}) == 2
