"""Set-up for scripts and agents: answers come from flags, and each thing that is found is a JSON line. Nobody is
asked: where an answer is missing, or something is wrong, that is the last line."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import click

from antiphon.core.health import Finding
from antiphon.setup.questions import Failed, Question, Unanswered, named

_FLAGS = {"token": "--token-file", "person": "--people"}  # where they are not called as the question


class FlagAsker:
    """Implements Asker. `answers`: by the names of questions."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers

    def ask(self, question: Question) -> str:
        answer = self._answers.get(question.name) or question.default
        found = named(question.choices, answer) if answer else []
        if answer and not question.choices:
            return answer
        if len(found) == 1:
            return found[0].value
        choices = [asdict(one) for one in question.choices]
        _line(
            {
                "needs": question.name,
                "flag": _FLAGS.get(question.name, f"--{question.name}"),
                "text": question.text,
                "choices": choices,
            }
        )
        raise Unanswered(question)

    def say(self, finding: Finding) -> None:
        _line(asdict(finding))

    def show(self, name: str, text: str) -> None:
        _line({"show": name, "text": text})

    def wrong(self, finding: Finding) -> None:
        self.again(finding)

    def again(self, finding: Finding) -> None:
        _line(asdict(finding))
        raise Failed(finding)


def _line(content: Mapping[str, object]) -> None:
    click.echo(json.dumps(content, ensure_ascii=False))
