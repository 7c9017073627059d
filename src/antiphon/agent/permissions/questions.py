"""Questions of AskUserQuestion, and the answers in the form that it takes. Pure.

Total: whatever the model has written, something readable comes back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from antiphon.agent import wording
from antiphon.agent.json_values import mappings
from antiphon.core.events import Option, Question

_MOST = 4  # questions in one call, and options of one (the tool's own schema)


def questions(given: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions of a call, at least one."""
    found = tuple(_question(one) for one in mappings(given.get("questions")))[:_MOST]
    return found or (Question(str(given.get("question") or wording.A_QUESTION), several=False),)


def with_answers(given: Mapping[str, Any], answers: Sequence[str]) -> dict[str, Any]:
    """The input with the answers in it: for each question's text the chosen labels, joined by ", ", or free text."""
    texts = [question.text for question in questions(given)]
    return {**given, "answers": dict(zip(texts, answers, strict=False))}


def _question(one: Mapping[str, Any]) -> Question:
    options = tuple(
        Option(str(option.get("label", "")), str(option.get("description") or ""))
        for option in mappings(one.get("options"))
        if str(option.get("label", "")).strip()
    )
    return Question(
        str(one.get("question", "")), str(one.get("header") or ""), options[:_MOST], bool(one.get("multiSelect"))
    )
