"""Rules in files of settings, whatever state those are in: what is taken out and put in, and that all else is kept."""

import fcntl
import json
import os
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from antiphon.agent.disk.permission_rules import add, listed, remove
from antiphon.agent.disk.settings_files import SettingsFile, local_settings, shared_settings
from antiphon.errors import NotDone

TOUCH, LS = "Bash(touch a)", "Bash(ls)"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's directory, with a home that is another one."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    directory = tmp_path / "project"
    (directory / ".claude").mkdir(parents=True)
    return directory


def local(root: Path) -> SettingsFile:
    return SettingsFile(root / ".claude" / "settings.local.json", root)


def written(root: Path, text: str) -> Path:
    file = local(root).path
    file.write_text(text)
    return file


def allowing(*rules: str, **more: Any) -> str:
    return json.dumps({"permissions": {"allow": list(rules), **more}}, indent=2)


def taken_out(root: Path, *texts: str) -> set[str]:
    return set(remove(local(root), texts))


def test_a_rule_is_taken_out_and_everything_else_is_kept_as_it_is(root: Path) -> None:
    before = {
        "$schema": "https://x",
        "permissions": {"deny": ["Read(.env)"], "allow": [LS, TOUCH, 7, None, {"a": 1}], "ask": [TOUCH]},
        "env": {"ü": "– 🦑", "n": 12345678901234567890, "f": 0.1, "e": 1e-7},
        "hooks": [],
    }
    file = written(root, json.dumps(before, indent=4, ensure_ascii=False) + "\n")
    file.chmod(0o640)
    assert taken_out(root, TOUCH) == {TOUCH}
    after = json.loads(file.read_text())
    assert after["permissions"].pop("allow") == [LS, 7, None, {"a": 1}]
    before["permissions"].pop("allow")  # type: ignore[attr-defined]
    assert after == before
    assert [*after] == [*before]
    assert file.read_text().startswith('{\n    "$schema"')
    assert "– 🦑" in file.read_text()
    assert file.read_text().endswith("}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "text",
    [
        '{"permissions":{"allow":["Bash(ls)","Bash(touch a)"]}}',
        '{"permissions": {"allow": ["Bash(ls)", "Bash(touch a)"]}}\n',
        '{\n\t"permissions": {\n\t\t"allow": [\n\t\t\t"Bash(ls)",\n\t\t\t"Bash(touch a)"\n\t\t]\n\t}\n}',
        '\ufeff{\n  "permissions": {\n    "allow": [\n      "Bash(ls)",\n      "Bash(touch a)"\n    ]\n  }\n}\n',
    ],
)
def test_the_layout_of_a_file_is_kept(root: Path, text: str) -> None:
    file = written(root, text)
    assert taken_out(root, LS) == {LS}
    assert file.read_text() == text.replace('"Bash(ls)",\n\t\t\t', "").replace('"Bash(ls)",\n      ', "").replace(
        '"Bash(ls)",', ""
    ).replace("[ ", "[")


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (r"Bash(python3 -c 'print\(1\)')", "Bash(python3 -c 'print(1)')"),
        ("Bash(*)", "Bash"),
        ("Task(Explore)", "Agent(Explore)"),
    ],
)
def test_a_rule_is_known_by_what_it_means(root: Path, there: str, wanted: str) -> None:
    file = written(root, allowing(there, LS))
    assert taken_out(root, wanted) == {wanted}
    assert json.loads(file.read_text()) == {"permissions": {"allow": [LS]}}


def test_a_directory_is_taken_out_of_its_own_list(root: Path) -> None:
    file = written(root, allowing(LS, additionalDirectories=["/lib", "/opt"]))
    assert taken_out(root, "Directory(/lib)", LS) == {"Directory(/lib)", LS}
    assert json.loads(file.read_text()) == {"permissions": {"allow": [], "additionalDirectories": ["/opt"]}}


@pytest.mark.parametrize(
    "text",
    ["{}", '{"permissions": 5}', '{"permissions": {"allow": "Bash"}}', allowing(LS), allowing("Bash(touch a b)"), ""],
)
def test_where_the_rule_is_not_there_nothing_is_written(root: Path, text: str) -> None:
    file = written(root, text)
    stamp = file.stat().st_mtime_ns, file.stat().st_ino
    assert taken_out(root, TOUCH) == set()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == stamp
    assert file.read_text() == text


def test_without_a_file_or_its_directory_there_is_nothing_to_take_out(root: Path) -> None:
    assert taken_out(root, TOUCH) == set()
    (root / ".claude").rmdir()
    assert taken_out(root, TOUCH) == set()


