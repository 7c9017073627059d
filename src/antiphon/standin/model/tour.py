"""The tour: sentences that a person would write, each with what the model does.

A sentence is matched to the letter, alone on a line of the prompt. The scripts talk about a small project (`hello.py`,
its test, a build) and look first at what they find there: every one of them can be asked for twice, and in any order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator

from antiphon.standin.model import tour_texts as texts
from antiphon.standin.model.acts import Act, Calls, Fault, Listen, Result, Text, Thinking
from antiphon.standin.model.reading import API_ERROR
from antiphon.standin.model.scene import Play, Scene, Script, bash, call, closing, is_denial, lacks, propose

_REVIEW = "Review every file, one by one"
_COUNT = "Count the lines, too"
_FIX_LINE = texts.FIX_OLD.strip()
_TESTS = bash("python3 -m unittest", "Run the tests")
_LINE_NUMBER = re.compile(r"^\s*\d+[\t→]", re.MULTILINE)

Step = Generator[Act, tuple[Result, ...], Result]


def _project(_scene: Scene) -> Play:
    yield Text(texts.PROJECT)


def _tests(scene: Scene) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    yield Text("Running them now.")
    done = (yield Calls((_TESTS,)))[0]
    if "FAILED" in done.text:
        yield Text(
            'One of the two fails: `greet("")` says “Hello, !” where the test wants “Hello, stranger!”. '
            "With a name it works."
        )
    else:
        yield Text(closing(done) if done.is_error else "Both tests pass.")


def _why(scene: Scene) -> Play:
    if (yield from lacks(scene, "Read")):
        return
    yield Thinking(texts.WHY_THOUGHTS)
    read = (yield Calls((call("Read", file_path=scene.path("hello.py")),)))[0]
    if read.is_error:
        yield Text(closing(read))
    else:
        yield Text(texts.WHY if _FIX_LINE in read.text else texts.WHY_NO_MORE)


def _fix(scene: Scene) -> Play:
    if (yield from lacks(scene, "Read", "Edit", "Bash")):
        return
    yield Text("Let me look at the function first.")
    read = (yield Calls((call("Read", file_path=scene.path("hello.py")),)))[0]
    if read.is_error or _FIX_LINE not in read.text:
        yield Text(closing(read) if read.is_error else "The greeting is fixed already, so I leave it as it is.")
        return
    yield Text("A name that is empty goes straight into the greeting. It becomes “stranger”.")
    edited = yield from _edit(scene, texts.FIX_OLD, texts.FIX_NEW)
    if edited.is_error:
        yield Text(closing(edited))
        return
    yield Text("And the tests again, to be sure.")
    tested = (yield Calls((_TESTS,)))[0]
    yield Text(closing(tested) if tested.is_error else texts.FIXED)


def _edit(scene: Scene, old: str, new: str) -> Step:
    edit = call("Edit", file_path=scene.path("hello.py"), old_string=old, new_string=new)
    return (yield Calls((edit,)))[0]


def _usage(scene: Scene) -> Play:
    if (yield from lacks(scene, "Bash", "Read", "Write")):
        return
    path = scene.path("USAGE.md")
    listed = (yield Calls((bash("ls", "List the files"),)))[0]
    if "USAGE.md" in listed.text:
        yield Calls((call("Read", file_path=path),))
    yield Text("That is a new file, so you have the last word.")
    written = (yield Calls((call("Write", file_path=path, content=texts.USAGE),)))[0]
    if is_denial(written):
        yield Text("All right, I won't write it.")
    else:
        yield Text(
            closing(written) if written.is_error else "`USAGE.md` is there: how to start it, and how to test it."
        )


_TONES = (
    ("Friendly", "See you soon, {name}!"),
    ("Formal", "Goodbye, {name}."),
    ("Brief", "Bye, {name}."),
)
_TONE_QUESTION = {
    "question": "How should the goodbye sound?",
    "header": "Tone",
    "multiSelect": False,
    "options": [{"label": label, "description": words.format(name="Ada")} for label, words in _TONES],
}


def _goodbye(scene: Scene) -> Play:
    if (yield from lacks(scene, "AskUserQuestion", "Read", "Edit")):
        return
    answer = (yield Calls((call("AskUserQuestion", questions=[_TONE_QUESTION]),)))[0]
    # The answer stands behind the question, whose options are not in the result; words of one's own are possible.
    chosen = next((words for label, words in _TONES if label in answer.text), None)
    if answer.is_error or chosen is None:
        yield Text("No goodbye for now, then." if answer.is_error else f"I take that along. {closing(answer)}")
        return
    read = (yield Calls((call("Read", file_path=scene.path("hello.py")),)))[0]
    if read.is_error or "def farewell" in read.text:
        yield Text(closing(read) if read.is_error else "`hello.py` has a goodbye already, so I leave that one.")
        return
    main = 'if __name__ == "__main__":\n'
    new = f'def farewell(name: str) -> str:\n    return f"{chosen}"\n\n\n{main}'
    edited = yield from _edit(scene, main, new)
    yield Text(
        closing(edited) if edited.is_error else "There it is: `farewell` in `hello.py`, in the tone that you chose."
    )


def _plan(scene: Scene) -> Play:
    if (yield from lacks(scene, "Read", "Edit", "Bash")) or not (yield from propose(scene, texts.PLAN)):
        return
    yield Text("Then I'll start.")
    read = (yield Calls((call("Read", file_path=scene.path("hello.py")),)))[0]
    for old, new in texts.PLAN_EDITS:
        if old.strip() not in read.text:
            yield Text("The option is there already, so there is nothing to do.")
            return
        edited = yield from _edit(scene, old, new)
        if edited.is_error:
            yield Text(closing(edited))
            return
    tried = (yield Calls((bash("python3 hello.py --name Ada", "Try the option"),)))[0]
    yield Text(closing(tried) if tried.is_error else f"Done: `python3 hello.py --name Ada` says “{tried.text.strip()}”")


def _explain(_scene: Scene) -> Play:
    yield Text(texts.EXPLANATION)


def _compare(_scene: Scene) -> Play:
    yield Text(texts.PUBLISHING)


def _send(scene: Scene) -> Play:
    tool = next((name for name in sorted(scene.tools) if name.endswith("send_file")), "send_file")
    if (yield from lacks(scene, tool)):
        return
    sent = (yield Calls((call(tool, paths=["hello.py"], caption="The program as it is now"),)))[0]
    yield Text(closing(sent) if sent.is_error else "Here it is.")


def _review(scene: Scene) -> Play:
    if (yield from lacks(scene, "Read", "Bash")):
        return
    yield Text(f"{len(texts.REVIEWED)} files. It takes a moment, and you can write to me meanwhile.")
    counted: dict[str, int] = {}
    asked = False
    for name, finding in texts.REVIEWED:
        read = (yield Calls((call("Read", file_path=scene.path(name)),)))[0]
        asked = (yield from _heard()) or asked
        counted[name] = len(_LINE_NUMBER.findall(read.text))
        yield Text(f"**{name}**{f', {counted[name]} lines' if asked else ''}: {finding}")
        yield Calls((bash(f"wc -w {name}", f"Count the words of {name}"),))
        asked = (yield from _heard()) or asked
    lines = f" Together they have {sum(counted.values())} lines." if asked else ""
    yield Text(
        f"That was all of them, and they are in good order. I would add a test for a name that is all spaces.{lines}"
    )


def _heard() -> Generator[Act, tuple[Result, ...], bool]:
    """Answer what has come in meanwhile, and return whether somebody wants the lines counted."""
    words = [said.text for said in (yield Listen()) if said.text != _REVIEW]
    for text in words:
        if text == _COUNT:
            yield Text("Sure, I count the lines from here on.")
        else:
            short = " ".join(text.split()[:12])
            yield Text(f"I have read “{short}” in the middle of the work. A script can do no more with it.")
    return _COUNT in words


def _count(scene: Scene) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    counted = (yield Calls((bash("wc -l *.md *.py", "Count the lines"),)))[0]
    yield Text(closing(counted) if counted.is_error else f"```\n{counted.text.rstrip()}\n```")


def _build(scene: Scene) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    yield Text("That takes about 15 seconds.")
    built = (yield Calls((bash("python3 build.py", "Run the build"),)))[0]
    yield Text(closing(built) if built.is_error else f"The build is done: `{built.text.rpartition(chr(10))[2]}`.")


def _watch(scene: Scene) -> Play:
    if (yield from lacks(scene, "Bash")):
        return
    yield Text("I watch the files until you stop me.")
    watched = (yield Calls((bash("python3 build.py --watch", "Build, and watch the files"),)))[0]
    yield Text(closing(watched))


def _error(scene: Scene) -> Play:
    if sum(text.count(API_ERROR) for text in scene.reading.said) > 1:
        yield Text("This time it went through.")
        return
    yield Fault(
        "error", status=400, words="This error is played, to show what you would see. Try again, and it goes through."
    )


def _sentence(name: str, words: str, play: Callable[[Scene], Play], hears: frozenset[str] | None = None) -> Script:
    pattern = re.compile(rf"^\s*{re.escape(words)}\s*$")
    return Script(name, words, "a sentence of the tour", pattern, lambda scene, _: play(scene), hears)


TOUR: tuple[Script, ...] = (
    _sentence("project", "What is this project?", _project),
    _sentence("tests", "Run the tests", _tests),
    _sentence("why", "Why does the test fail?", _why),
    _sentence("fix", "Fix the greeting in hello.py", _fix),
    _sentence("usage", "Write a USAGE.md", _usage),
    _sentence("goodbye", "Add a goodbye, but ask me for the tone", _goodbye),
    _sentence("option", "Plan how to add a --name option", _plan),
    _sentence("explain", "Explain hello.py in detail", _explain),
    _sentence("compare", "Compare ways to publish it, in a table", _compare),
    _sentence("send", "Send me hello.py", _send),
    _sentence("review", _REVIEW, _review, frozenset({_COUNT})),
    _sentence("count", _COUNT, _count),
    _sentence("build", "Run the build", _build),
    _sentence("watch", "Build it whenever a file changes", _watch),
    _sentence("api-error", API_ERROR, _error),
)
