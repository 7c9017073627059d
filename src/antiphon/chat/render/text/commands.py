"""What a shell line is made of, on one line: its commands' first words and the operators between them. Pure.

It reads as a person does, it does not run: what stands in quotes is one word, a heredoc's body reads as commands.
"""

import re

_PART = re.compile(
    r"""(?P<quoted>'[^']*'|"(?:[^"\\]|\\.)*"|\\.)"""
    r"""|(?P<operator>&&|\|\||\|&|[;&|\n])"""
    r"""|(?P<other>[^'"\\;&|\n]+|.)""",
    re.DOTALL,
)
_REDIRECTION = re.compile(r"[<>]$")  # what makes of the & behind it no operator: 2>&1
_NAME, _COMMANDS = 24, 12  # characters of a command, and how many are told: the first ones and the last ones


def outline(text: str) -> str:
    """The commands and operators of a line, in their order, those in the middle left out where there are many; "" where
    it is one command alone."""
    commands, operators = [""], list[str]()
    for part in _PART.finditer(text):
        operator = part["operator"]
        if operator is None or (operator == "&" and _REDIRECTION.search(commands[-1])):
            commands[-1] += part[0]
        elif not commands[-1].strip():
            continue  # an empty line, or one that goes on after an operator
        else:
            operators.append(";" if operator == "\n" else operator)
            commands.append("")
    told = [_name(one) for one in commands if one.strip()]
    if len(told) < 2:
        return ""
    parts = [f"{name} {operator}" for name, operator in zip(told, [*operators, ""], strict=False)]
    if len(parts) > _COMMANDS:
        half = _COMMANDS // 2
        parts = [*parts[:half], f"… {len(parts) - 2 * half} more …", *parts[-half:]]
    return " ".join(parts).strip()


def _name(command: str) -> str:
    words = command.split()
    name = " ".join(words[:2])
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
