"""What Claude Code's settings deny to Read is not sent: the same rules, asked of Claude Code and of us."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.agent import wording
from antiphon.agent.disk.denials import UnknownRules, denied
from antiphon.agent.files import SendableFiles
from antiphon.core.blocks import AskBlock, FileBlock, NoteBlock
from antiphon.core.events import ToolFinished
from antiphon.core.values import Answer
from studio import Studio, say

from fakes import prompt

DENIED = {  # pattern → files that it denies, and files that it does not
    "./.env": ([".env", "a/.env"], ["env"]),
    "secret.txt": (["secret.txt", "a/SECRET.txt"], ["secret.txt.old"]),
    "/sub/rooted.txt": (["sub/rooted.txt"], ["a/sub/rooted.txt"]),
    "dir/**": (["dir/a", "dir/b/c", "a/dir/a"], ["dirt/a"]),
    "only/*.key": (["only/a.key"], ["only/b/c.key", "a/only/a.key"]),
    "deep/**/x.txt": (["deep/x.txt", "deep/a/b/x.txt"], ["deep/y.txt"]),
    "folder/": (["folder/a", "a/folder/b"], []),
    "q?.txt": (["q1.txt", "a/q1.txt"], ["q12.txt"]),
    "[xy].log": (["x.log"], ["z.log"]),
    "[!uv].dat": (["w.dat", "u.dat"], []),
    "par(en) (1).txt": (["par(en) (1).txt"], ["paren.txt"]),
    "{a,b}.sh": ([], ["a.sh"]),
}
FILES = [(file, True) for yes, _ in DENIED.values() for file in yes] + [
    (file, False) for _, no in DENIED.values() for file in no
]


def deny(directory: Path, *rules: str, name: str = "settings.json") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(json.dumps({"permissions": {"deny": list(rules)}}))


async def test_we_deny_what_claude_code_denies(studio: Studio) -> None:
    work, config = studio.project.directory, studio.launch.config_directory
    for file, _ in FILES:
        (work / file).parent.mkdir(parents=True, exist_ok=True)
        (work / file).write_text("x")
    deny(work / ".claude", *(f"Read({pattern})" for pattern in DENIED))
    calls = "\n".join(f"call Read {json.dumps({'file_path': str(work / file)})}" for file, _ in FILES)
    async with studio.with_claude(permission_mode="dontAsk").session() as (link, ear):
        await say(link, ear, 1, calls)
    theirs = [not event.ok for event in ear.all(ToolFinished)]
    ours = [denied((work / file,), work, config) for file, _ in FILES]
    expected = [wanted for _, wanted in FILES]
    assert dict(zip(FILES, theirs, strict=True)) == dict(zip(FILES, expected, strict=True))
    assert ours == expected


async def test_what_a_repositorys_main_tree_denies_is_denied_in_its_directories_too(studio: Studio) -> None:
    main, config = studio.project.directory, studio.launch.config_directory
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}  # noqa: TID251
    await run("git", "init", "--quiet", cwd=main, env=git)
    work = main / "sub"
    (work / "deep").mkdir(parents=True)
    files = ["any.txt", "deep/any.txt", "own.txt", "rooted.txt", "deep/rooted.txt", "free.txt"]
    for file in files:
        (work / file).write_text("x")
    deny(main / ".claude", "Read(any.txt)", "Read(./own.txt)", "Read(/rooted.txt)", name="settings.local.json")
    calls = "\n".join(f"call Read {json.dumps({'file_path': str(work / file)})}" for file in files)
    studio = replace(studio, project=replace(studio.project, directory=work)).with_claude(permission_mode="dontAsk")
    async with studio.session() as (link, ear):
        await say(link, ear, 1, calls)
    theirs = [not event.ok for event in ear.all(ToolFinished)]
    assert dict(zip(files, theirs, strict=True)) == {file: denied((work / file,), work, config) for file in files}
    assert theirs == [True, True, True, True, False, False]


def test_rules_of_the_user_the_project_and_the_machine_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, config, managed = tmp_path / "work", tmp_path / "home" / ".claude", tmp_path / "managed"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def is_denied(file: Path) -> bool:
        return denied((file,), work, config, managed)

    assert not is_denied(work / "a")
    deny(config, "Read(a)", "Read(~/notes.txt)", "Read(/own.txt)", "Bash(cat b)", "Edit(b)")
    deny(work / ".claude", f"Read(/{tmp_path}/elsewhere/**)")
    deny(work / ".claude", "Read(local)", name="settings.local.json")
    deny(managed, "Read(everywhere)", name="managed-settings.json")
    deny(managed / "managed-settings.d", "Read(part)", name="10.json")
    named = ("a", "x/a", "local", "everywhere", "part")
    assert all(is_denied(work / name) for name in named)
    assert is_denied(tmp_path / "home" / "notes.txt")
    assert is_denied(config / "own.txt")
    assert is_denied(tmp_path / "elsewhere" / "deep" / "file")
    assert not is_denied(work / "b")
    deny(config, "Read")
    assert is_denied(work / "b")


@pytest.mark.parametrize("content", ["{", "\x00", "[" * 100_000])
def test_settings_that_cannot_be_read_deny_everything_with_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "work" / ".claude").mkdir(parents=True)
    (tmp_path / "work" / ".claude" / "settings.json").write_text(content)
    (tmp_path / "work" / "a.txt").write_text("a")
    with pytest.raises(UnknownRules, match=r"settings\.json cannot be read"):
        denied((tmp_path / "work" / "a.txt",), tmp_path / "work", tmp_path / "home")
    files = SendableFiles(tmp_path / "work", (tmp_path / "work",), tmp_path / "out", tmp_path / "home")
    sent, (line,) = files.copy(["a.txt"])
    assert not sent
    assert "is not known" in line


async def test_settings_that_claude_code_cannot_read_are_told_once_a_session(studio: Studio) -> None:
    (studio.project.directory / ".claude").mkdir()
    (studio.project.directory / ".claude" / "settings.json").write_text('{"permissions": {"deny": ["Bash"]}')
    notes: list[str] = []
    for n in (1, 2):
        async with studio.session() as (link, ear):
            await say(link, ear, n, "bash: echo allowed all the same")
            assert any("allowed all the same" in text for text in ear.texts())
            notes += [note.text for note in ear.all(NoteBlock)]
    (note,) = notes
    assert note == wording.broken_settings(".claude/settings.json")


def test_what_is_denied_or_the_bridges_own_is_not_sent_also_by_a_link(tmp_path: Path) -> None:
    work, state, config = tmp_path / "work", tmp_path / "work" / "state", tmp_path / "work" / "home"
    for file in (work / "secret.txt", state / "antiphon.db", config / "settings.json"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    deny(work / ".claude", "Read(./secret.txt)")
    (work / "link.txt").symlink_to("secret.txt")
    files = SendableFiles(work, (work,), tmp_path / "out", config, (state,))
    sent, refused = files.copy(["secret.txt", "link.txt", "state/antiphon.db", "home/settings.json"])
    assert not sent
    assert ["deny reading" in line for line in refused] == [True, True, False, False]
    assert ["own files" in line for line in refused] == [False, False, True, True]


async def test_people_are_asked_before_a_hidden_or_ignored_file_is_sent(studio: Studio) -> None:
    work = studio.project.directory
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}  # noqa: TID251
    await run("git", "init", "--quiet", cwd=work, env=git)
    (work / ".gitignore").write_text("*.key\n")
    for name in (".env", "my.key", "plain.txt"):
        (work / name).write_text(name)
    (work / "link.txt").symlink_to(".env")
    async with studio.session() as (link, ear):
        await say(link, ear, 1, sending("plain.txt"))
        assert not ear.all(AskBlock)
        for n, name in enumerate((".env", "my.key", "link.txt"), 2):
            await link.send(prompt(n, sending("plain.txt", name)))
            await ear.until(lambda _, n=n: len(ear.all(AskBlock)) == n - 1)
            asked = ear.all(AskBlock)[-1]
            assert name in asked.reason
            assert "plain" not in asked.reason
            link.answer(Answer(asked.id, name == "my.key", "ada"))
            await ear.turn()
    assert [[file.name for file in block.files] for block in ear.all(FileBlock)] == [
        ["plain.txt"],
        ["plain.txt", "my.key"],
    ]


def sending(*paths: str) -> str:
    return f"call mcp__antiphon__send_file {json.dumps({'paths': paths})}"


async def run(*command: str, cwd: Path, env: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=env)
    assert await process.wait() == 0
