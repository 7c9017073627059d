"""What a tool call, its result and its change to a file look like; the examples are shapes that Claude Code sent."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.agent.events.tool_traits import traits_of
from antiphon.agent.events.tool_view import change, detail, differences, intended, result_text, subject
from antiphon.core.blocks import FileChange, ToolTraits

from growth import takes_linear_time

ROOT = Path("/srv/app")


@pytest.mark.parametrize(
    ("tool", "inputs", "line"),
    [
        ("Bash", {"command": "ls  -la\n| wc", "description": "Count"}, "ls -la | wc"),
        ("Read", {"file_path": "/srv/app/src/x.py"}, "src/x.py"),
        ("Read", {"file_path": "/srv/apple"}, "/srv/apple"),
        ("Grep", {"pattern": "def main", "path": "/srv/app"}, "def main"),
        ("NotebookEdit", {"notebook_path": "/srv/app/n.ipynb", "new_source": "1"}, "n.ipynb"),
        ("TaskUpdate", {"taskId": "2", "status": "completed"}, "#2 completed"),
        ("AskUserQuestion", {"questions": [{"question": "Which one?", "options": []}]}, "Which one?"),
        ("mcp__antiphon__send_file", {"paths": ["/srv/app/a.png", "b.png"]}, "a.png, b.png"),
        ("Novel", {"depth": 3}, ""),
    ],
)
def test_the_line_of_a_call_tells_what_it_is_about(tool: str, inputs: dict[str, Any], line: str) -> None:
    assert subject(tool, inputs, ROOT) == line


@pytest.mark.parametrize(
    ("tool", "inputs", "text"),
    [
        ("Bash", {"command": "ls\necho done", "description": "x"}, "ls\necho done"),
        ("Write", {"file_path": "/srv/app/a", "content": "one\n"}, "one\n"),
        ("Edit", {"old_string": "a\nb\nc", "new_string": "a\nB\nc"}, " a\n-b\n+B\n c"),
        ("Edit", {"old_string": "a", "new_string": "b", "replace_all": True}, "-a\n+b\n(every occurrence)"),
        ("NotebookEdit", {"notebook_path": "n", "new_source": "x = 1"}, "x = 1"),
        ("Agent", {"description": "d", "prompt": "Look around"}, "Look around"),
        ("ExitPlanMode", {"plan": "# Plan", "planFilePath": "/p"}, "# Plan"),
        ("ExitPlanMode", {}, ""),
        ("Read", {"file_path": "/srv/app/a", "limit": 5}, '{\n  "file_path": "a",\n  "limit": 5\n}'),
        ("Bash", {"command": 7}, '{\n  "command": 7\n}'),
    ],
)
def test_the_detail_of_a_call_is_what_a_person_wants_to_read(tool: str, inputs: dict[str, Any], text: str) -> None:
    assert detail(tool, inputs, ROOT) == text


def test_an_edit_comes_with_its_lines_and_its_diff() -> None:
    hunk = {"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 3, "lines": ["-# Hi", "+# Ho", "+--- x", " two"]}
    result = {"filePath": "/srv/app/README.md", "oldString": "# Hi", "newString": "# Ho", "structuredPatch": [hunk]}
    diff = "--- a/README.md\n+++ b/README.md\n@@ -1,2 +1,3 @@\n-# Hi\n+# Ho\n+--- x\n two"
    assert change(result, ROOT) == FileChange("README.md", 2, 1, diff)


def test_a_new_file_is_all_added() -> None:
    result = {"type": "create", "filePath": "/elsewhere/new.txt", "content": "a\nb\n", "structuredPatch": []}
    diff = "--- /dev/null\n+++ b/elsewhere/new.txt\n@@ -0,0 +1,2 @@\n+a\n+b"
    assert change(result, ROOT) == FileChange("/elsewhere/new.txt", 2, 0, diff)


def test_a_notebooks_cell_comes_with_its_lines() -> None:
    result = {"notebook_path": "/srv/app/n.ipynb", "cell_id": "c", "edit_mode": "replace", "error": ""}
    what = change({**result, "old_source": "x=1", "new_source": "x=2\ny=3"}, ROOT)
    assert what == FileChange("n.ipynb", 2, 1, "--- a/n.ipynb\n+++ b/n.ipynb\n@@ cell c @@\n-x=1\n+x=2\n+y=3")


@pytest.mark.parametrize(
    "result",
    [
        None,
        "Error: Exit code 3",
        {"stdout": "x", "stderr": ""},
        {"type": "text", "file": {"filePath": "/srv/app/a"}},
        {"type": "update", "filePath": "/srv/app/a", "content": "same", "structuredPatch": []},
        {"filePath": "/srv/app/a", "structuredPatch": "odd"},
        {"notebook_path": "/srv/app/n", "new_source": "x", "error": "no such cell"},
    ],
)
def test_what_changed_no_file_is_no_change(result: object) -> None:
    assert change(result, ROOT) is None


def test_a_call_of_a_sub_agent_tells_what_it_means_to_change() -> None:
    edit = {"file_path": "/srv/app/a", "old_string": "x\ny", "new_string": "x\nz\nz"}
    assert intended("Edit", edit, ROOT) == FileChange("a", 2, 1, "--- a/a\n+++ b/a\n@@ @@\n x\n-y\n+z\n+z")
    assert intended("Bash", {"command": "rm a"}, ROOT) is None


@pytest.mark.parametrize(
    ("content", "result", "text"),
    [
        ("plain", {"stdout": "plain"}, "plain"),
        (None, None, ""),
        ([{"type": "text", "text": "a"}, {"type": "image", "source": {}}], None, "a\n[image]"),
        ([{"type": "tool_reference", "tool_name": "TaskCreate"}], {"matches": ["TaskCreate"]}, "TaskCreate"),
        (
            [{"type": "text", "text": "Async agent launched successfully. (Th"}],
            {"isAsync": True},
            "runs in the background",
        ),
        ("Async agent launched successfully. (This", None, "runs in the background"),
        ("Command running in background with ID: b1.", {"backgroundTaskId": "b1"}, "runs in the background"),
        (
            [{"type": "text", "text": "[Subagent hand-back] The text below…"}],
            {
                "agentId": "a1",
                "status": "completed",
                "harnessNoteCount": 1,
                "harnessTailCount": 0,
                "content": [{"type": "text", "text": "<tools-used>"}, {"type": "text", "text": "The report"}],
            },
            "The report",
        ),
    ],
)
def test_a_results_words_are_those_for_people(content: Any, result: object, text: str) -> None:
    assert result_text(content, result) == text


lines = st.lists(st.sampled_from(["a", "b", "", "  c", "+d", "-e"]), max_size=30)


@given(lines, lines)
def test_differences_lead_from_the_old_text_to_the_new_one(old: list[str], new: list[str]) -> None:
    marked = differences("\n".join(["first", *old, "last"]), "\n".join(["first", *new, "last"]))
    left = "\n".join(line[1:] for line in marked if line[0] != "+")
    right = "\n".join(line[1:] for line in marked if line[0] != "-")
    assert left in "\n".join(["first", *old, "last"])
    assert right in "\n".join(["first", *new, "last"])
    assert len(left.splitlines()) - len(right.splitlines()) == len(old) - len(new)


def test_long_texts_are_compared_in_linear_time() -> None:
    def added(lines: int) -> int:
        old = "\n".join(f"line {n % 7}" for n in range(lines))
        new = "\n".join(f"line {n % 5}" for n in range(lines))
        return sum(line.startswith("+") for line in differences(old, new))

    assert added(40_000) > 39_000
    assert takes_linear_time(added, 40_000)


@pytest.mark.parametrize(
    ("tool", "traits"),
    [
        ("Read", ToolTraits("read")),
        ("Grep", ToolTraits("search")),
        ("Write", ToolTraits("edit")),
        ("Edit", ToolTraits("edit", language="diff")),
        ("Bash", ToolTraits("execute", language="bash")),
        ("WebSearch", ToolTraits("fetch")),
        ("Task", ToolTraits("think", starts_agent=True)),
        ("TodoWrite", ToolTraits("think", quiet=True)),
        ("mcp__antiphon__send_file", ToolTraits(label="antiphon: send_file", quiet=True)),
        ("mcp__github__list__issues", ToolTraits(label="github: list__issues")),
        ("mcp__x", ToolTraits()),
        ("a tool of tomorrow", ToolTraits()),
    ],
)
def test_a_tool_is_told_by_its_kind(tool: str, traits: ToolTraits) -> None:
    assert traits_of(tool) == traits
