"""What an edit would do is shown as a difference to what is there; nothing else is read for it."""

from pathlib import Path

import pytest
from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.permissions.proposals import proposed
from antiphon.agent.permissions.rules import is_dangerous, permissions, session_rules


async def test_a_write_over_a_file_is_shown_as_what_it_changes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"line {n}\n" for n in range(1, 21)))
    content = (tmp_path / "a.txt").read_text().replace("line 10\n", "ten\n")
    shown = await proposed("Write", {"file_path": f"{tmp_path}/a.txt", "content": content}, tmp_path, DiskThreads())
    lines = [" line 7", " line 8", " line 9", "-line 10", "+ten", " line 11", " line 12", " line 13"]
    assert shown.split("\n") == ["--- a/a.txt", "+++ b/a.txt", "@@ -7,7 +7,7 @@", *lines]


async def test_an_edit_is_shown_where_it_is_in_the_file_and_every_place_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\nb\n" * 20)
    given = {"file_path": f"{tmp_path}/a.txt", "old_string": "a", "new_string": "c"}
    once = await proposed("Edit", given, tmp_path, DiskThreads())
    assert (once.count("\n-a"), once.count("\n+c"), once.count("@@ -")) == (1, 1, 1)
    every = await proposed("Edit", {**given, "replace_all": True}, tmp_path, DiskThreads())
    assert (every.count("\n-a"), every.count("\n+c")) == (20, 20)


async def test_what_cannot_be_compared_is_shown_as_it_was_asked_for(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("not for the channel\n")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "picture.png").write_bytes(b"\x89PNG\xff\xfe\0")
    (root / "large.txt").write_text("x\n" * 300_000)
    (root / "many.txt").write_text("x\n" * 9000)
    for name in ("project/link.txt", "secret.txt", "project/new.txt", "project/picture.png", "project/large.txt",
                 "project/many.txt", "project", "project/\0"):  # fmt: skip
        shown = await proposed("Write", {"file_path": f"{tmp_path}/{name}", "content": "new\n"}, root, DiskThreads())
        assert shown == "new\n", name
    gone = {"file_path": f"{root}/many.txt", "old_string": "nowhere", "new_string": "there"}
    assert await proposed("Edit", gone, root, DiskThreads()) == "-nowhere\n+there"
    assert await proposed("Bash", {"command": "ls"}, root, DiskThreads()) == "ls"


def test_what_a_process_forgets_is_told_to_the_next_one() -> None:
    rule = PermissionRuleValue("Read", "//x/**")
    session = PermissionUpdate("addRules", [rule], "allow", destination="session")
    kept = PermissionUpdate("addRules", [rule], "allow", destination="localSettings")
    directory = PermissionUpdate("addDirectories", directories=["/a (b)", "/c"], destination="session")
    assert session_rules(kept) == ()
    found = (*session_rules(session), *session_rules(directory))
    told = {"allow": ["Read(//x/**)"], "additionalDirectories": ["/a (b)", "/c"]}
    assert permissions(found) == {**told, "ask": []}


@pytest.mark.parametrize(
    ("command", "dangerous"),
    [
        ("git push origin", True),
        ("cd web && git push", True),
        ("true;git  push --force", True),
        ("echo ready\ngit push now", True),
        ("if true; then GIT_DIR=x git push a; fi", True),
        ("echo $(git push a)", True),
        ("git status", False),
        ("echo git push", False),
    ],
)
def test_each_command_of_a_line_may_be_dangerous(command: str, dangerous: bool) -> None:
    about = " ".join(command.split())
    assert is_dangerous("Bash", {"command": command}, about, ("Bash(git push*)",)) == dangerous
    assert not is_dangerous("Read", {"command": command}, about, ("Bash(git push*)",))


def test_a_pattern_with_anything_behind_a_blank_means_the_bare_command_too() -> None:
    rules = ("Bash(git push *)",)
    for command, dangerous in (("git push", True), ("git push -f", True), ("git pushed", False)):
        assert is_dangerous("Bash", {"command": command}, command, rules) == dangerous


def test_a_rule_without_a_pattern_means_the_whole_tool() -> None:
    assert is_dangerous("Write", {"file_path": "/x"}, "x", ("Write",))
    assert is_dangerous("Write", {"file_path": "/x/keys"}, "keys", ("Write(keys*)",))
    assert not is_dangerous("Write", {"file_path": "/x"}, "x", ("Write(keys*)", "not a rule("))
