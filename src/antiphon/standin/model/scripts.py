"""What the scripted model can be told to do.

A person writes one or more trigger lines in a prompt; they are run in order, as one turn. A trigger is found on any
line of the prompt, in upper or lower case; `\\n` in TEXT and CONTENT stands for a line break.

| line | what the model does |
|---|---|
| `say: TEXT` | answers that text, to the character |
| `count N` | answers "1 2 3 … N" |
| `long N` | answers N characters of Markdown: headings, lists, code, a table (`texts.long_text`) |
| `stream N RATE [PIECE]` | answers N characters at RATE tokens a second, PIECE in a delta (`texts.stream_text`) |
| `think: TEXT` | thinks that text first |
| `bash: CMD` | runs that command and quotes the first line of its output |
| `edit FILE` | reads the file and changes one line of it, or writes it when it is new |
| `write FILE: CONTENT` | writes a file |
| `tools N` | N tool calls, one after the other |
| `parallel N` | N tool calls in one message |
| `steps` | text and tools in turn |
| `ask [N]` | asks one question with two options, or N (at most 4), the second one with several answers |
| `plan` | proposes a plan (ExitPlanMode) |
| `tasks` | keeps a task list while working (TaskCreate, TaskUpdate) |
| `agent: TEXT` | starts a sub-agent with that prompt, which may hold a trigger itself |
| `call TOOL {JSON}` | calls any tool that there is, with that input |
| `sleep SECONDS` | a Bash command that takes so long |
| `slow SECONDS` | sends nothing for so long |
| `error STATUS [N][: WORDS]` | answers with that HTTP status, N times (without N: always; a 400 is tried six times) |
| `limit SECONDS [N]` | a subscription's usage limit refuses it, N times (once); it is reset in so many seconds |
| `cut [N]` | the connection closes in the middle of the answer, N times (without N: always) |
| `hang` | never answers |
| `remember WORD`, `recall` | recall names every word of the conversation that was to be remembered |
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from antiphon.standin.model import texts
from antiphon.standin.model.acts import Call, Calls, Fault, Rate, Slow, Text, Thinking, json_object
from antiphon.standin.model.reading import Reading
from antiphon.standin.model.scene import Play, Scene, Script, bash, call, closing, is_denial, lacks, propose, single
from antiphon.standin.model.tour import TOUR

_NUMBERED_LINE = re.compile(r"^\s*\d+[\t→](.*)$", re.MULTILINE)
_REMEMBER = re.compile(r"^[ \t]*remember[ \t]+(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)


def _breaks(text: str) -> str:
    return text.replace("\\n", "\n")


def _say(_scene: Scene, match: re.Match[str]) -> Play:
    yield Text(_breaks(match[1]))


def _count(_scene: Scene, match: re.Match[str]) -> Play:
    yield Text(texts.count_text(int(match[1])))


def _long(_scene: Scene, match: re.Match[str]) -> Play:
    yield Text(texts.long_text(int(match[1])))


def _stream(_scene: Scene, match: re.Match[str]) -> Play:
    yield Rate(float(match[2]), int(match[3] or 0))
    yield Text(texts.stream_text(int(match[1])))


def _think(_scene: Scene, match: re.Match[str]) -> Play:
    yield Thinking(_breaks(match[1]))
    yield Text("I have thought about it.")


def _bash(scene: Scene, match: re.Match[str]) -> Play:
    return single(scene, bash(match[1], "Run the command that was asked for"))


def _sleep(scene: Scene, match: re.Match[str]) -> Play:
    # Not the shell's own sleep: the CLI refuses one that does nothing but wait (seen for 60 s; 4 s are allowed).
    command = f"python3 -c 'import time; time.sleep({match[1]})' && echo slept {match[1]}"
    return single(scene, bash(command, f"Wait {match[1]} seconds"))


def _write(scene: Scene, match: re.Match[str]) -> Play:
    if (yield from lacks(scene, "Write")):
        return
    done = (yield Calls((call("Write", file_path=scene.path(match[1]), content=_breaks(match[2]) + "\n"),)))[0]
    yield Text(closing(done) if done.is_error else f"{match[1]} is written.")


def _edit(scene: Scene, match: re.Match[str]) -> Play:
    path = scene.path(match[1])
    if (yield from lacks(scene, "Read", "Edit", "Write")):
        return
    read = (yield Calls((call("Read", file_path=path),)))[0]
    if is_denial(read):
        yield Text(closing(read))
        return
    lines = [line for line in _NUMBERED_LINE.findall(read.text) if line.strip()]
    old = next((line for line in lines if lines.count(line) == 1 and read.text.count(line) == 1), "")
    if read.is_error or not old:
        yield Text(f"{match[1]} is new, so I write it.")
        done = (yield Calls((call("Write", file_path=path, content="Written by the scripted model.\n"),)))[0]
    else:
        new = f"{old} (edited)"
        done = (yield Calls((call("Edit", file_path=path, old_string=old, new_string=new),)))[0]
    yield Text(closing(done) if done.is_error else f"{match[1]} is changed.")


def _mixed(scene: Scene, number: int) -> Iterator[Call]:
    """So many harmless calls, over the tools that there are."""
    readme = scene.path("README.md")
    kinds: list[Callable[[int], Call]] = [
        lambda n: bash(f"echo call {n}", f"Print the number {n}"),
        lambda _: call("Read", file_path=readme),
        lambda _: call("Glob", pattern="*"),
        lambda n: call("Grep", pattern=f"part {n}"),
    ]
    usable = [kind for kind in kinds if kind(0).tool in scene.tools]
    for n in range(1, number + 1):
        if usable:
            yield usable[(n - 1) % len(usable)](n)


def _tools(scene: Scene, match: re.Match[str]) -> Play:
    calls = tuple(_mixed(scene, int(match[1])))
    if not calls and (yield from lacks(scene, "Bash")):
        return
    failed = 0
    for step in calls:
        results = yield Calls((step,))
        failed += results[0].is_error
        if is_denial(results[0]):
            yield Text(closing(results[0]))
            return
    yield Text(f"{len(calls)} tool calls done, {failed} of them failed.")


def _parallel(scene: Scene, match: re.Match[str]) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    numbers = range(1, int(match[1]) + 1)
    results = yield Calls(tuple(bash(f"echo parallel {n}", f"Print the number {n}") for n in numbers))
    yield Text("\n".join(closing(result) for result in results))


def _steps(scene: Scene, _match: re.Match[str]) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    yield Text("First I look around.")
    first = yield Calls((bash("ls", "List the files"),))
    yield Text(f"{closing(first[0])}\n\nThen I check the date.")
    second = yield Calls((bash("date +%Y", "Print the year"),))
    yield Text(f"{closing(second[0])}\n\nBoth steps are done.")


_QUESTIONS = (
    {
        "question": "Which database should the project use?",
        "header": "Database",
        "multiSelect": False,
        "options": [
            {"label": "SQLite", "description": "One file, nothing to run"},
            {"label": "PostgreSQL", "description": "A server, for several machines"},
        ],
    },
    {
        "question": "Which checks should run before a commit?",
        "header": "Checks",
        "multiSelect": True,
        "options": [
            {"label": "Tests", "description": "The whole run"},
            {"label": "Types", "description": "Strict types"},
            {"label": "Format", "description": "One style"},
        ],
    },
    {
        "question": "How should the module be named?",
        "header": "Name",
        "multiSelect": False,
        "options": [
            {"label": "store", "description": "What survives a restart"},
            {"label": "archive", "description": "What is only looked at"},
        ],
    },
    {
        "question": "When should it be released?",
        "header": "Release",
        "multiSelect": False,
        "options": [
            {"label": "Today", "description": "As it is"},
            {"label": "Next week", "description": "After a review"},
        ],
    },
)


def _ask(scene: Scene, match: re.Match[str]) -> Play:
    number = min(int(match[1] or 1), len(_QUESTIONS))
    return single(scene, call("AskUserQuestion", questions=list(_QUESTIONS[:number])))


_PLAN = "# Plan\n\n1. Read the code\n2. Write a failing test\n3. Make it pass\n\nNothing else is touched.\n"


def _plan(scene: Scene, _match: re.Match[str]) -> Play:
    if (yield from propose(scene, _PLAN)):
        yield Text("The plan is approved, so I begin.")


def _tasks(scene: Scene, _match: re.Match[str]) -> Play:
    if (yield from lacks(scene, "TaskCreate", "TaskUpdate")):
        return
    for subject in ("Read the code", "Write the test"):
        yield Calls((call("TaskCreate", subject=subject, description=f"{subject} of the project"),))
    for number in ("1", "2"):
        for status in ("in_progress", "completed"):
            yield Calls((call("TaskUpdate", taskId=number, status=status),))
    yield Text("Both tasks are completed.")


def _agent(scene: Scene, match: re.Match[str]) -> Play:
    if (yield from lacks(scene, "Agent")):
        return
    started = call("Agent", description="Scripted sub-agent", prompt=match[1], subagent_type="general-purpose")
    result = (yield Calls((started,)))[0]
    # What comes back for a sub-agent in the background is meant for the model alone.
    at_work = result.text.startswith("Async agent launched")
    yield Text("The sub-agent is at work in the background." if at_work else closing(result))


def _call_any(scene: Scene, match: re.Match[str]) -> Play:
    try:
        inputs = json.loads(match[2] or "{}")
    except json.JSONDecodeError as error:
        yield Text(f"The input of {match[1]} is no JSON: {error}.")
        return
    yield from single(scene, Call(match[1], json_object(inputs)))


def _slow(_scene: Scene, match: re.Match[str]) -> Play:
    yield Slow(float(match[1]))
    yield Text(f"That took {match[1]} seconds to begin.")


def _error(_scene: Scene, match: re.Match[str]) -> Play:
    yield Fault("error", status=int(match[1]), times=int(match[2]) if match[2] else None, words=match[3] or "")
    yield Text(f"The error {match[1]} is over.")


def _limit(_scene: Scene, match: re.Match[str]) -> Play:
    told = "This request would exceed your account's rate limit. Please try again later."
    yield Fault("error", status=429, times=int(match[2] or 1), words=told, resets=float(match[1]))
    yield Text("The limit is reset.")


def _cut(_scene: Scene, match: re.Match[str]) -> Play:
    yield Fault("cut", times=int(match[1]) if match[1] else None)
    yield Text("The connection holds again.")


def _hang(_scene: Scene, _match: re.Match[str]) -> Play:
    yield Fault("hang")


def _remember(_scene: Scene, match: re.Match[str]) -> Play:
    yield Text(f"I will remember {match[1]}.")


def remembered(reading: Reading) -> tuple[str, ...]:
    """Every word that the conversation so far asked to remember, each once, in order."""
    return tuple(dict.fromkeys(word for text in reading.said for word in _REMEMBER.findall(text)))


def _recall(scene: Scene, _match: re.Match[str]) -> Play:
    words = remembered(scene.reading)
    yield Text(f"You asked me to remember: {', '.join(words)}" if words else "You asked me to remember nothing.")


def _script(example: str, description: str, pattern: str, play: Callable[[Scene, re.Match[str]], Play]) -> Script:
    name = re.split(r"[ :]", example)[0]
    return Script(name, example, description, re.compile(rf"^\s*{pattern}\s*$", re.IGNORECASE), play)


SCRIPTS: tuple[Script, ...] = (
    _script("say: Hello from the scripted model", "answers exactly this text", r"say:[ \t]?(.*?)", _say),
    _script("count 20", "counts", r"count (\d+)", _count),
    _script("long 6000", "long Markdown with code, lists and tables", r"long (\d+)", _long),
    _script(
        "stream 2000 100",
        "so many characters at so many tokens a second",
        r"stream (\d+) (\d+(?:\.\d+)?)(?: ([1-9]\d*))?",
        _stream,
    ),
    _script("think: is it worth it?", "thinks before it answers", r"think:[ \t]?(.*?)", _think),
    _script("bash: ls -la", "runs a command", r"bash:\s*(.+?)", _bash),
    _script("edit README.md", "changes a line of a file, or writes it when it is new", r"edit (\S+)", _edit),
    _script("write notes.txt: first line", "writes a file", r"write (\S+?):[ \t]?(.*?)", _write),
    _script("tools 5", "tool calls, one after the other", r"tools (\d+)", _tools),
    _script("parallel 3", "tool calls in one message", r"parallel (\d+)", _parallel),
    _script("steps", "text and tools in turn", r"steps", _steps),
    _script("ask 3", "asks questions", r"ask(?: (\d))?", _ask),
    _script("plan", "proposes a plan for approval", r"plan", _plan),
    _script("tasks", "keeps a task list", r"tasks", _tasks),
    _script("agent: bash: echo from the sub-agent", "starts a sub-agent with that prompt", r"agent:\s*(.+?)", _agent),
    _script(
        'call Bash {"command": "date"}',
        "calls any tool, with JSON as its input",
        r"call (\w+)(?: (\{.*\}))?",
        _call_any,
    ),
    _script("sleep 5", "a command that takes so many seconds", r"sleep (\d+(?:\.\d+)?)", _sleep),
    _script("slow 3", "says nothing for so many seconds", r"slow (\d+(?:\.\d+)?)", _slow),
    _script(
        "error 529 1",
        "the API fails with that status, so many times",
        r"error (\d{3})(?: (\d+))?(?::[ \t]?(.+?))?",
        _error,
    ),
    _script("limit 3600", "a usage limit, which is reset in so many seconds", r"limit (-?\d+)(?: (\d+))?", _limit),
    _script("cut 1", "the stream breaks off in the middle", r"cut(?: (\d+))?", _cut),
    _script("hang", "never answers", r"hang", _hang),
    _script("remember apple", "keeps a word", r"remember (\S+)", _remember),
    _script("recall", "names the words that were to be remembered", r"recall", _recall),
)


def triggers(prompt: str) -> tuple[tuple[Script, re.Match[str]], ...]:
    """The trigger lines of a prompt, sentences of the tour among them, in order."""
    found: list[tuple[Script, re.Match[str]]] = []
    for line in prompt.splitlines():
        for script in (*SCRIPTS, *TOUR):
            if match := script.pattern.match(line):
                found.append((script, match))
                break
    return tuple(found)
