"""The tour's sentences: each has a script, may come twice and in any order, and says what it found."""

import pytest

from antiphon.demo.playground import FILES
from antiphon.demo.tour import TOUR
from antiphon.standin.model import tour_texts as texts
from antiphon.standin.model.acts import Call, Fault, Reply, Text, Thinking
from antiphon.standin.model.planning import plan
from antiphon.standin.model.scripts import SCRIPTS, triggers
from antiphon.standin.model.tour import TOUR as SENTENCES
from standin_model.test_model_planning import Message, called, claude, goes_on, person, spoken

TOOLS = ("Bash", "Read", "Edit", "Write", "AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "mcp__some__send_file")
REVIEW, COUNT = "Review every file, one by one", "Count the lines, too"


def numbered(text: str) -> str:
    """A file as Read shows it."""
    return "\n".join(f"{n}\t{line}" for n, line in enumerate(text.splitlines(), 1))


HELLO = numbered(FILES["hello.py"])
FIXED = numbered(FILES["hello.py"].replace(texts.FIX_OLD, texts.FIX_NEW))


def steered(messages: list[Message], words: str) -> list[Message]:
    """The conversation after somebody has written while Claude worked."""
    note = f"The user sent a new message while you were working:\n{words}\n\nThis is how Claude Code does it."
    return [*messages, {"role": "system", "content": note}]


def test_the_demo_suggests_what_the_model_has_scripts_for() -> None:
    assert [one.text for one in TOUR] == [one.example for one in SENTENCES]


@pytest.mark.parametrize("script", SENTENCES, ids=lambda script: script.name)
def test_a_sentence_is_matched_to_the_letter_alone_on_its_line(script: object) -> None:
    sentence = str(getattr(script, "example", ""))
    assert [found for found, _ in triggers(f"From Ada, late:\n{sentence}\n")] == [script]
    for other in (f"{sentence} please", sentence.lower(), f"“{sentence}”"):
        assert not [found for found, _ in triggers(other) if found not in SCRIPTS]


def test_what_the_texts_say_of_the_project_is_so() -> None:
    assert texts.FIX_OLD in FILES["hello.py"]
    assert all(old in FILES["hello.py"] for old, _ in texts.PLAN_EDITS)
    assert [name for name, _ in texts.REVIEWED] == [name for name in FILES if not name.startswith(".")]
    for block in ("def greet(name: str) -> str:\n    return", 'if __name__ == "__main__":\n    print(greet(sys'):
        assert block in FILES["hello.py"]
        assert block in texts.EXPLANATION


def test_nobody_is_told_of_trigger_lines() -> None:
    answers = [plan([person(one.example)], TOOLS) for one in SENTENCES]
    assert not [one for one in answers if "only a script" in spoken(one)]
    assert "A script decides what I say here." in spoken(answers[0])


def test_thoughts_come_before_the_answer() -> None:
    messages = [person("Why does the test fail?")]
    reply = plan(messages, TOOLS)
    assert isinstance(reply.blocks[0], Thinking)
    assert spoken(plan(goes_on(messages, reply, HELLO), TOOLS)) == texts.WHY
    assert spoken(plan(goes_on(messages, reply, FIXED), TOOLS)) == texts.WHY_NO_MORE


def played(sentence: str, *results: tuple[str, ...]) -> tuple[list[str], str]:
    """The tools that are called for a sentence, with these results, and what is said at the end."""
    messages, tools = [person(sentence)], list[str]()
    for result in results:
        reply = plan(messages, TOOLS)
        tools += called(reply)
        messages = goes_on(messages, reply, *result)
    last = plan(messages, TOOLS)
    return tools + called(last), spoken(last)


def test_the_fix_is_made_once() -> None:
    tools, said = played("Fix the greeting in hello.py", (HELLO,), ("edited",), ("OK",))
    assert tools == ["Read", "Edit", "Bash"]
    assert "```diff\n def greet" in said
    tools, said = played("Fix the greeting in hello.py", (FIXED,))
    assert tools == ["Read"]
    assert "already" in said


def test_tests_are_told_as_they_end() -> None:
    assert "One of the two fails" in played("Run the tests", ("Exit code 1\nFAILED (failures=1)",))[1]
    assert played("Run the tests", ("OK",))[1] == "Both tests pass."


def test_a_file_that_is_there_is_read_before_it_is_written_again() -> None:
    assert played("Write a USAGE.md", ("hello.py",), ("written",))[0] == ["Bash", "Write"]
    assert played("Write a USAGE.md", ("USAGE.md\nhello.py",), ("1\tx",), ("written",))[0] == ["Bash", "Read", "Write"]


def test_a_denied_file_is_not_written() -> None:
    messages = [person("Write a USAGE.md")]
    messages = goes_on(messages, plan(messages, TOOLS), "hello.py")
    reply = plan(goes_on(messages, plan(messages, TOOLS), "No.", error=True), TOOLS)
    assert spoken(reply) == "All right, I won't write it."


@pytest.mark.parametrize(("label", "words"), [("Friendly", "See you soon"), ("Formal", "Goodbye,"), ("Brief", "Bye,")])
def test_the_goodbye_has_the_tone_that_was_chosen(label: str, words: str) -> None:
    messages = [person("Add a goodbye, but ask me for the tone")]
    messages = goes_on(messages, plan(messages, TOOLS), f'"How should the goodbye sound?"="{label}"')
    messages = goes_on(messages, plan(messages, TOOLS), HELLO)
    edit = plan(messages, TOOLS).blocks[-1]
    assert isinstance(edit, Call)
    assert f'return f"{words}' in str(edit.input["new_string"])


def test_other_words_and_none_are_answers_too() -> None:
    question = [person("Add a goodbye, but ask me for the tone")]
    asked = plan(question, TOOLS)
    assert spoken(plan(goes_on(question, asked, '"…"="Like a pirate"'), TOOLS)).startswith("I take that along.")
    assert spoken(plan(goes_on(question, asked, "Not now.", error=True), TOOLS)) == "No goodbye for now, then."


def test_an_accepted_plan_is_carried_out_and_a_kept_one_is_not() -> None:
    messages = [person("Plan how to add a --name option")]
    messages = goes_on(messages, plan(messages, TOOLS), "Entered plan mode.")
    proposed = plan(messages, TOOLS)
    assert spoken(plan(goes_on(messages, proposed, "Shorter.", error=True), TOOLS)) == "That was denied: Shorter."
    messages = goes_on(messages, proposed, "approved")
    for result in (HELLO, "edited", "edited", "Hello, Ada!"):
        messages = goes_on(messages, plan(messages, TOOLS), result)
    assert spoken(plan(messages, TOOLS)) == "Done: `python3 hello.py --name Ada` says “Hello, Ada!”"


def test_a_file_is_sent_by_whatever_tool_sends_files() -> None:
    assert played("Send me hello.py")[0] == ["mcp__some__send_file"]
    assert "does not exist" in spoken(plan([person("Send me hello.py")], ("Bash",)))


def reviewed(rounds: int) -> tuple[list[Message], Reply]:
    """A review after so many rounds."""
    messages = [person(REVIEW)]
    for n in range(rounds):
        messages = goes_on(messages, plan(messages, TOOLS), "12 README.md" if n % 2 else "1\tone\n2\ttwo")
    return messages, plan(messages, TOOLS)


def on_to_the_end(messages: list[Message], reply: Reply) -> Reply:
    while reply.stop_reason == "tool_use":
        messages = goes_on(messages, reply, "1\tone\n2\ttwo")
        reply = plan(messages, TOOLS)
    return reply


def test_a_review_answers_what_comes_in_at_the_next_step_and_only_there() -> None:
    messages, _ = reviewed(2)
    messages = steered(messages, COUNT)
    heard = plan(messages, TOOLS)
    assert spoken(heard).startswith("Sure, I count the lines from here on.")
    messages = goes_on(messages, heard, "1\tone\n2\ttwo")
    later = plan(messages, TOOLS)
    assert "Sure" not in spoken(later)
    assert "**hello.py**, 2 lines: " in spoken(later)
    assert spoken(on_to_the_end(messages, later)).endswith("Together they have 8 lines.")
    assert "lines" not in spoken(on_to_the_end(*reviewed(2)))


def test_a_review_hears_any_words_and_does_the_orders_among_them_at_its_end() -> None:
    messages, _ = reviewed(1)
    heard = plan(steered(messages, "mind the gap"), TOOLS)
    assert "I have read “mind the gap” in the middle of the work." in spoken(heard)
    assert "only a script" not in spoken(on_to_the_end(steered(messages, "mind the gap"), heard))
    ordered = steered(messages, "say: and this")
    end = on_to_the_end(ordered, plan(ordered, TOOLS))
    assert [block.text for block in end.blocks if isinstance(block, Text)][-1] == "and this"


def test_a_review_that_comes_in_itself_is_no_news_to_it() -> None:
    messages = [person("bash: date")]
    messages = steered(goes_on(messages, plan(messages, TOOLS), "2026"), REVIEW)
    reply = plan(messages, TOOLS)
    assert (
        spoken(reply)
        == "The first line of the result: 2026\n4 files. It takes a moment, and you can write to me meanwhile."
    )
    messages = goes_on(messages, reply, "1\tone")
    assert "I have read" not in spoken(plan(messages, TOOLS))


def test_an_api_error_speaks_for_itself_and_is_over_with_the_next_prompt() -> None:
    fault = plan([person("Show me an API error")], TOOLS).fault
    assert fault == Fault(
        "error", status=400, words="This error is played, to show what you would see. Try again, and it goes through."
    )
    # The CLI sends a prompt that failed along with the next one.
    assert spoken(plan([claude("x"), person("Show me an API error", "Run the tests")], TOOLS)) == "Running them now."
