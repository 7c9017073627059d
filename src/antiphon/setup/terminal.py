"""Set-up as a conversation in the terminal."""

from collections.abc import Mapping

import click

from antiphon.core.health import Finding
from antiphon.doctor.wording import line
from antiphon.setup import wording
from antiphon.setup.questions import Question, named


class TerminalAsker:
    """Implements Asker. Ctrl-C and the end of the input raise click.Abort."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        """`answers`: what was said beforehand, by the names of questions; each is taken once."""
        self._answers = dict(answers)

    def ask(self, question: Question) -> str:
        if (answer := self._answers.pop(question.name, None)) is not None:
            found = named(question.choices, answer)
            if not question.choices or len(found) == 1:
                return found[0].value if found else answer
        click.echo()
        if not question.choices:
            shown = question.default not in ("", "-")
            default = question.default or None
            typed = click.prompt(
                question.text, default=default, show_default=shown, hide_input=question.secret, type=str
            )
            return str(typed)
        click.echo(question.text)
        for n, one in enumerate(question.choices, 1):
            click.echo(f"  {n}  {one.text}")
        default = next((one for one in question.choices if one.value == question.default), None)
        while True:
            typed = str(click.prompt(wording.ONE_OF, default=None if default is None else default.text, type=str))
            found = named(question.choices, typed)
            if len(found) == 1:
                return found[0].value
            click.echo(wording.NOT_A_CHOICE)

    def say(self, finding: Finding) -> None:
        click.echo(line(finding))

    def show(self, name: str, text: str) -> None:
        click.echo(f"\n{text}")

    def wrong(self, finding: Finding) -> None:
        self.say(finding)

    def again(self, finding: Finding) -> None:
        self.say(finding)  # what is pasted next, because it is taken for a question, is nobody's to see
        click.prompt(wording.AGAIN, default="", show_default=False, prompt_suffix=" … ", hide_input=True)
