"""Skills and commands as read from disk, beside what the real CLI says of the same files."""

from pathlib import Path
from typing import Any

import pytest

from antiphon.agent.disk.skills import front_matter, skills
from antiphon.core.requests import ListSkills, SkillList
from studio import Studio

FILES = {
    "project": {
        "commands/plain.md": "Do the plain thing.\nAnd more.\n",
        "commands/told.md": '---\ndescription: "Says: a thing # really"\nargument-hint: <word> [more]\n---\nBody\n',
        "commands/git/deep/push.md": "---\ndescription: Pushes\nargument-hint: [remote]\n---\nPush\n",
        "commands/both.md": "---\ndescription: the project's\n---\nBody\n",
        "commands/empty.md": "",
        "commands/heading.md": "# A heading\n\nText\n",
        "commands/no.txt": "no command",
        "skills/folded/SKILL.md": "---\nname: folded\ndescription: >-\n  Goes on\n  for two lines\n---\n# Folded\n",
        "skills/named/SKILL.md": "---\nname: Another Name\ndescription: Has a name\n---\nBody\n",
        "skills/hidden/SKILL.md": "---\ndescription: Not for people\nuser-invocable: false\n---\nBody\n",
        "skills/byhand/SKILL.md": "---\ndescription: Only by hand\ndisable-model-invocation: true\n---\nBody\n",
        "skills/bare/SKILL.md": "Just words\n",
        "skills/long/SKILL.md": "---\ndescription: Begins here\n  and goes on\n---\nBody\n",
        "skills/other/README.md": "no skill",
        "skills/twice/SKILL.md": "---\ndescription: the project's skill\n---\nsay: skill of the project\n",
        "skills/same/SKILL.md": "---\ndescription: the skill\n---\nBody\n",
        "commands/same.md": "---\ndescription: the command\n---\nBody\n",
        "skills/deep/er/SKILL.md": "---\ndescription: Too deep\n---\nBody\n",
        "commands/renamed.md": "---\nname: other-name\ndescription: Renamed\n---\nBody\n",
        "commands/late.MD": "Upper\n",
    },
    "user": {
        "commands/mine.md": "---\ndescription: 'It''s mine'\n---\nBody\n",
        "skills/twice/SKILL.md": "---\ndescription: the user's skill\n---\nsay: skill of the user\n",
        "commands/both.md": "---\ndescription: the user's\n---\nBody\n",
        "skills/own/SKILL.md": '---\ndescription: My own # with a comment\nargument-hint: "[a] [b]"\n---\nBody\n',
    },
}


def lay(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


async def told_by_claude(studio: Studio) -> dict[str, dict[str, Any]]:
    async with studio.session() as (link, _):
        reply = await link._client.get_server_info()  # type: ignore[attr-defined]
    return {one["name"]: one for one in reply["commands"] if not one.get("builtin")}


async def test_what_is_read_is_what_claude_code_knows(studio: Studio) -> None:
    home = studio.project.directory.parent / "home" / ".claude"
    lay(studio.project.directory / ".claude", FILES["project"])
    lay(home, FILES["user"])
    known = await told_by_claude(studio)
    read = {one.name: one for one in (await studio.agent.look(studio.project, ListSkills())).skills}
    expected = {
        (alias or name): (one["description"].rpartition(" (")[0], one["argumentHint"])
        for name, one in known.items()
        for alias in one.get("aliases", [None])
    }
    assert expected.pop("empty")[0] == "Custom command"
    assert read.pop("empty").description == ""
    assert {name: (one.description, one.hint) for name, one in read.items()} == expected
    assert len(read) > 12
    assert {one.name for one in read.values() if one.source == "user"} == {"mine", "own", "both", "twice"}


async def test_without_any_there_are_none(studio: Studio) -> None:
    assert await studio.agent.look(studio.project, ListSkills()) == SkillList(())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", {"description": ""}),
        ("---\n", {"description": "---"}),
        ("---\n---\n", {"description": ""}),
        ("---\ndescription: a\n", {"description": "---"}),
        ("\ufeff---\r\ndescription: a\r\n---\r\nb", {"description": "a"}),
        ("---\ndescription: 'it''s'\n---\n", {"description": "it's"}),
        ('---\ndescription: "a \\"b\\" c" # d\n---\n', {"description": 'a "b" c'}),
        ('---\ndescription: "goes\n  on"\nx: y\n---\n', {"description": "goes on", "x": "y"}),
        (
            "---\nallowed-tools:\n  - Bash\n  - Read\ndescription: a\n---",
            {"allowed-tools": "- Bash - Read", "description": "a"},
        ),
        ("---\ndescription: |\n  one\n  # two\n---\n", {"description": "one # two"}),
        ("---\n: : :\n\t{[\n---\nBody", {"description": "Body"}),
    ],
)
def test_a_head_is_read_as_far_as_it_is_understood(text: str, told: dict[str, str]) -> None:
    assert front_matter(text) == told


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    lay(tmp_path / ".claude", {"commands/a.md": "---\ndescription: a\n---\n"})
    (tmp_path / ".claude" / "commands" / "binary.md").write_bytes(b"\xff\xfe\0")
    (tmp_path / ".claude" / "commands" / "lost.md").symlink_to("/nowhere/at/all")
    (tmp_path / ".claude" / "skills").write_text("a file")
    assert "a" in [one.name for one in skills(tmp_path, tmp_path / "none")]