@pytest.mark.parametrize(
    "content",
    [
        b"{ broken",
        b"[]",
        b"7",
        b'{"a": NaN}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a": 1e999, "permissions": {"allow": ["Bash(touch a)"]}}',
    ],
)
def test_what_is_no_json_object_is_refused_and_left_alone(root: Path, content: bytes) -> None:
    file = local(root).path
    file.write_bytes(content)
    with pytest.raises(NotDone, match="not valid JSON"):
        taken_out(root, TOUCH)
    with pytest.raises(NotDone, match="not valid JSON"):
        add(local(root), [LS])
    assert file.read_bytes() == content
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_half_a_character_is_kept_as_it_was_written(root: Path) -> None:
    file = written(root, '{"a": "\\ud83d", "ü": 1, "permissions": {"allow": ["Bash(touch a)"]}}')
    assert taken_out(root, TOUCH) == {TOUCH}
    assert json.loads(file.read_text()) == {"a": "\ud83d", "ü": 1, "permissions": {"allow": []}}


def test_a_huge_file_is_refused(root: Path) -> None:
    file = written(root, json.dumps({"permissions": {"allow": [TOUCH]}, "x": "y" * 5_000_000}))
    with pytest.raises(NotDone, match="too large"):
        taken_out(root, TOUCH)
    assert file.stat().st_size > 5_000_000


def test_what_is_no_regular_file_is_not_waited_for(root: Path) -> None:
    os.mkfifo(local(root).path)
    with pytest.raises(OSError, match="regular"):
        taken_out(root, TOUCH)


def test_a_link_out_of_the_project_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "theirs.json"
    outside.write_text(allowing(TOUCH))
    local(root).path.symlink_to(outside)
    with pytest.raises(PermissionError):
        taken_out(root, TOUCH)
    with pytest.raises(PermissionError):
        add(local(root), [LS])
    local(root).path.unlink()
    (root / ".claude").rmdir()
    (root / ".claude").symlink_to(tmp_path)
    (tmp_path / "settings.local.json").write_text(allowing(TOUCH))
    with pytest.raises(PermissionError):
        taken_out(root, TOUCH)
    assert outside.read_text() == (tmp_path / "settings.local.json").read_text() == allowing(TOUCH)


def test_a_link_within_the_project_stays_one(root: Path) -> None:
    target = root / "settings.mine.json"
    target.write_text(allowing(TOUCH, LS))
    local(root).path.symlink_to(target)
    assert taken_out(root, TOUCH) == {TOUCH}
    assert local(root).path.is_symlink()
    assert json.loads(target.read_text()) == {"permissions": {"allow": [LS]}}


def test_a_link_that_leads_in_a_circle_is_an_error_with_words(root: Path) -> None:
    local(root).path.symlink_to(local(root).path)
    with pytest.raises(OSError, match=r"symbolic links|exist"):
        taken_out(root, TOUCH)


