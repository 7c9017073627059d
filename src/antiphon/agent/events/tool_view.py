"""What a tool call and its result look like to a person: pure, from the tool's own input and output.

Total: whatever a tool sends, something readable comes back. Linear in what it is given, but for differences of at most
`_COMPARED` lines: the pump calls it. Knows Claude Code's own tools by name; every other tool is JSON.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from antiphon.agent import wording
from antiphon.agent.json_values import array, mapping, mappings
from antiphon.core.blocks import FileChange
from antiphon.tools.definitions import ASK

_PATHS = ("file_path", "notebook_path", "path")
_SUBJECTS = ("command", "file_path", "notebook_path", "pattern", "path", "url", "query", "description")
_SUBJECTS_LEFT = ("skill", "prompt", "subject", "question")
_AROUND = 3  # unchanged lines before and after a difference
_COMPARED = 500  # lines on each side that are compared one by one; more are shown as all old, all new
_DIFF_HEAD = 3  # lines of a unified diff before its own: the names of both files, and where
_INTERNAL = ("Async agent launched successfully", "Command running in background with ID")


def subject(tool: str, given: Mapping[str, Any], root: Path | None = None) -> str:
    """The one line that tells what a tool call is about: its command, its file, its pattern. Files below `root` are
    named relative to it."""
    given = mapping(given)
    if tool == "TaskUpdate":
        return f"#{given.get('taskId', '?')} {given.get('status') or given.get('subject') or ''}".rstrip()
    if tool in ("AskUserQuestion", ASK):
        given = (mappings(given.get("questions")) or [given])[0]
    for key in (*_SUBJECTS, *_SUBJECTS_LEFT):
        value = given.get(key)
        if isinstance(value, str) and value.strip():
            return relative(value, root) if key in _PATHS else _one_line(value)
    paths = (*array(given.get("paths")), *array(given.get("files")))
    return ", ".join(relative(path, root) for path in paths if isinstance(path, str))


def detail(tool: str, given: Mapping[str, Any], root: Path | None = None) -> str:
    """The input in full, as a person would want to read it: a command, a plan, what will be written; else JSON."""
    given = mapping(given)
    match tool, given:
        case "Bash", {"command": str(command)}:
            return command
        case "Edit", {"old_string": str(old), "new_string": str(new)}:
            lines = "\n".join(differences(old, new))
            return f"{lines}\n{wording.EVERY_OCCURRENCE}" if given.get("replace_all") else lines
        case "Write", {"content": str(content)}:
            return content
        case "NotebookEdit", {"new_source": str(source)} if given.get("edit_mode") != "delete":
            return source
        case "WebFetch", {"url": str(url), "prompt": str(prompt), **more} if not more:
            return f"{url}\n\n{prompt}"
        case (("Agent" | "Task"), {"prompt": str(prompt)}):
            return prompt
        case "ExitPlanMode", {"plan": str(plan)}:
            return plan
        case _:
            about = subject(tool, given, root)
            shown = {key: relative(value, root) if key in _PATHS else value for key, value in given.items()}
            if len(given) == 1 and about == next(iter(shown.values())):
                return about
            return json.dumps(shown, indent=2, ensure_ascii=False, default=str) if shown else ""


def change(result: object, root: Path | None = None) -> FileChange | None:
    """What a tool did to a file, from the structured result of Edit, Write and NotebookEdit; None: nothing."""
    told = mapping(result)
    match told:
        case {"filePath": str(path)} if patch := _patch(told.get("structuredPatch")):
            return _change(path, root, patch)
        case {"type": "create", "filePath": str(path), "content": str(content)}:
            lines = content.splitlines()
            added = (f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines))
            return _change(path, root, added, new=True)
        case {"notebook_path": str(path), "new_source": str(new)} if not told.get("error"):
            was, mode = told.get("old_source"), told.get("edit_mode")
            old = was if isinstance(was, str) and mode != "insert" else ""
            lines = differences(old, "" if mode == "delete" else new)
            return _change(path, root, (f"@@ cell {told.get('cell_id')} @@", *lines))
        case _:
            return None


def intended(tool: str, given: Mapping[str, Any], root: Path | None = None) -> FileChange | None:
    """What a call means to do to a file: for results that come without their structure (those of sub-agents)."""
    match tool, given:
        case "Edit", {"file_path": str(path), "old_string": str(old), "new_string": str(new)}:
            lines = differences(old, new)
        case ("Write", {"file_path": str(path), "content": str(new)}) | (
            "NotebookEdit",
            {"notebook_path": str(path), "new_source": str(new)},
        ):
            lines = differences("", new)
        case _:
            return None
    return _change(path, root, ("@@ @@", *lines))


def result_text(content: str | list[dict[str, Any]] | None, result: object) -> str:
    """A result's text for people: what Claude Code adds for the model alone is left out."""
    told = mapping(result)
    match told:
        case {"isAsync": True} | {"backgroundTaskId": str()}:
            return wording.IN_BACKGROUND
        case {"agentId": str()} if report := mappings(told.get("content")):
            # Between notes of the CLI's own, which it counts.
            first, last = _count(told, "harnessNoteCount"), _count(told, "harnessTailCount")
            return _joined(report[first : len(report) - last])
        case _:
            text = content if isinstance(content, str) else _joined(mappings(content))
            return wording.IN_BACKGROUND if text.startswith(_INTERNAL) else text


def differences(old: str, new: str) -> list[str]:
    """Both texts as one list of lines, each marked "-", "+" or " ", with a few unchanged lines around."""
    before, after = old.splitlines(), new.splitlines()
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    lines = [f" {line}" for line in before[max(0, head - _AROUND) : head]]
    if max(len(left), len(right)) > _COMPARED:
        lines += [*(f"-{line}" for line in left), *(f"+{line}" for line in right)]
    else:
        whole = difflib.unified_diff(left, right, lineterm="", n=len(left))
        lines += islice(whole, _DIFF_HEAD, None)
    return lines + [f" {line}" for line in before[len(before) - tail :][:_AROUND]]


def relative(path: object, root: Path | None) -> str:
    """A path as one line, relative to `root` when it lies below it."""
    text = _one_line(str(path))
    if root is None:
        return text
    return text.removeprefix(f"{root}/") or text


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many lines, counted from the first, are the same."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(left), len(right)))


def _patch(hunks: object) -> list[str]:
    lines: list[str] = []
    for hunk in mappings(hunks):
        where = [_count(hunk, key) for key in ("oldStart", "oldLines", "newStart", "newLines")]
        lines.append("@@ -{},{} +{},{} @@".format(*where))
        lines += (line for line in array(hunk.get("lines")) if isinstance(line, str))
    return lines


def _change(path: str, root: Path | None, lines: Sequence[str], *, new: bool = False) -> FileChange:
    """`lines`: with their marks, hunk headers among them."""
    path = relative(path, root)
    added, removed = (sum(line.startswith(mark) for line in lines) for mark in "+-")
    name = path.lstrip("/")
    header = ("--- /dev/null" if new else f"--- a/{name}", f"+++ b/{name}")
    return FileChange(path, added, removed, "\n".join((*header, *lines)))


def _joined(parts: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(str(part.get("text") or part.get("tool_name") or f"[{part.get('type')}]") for part in parts)


def _count(told: Mapping[str, Any], key: str) -> int:
    value = told.get(key)
    return value if isinstance(value, int) else 0


def _one_line(text: str) -> str:
    return " ".join(text.split())