def test_two_removals_at_the_same_time_lose_nothing(root: Path) -> None:
    names = [f"Bash(n{n})" for n in range(12)]
    file = written(root, allowing(*names, LS))
    threads = [threading.Thread(target=taken_out, args=(root, one)) for one in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(file.read_text()) == {"permissions": {"allow": [LS]}}


def test_a_lock_that_somebody_holds_for_ever_holds_up_nobody_for_ever(root: Path) -> None:
    file = written(root, allowing(TOUCH))
    holder = os.open(file.parent, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(NotDone, match="is being changed by somebody else"):
        taken_out(root, TOUCH)
    os.close(holder)
    taken_out(root, TOUCH)
    assert json.loads(file.read_text()) == {"permissions": {"allow": []}}


def test_what_somebody_else_writes_meanwhile_is_not_overwritten(root: Path) -> None:
    file = written(root, allowing(TOUCH))
    writes = iter([allowing(TOUCH, "Bash(theirs)")])

    def shown(text: str) -> str:  # is asked while the file has been read and not written yet
        for text_of_theirs in writes:
            replacement = file.with_name("theirs")
            replacement.write_text(text_of_theirs)
            replacement.replace(file)
        return text

    assert remove(local(root), [TOUCH], shown) == {TOUCH}
    assert json.loads(file.read_text()) == {"permissions": {"allow": ["Bash(theirs)"]}}


def test_what_is_changed_again_and_again_is_given_up_without_a_loss(root: Path) -> None:
    file = written(root, allowing(TOUCH))
    count = iter(range(1000))

    def shown(text: str) -> str:
        file.write_text(allowing(TOUCH, f"Bash({next(count)})"))
        return text

    with pytest.raises(NotDone, match="somebody else"):
        remove(local(root), [TOUCH], shown)
    assert TOUCH in file.read_text()
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_secret_in_a_rule_is_known_by_what_people_have_seen(root: Path) -> None:
    file = written(root, allowing("Bash(curl hunter2hunter2)"))
    assert remove(local(root), ["Bash(curl [redacted])"], lambda text: text.replace("hunter2hunter2", "[redacted]"))
    assert json.loads(file.read_text()) == {"permissions": {"allow": []}}


def test_a_rule_is_added_once_and_the_file_made_if_need_be(root: Path) -> None:
    (root / ".claude").rmdir()
    for _ in range(2):
        add(local(root), [TOUCH, "Directory(/lib)"])
    assert local(root).path.read_text() == (
        '{\n  "permissions": {\n    "allow": [\n      "Bash(touch a)"\n    ],\n'
        '    "additionalDirectories": [\n      "/lib"\n    ]\n  }\n}\n'
    )
    written(root, '{"permissions": {"allow": ["Bash(*)"], "deny": []}}')
    add(local(root), [LS, "Bash"])
    assert json.loads(local(root).path.read_text()) == {"permissions": {"allow": ["Bash(*)", LS], "deny": []}}


def test_what_is_allowed_is_listed_by_who_allows_it(root: Path, tmp_path: Path) -> None:
    config, managed = tmp_path / "config", tmp_path / "managed"
    (managed / "managed-settings.d").mkdir(parents=True)
    config.mkdir()
    written(root, allowing(LS, TOUCH, LS, "", additionalDirectories=["/lib"]))
    (root / ".claude" / "settings.json").write_text(allowing("Bash(a)", "Bash(b)"))
    (config / "settings.json").write_text("{ broken")
    (managed / "managed-settings.json").write_text(allowing("Bash(c)"))
    (managed / "managed-settings.d" / "x.json").write_text(allowing("Bash(d)"))
    found = listed(root, config, ("Read(//a/**)",), managed)
    assert [(one.text, one.label, one.scope) for one in found.session] == [("Read(//a/**)", "reading in /a", "session")]
    assert [one.text for one in found.project] == [LS, TOUCH, "Directory(/lib)"]
    assert (found.shared, found.user, found.machine) == (2, 0, 2)
    assert found.file == ".claude/settings.local.json"
    assert found.unreadable == (str(config / "settings.json"),)


def test_where_there_are_no_settings_nothing_is_listed(root: Path, tmp_path: Path) -> None:
    found = listed(root, tmp_path / "none", (), tmp_path / "none")
    assert (found.session, found.project, found.unreadable) == ((), (), ())


# Where they lie (tests/agent/test_rules_and_processes.py asks Claude Code)


def git(where: Path, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *names, *arguments], cwd=where, check=True, capture_output=True)


@pytest.fixture
def repository(root: Path, tmp_path: Path) -> Path:
    """A repository with a directory `sub` and a linked working tree `tree` beside it."""
    git(root, "init", "-q")
    (root / "sub").mkdir()
    (root / "sub" / "file").write_text("x")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    git(root, "worktree", "add", "-q", str(tmp_path / "tree"))
    return root


def places(directory: Path) -> list[Path]:
    return [one.below for one in local_settings(directory)]


def test_settings_lie_in_the_main_tree_of_a_repository_and_in_the_directory(repository: Path, tmp_path: Path) -> None:
    assert places(repository) == [repository]
    assert places(repository / "sub") == [repository, repository / "sub"]
    assert places(tmp_path / "tree" / "sub") == [repository, tmp_path / "tree" / "sub"]
    assert shared_settings(repository / "sub").path == repository / "sub" / ".claude" / "settings.json"


def test_without_a_repository_they_lie_in_the_directory(root: Path, tmp_path: Path) -> None:
    assert places(root) == [root]
    assert places(tmp_path / "nowhere") == [tmp_path / "nowhere"]


def test_a_tree_that_the_repository_does_not_name_is_its_own(repository: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged"
    forged.mkdir()
    (forged / ".git").write_text((tmp_path / "tree" / ".git").read_text())
    assert places(forged) == [forged]
    (forged / ".git").write_text("gitdir: ../nowhere\n")
    assert places(forged) == [forged]
    (forged / ".git").write_text("nonsense")
    (forged / "sub").mkdir()
    assert places(forged / "sub") == [forged, forged / "sub"]


def test_a_repository_of_the_home_directory_does_not_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "init", "-q")
    (root / "sub").mkdir()
    monkeypatch.setenv("HOME", str(root))
    assert places(root / "sub") == [root / "sub"]
