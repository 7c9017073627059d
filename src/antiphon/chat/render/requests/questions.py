"""Claude's questions as one message: with a row of buttons or a menu for each that is open, what was answered for each
that is not; the answers alone once all have one. Pure.

What has no room is in a file whole. May not know: whose answer counts.
"""

from antiphon.chat.render.buttons import Wanted, button_row, label, names
from antiphon.chat.render.custom_ids import ELSE, OnQuestion, OnRequest, Pick, control_id
from antiphon.chat.render.message import Entry, Menu, MessageSpec, Priority, Row, TextUpload
from antiphon.chat.render.text.escape import block_quote, escaped, visible
from antiphon.core.blocks import AskBlock
from antiphon.core.events import Question
from antiphon.core.values import PersonId, TurnId

_ROOM = 1800  # characters of the questions; the rest of 2,000 is for what stands around them
_LEVELS = ((1200, 100, 400), (400, 80, 120), (130, 50, 0))  # characters of a question, a label, a description: the
# first that has room; the last always has (four questions of four options)
_WHOLE = 1_000_000  # characters: as many as are kept
_ANSWER, _ANSWERS = 200, 1500  # characters of an answer, and of all of them
_ENTRY, _PLACEHOLDER = 100, 150  # characters (Discord's API documentation, Components)


def question_spec(turn: TurnId, index: int, block: AskBlock, person: PersonId | None) -> MessageSpec:
    """The message of a request with questions. `person`: whom it calls."""
    if block.outcome is not None:
        return MessageSpec(f"{index}", _settled(block), priority=Priority.REQUEST)
    called = f"<@{person}> " if person is not None else ""
    many = len(block.questions) > 1
    head = f"✋ {called}**Claude asks you**" + (f" {len(block.questions)} things" if many else "")
    shown = next((text for level in _LEVELS if len(text := _text(block, level)) <= _ROOM), _text(block, _LEVELS[-1]))
    lines = [head, *(["-# asked by a sub-agent"] if block.by_agent else []), shown]
    uploads: tuple[TextUpload, ...] = ()
    if shown != _text(block, (_WHOLE, _WHOLE, _WHOLE)):
        lines.append("-# The whole of it is in the file.")
        uploads = (TextUpload("questions.md", _whole(block)),)
    lines.append("-# Or write the answer to the first open question here." if many else "-# Or write your answer here.")
    return MessageSpec(
        f"{index}",
        "\n".join(lines),
        rows=tuple(made for n in range(len(block.questions)) if (made := _row(turn, block, n))),
        buttons=button_row((OnRequest("decline", turn, block.id), "Don't answer", "secondary")),
        uploads=uploads,
        ping=person,
        priority=Priority.REQUEST,
    )


def _settled(block: AskBlock) -> str:
    asked = escaped(block.questions[0].text, _ANSWER)
    by = escaped(names([*block.given_by, block.by] if block.outcome == "allowed" else [block.by]), 80)
    match block.outcome:
        case "allowed":
            answers = block_quote(block.words, _ANSWERS, 16)
            return f"-# ✅ answered{f' by {by}' if by else ''}" + (f"\n{answers}" if answers else "")
        case "denied":
            said = f" · “{words}”" if (words := escaped(block.words, _ANSWER)) else ""
            return f"-# 🚫 not answered{f' by {by}' if by else ''} · {asked}{said}"
        case _:
            return f"-# ⏹ {block.outcome or 'withdrawn'} · {asked}"


def _text(block: AskBlock, level: tuple[int, int, int]) -> str:
    """The questions, each with its answer or its options."""
    parts: list[str] = []
    for n, question in enumerate(block.questions):
        parts.append(_asked(n if len(block.questions) > 1 else None, question, level[0]))
        if block.chosen[n]:
            by = escaped(block.given_by[n], 32)
            parts.append(f"→ **{escaped(block.chosen[n], _ANSWER)}**" + (f" · {by}" if by else ""))
        else:
            parts += [_option(option.label, option.description, level) for option in question.options]
    return "\n".join(parts)


def _asked(n: int | None, question: Question, room: int) -> str:
    """A question's own line. `n`: its place among several."""
    title = " · ".join(filter(None, [str(n + 1) if n is not None else "", escaped(question.header, 40)]))
    return f"**{title}** {escaped(question.text, room)}" if title else f"**{escaped(question.text, room)}**"


def _option(words: str, description: str, level: tuple[int, int, int]) -> str:
    about = escaped(description, level[2]) if level[2] else "…" * bool(description.strip())
    return f"- {escaped(words, level[1])}" + (f" · {about}" if about else "")


def _row(turn: TurnId, block: AskBlock, n: int) -> Row | None:
    """The controls of a question; None: it has its answer."""
    question = block.questions[n]
    number = f"{n + 1} · " if len(block.questions) > 1 else ""
    if block.chosen[n]:
        return None
    if question.several and question.options:
        return _menu(turn, block, n, number)
    options: list[Wanted] = [
        (Pick(turn, block.id, n, at), f"{number}{option.label}", "primary")
        for at, option in enumerate(question.options)
    ]
    picks = button_row(*options)
    other = "Something else…" if picks else f"{number}Write an answer…"
    return (*picks, *button_row((OnQuestion("other", turn, block.id, n), other, "secondary"))) or None


def _menu(turn: TurnId, block: AskBlock, n: int, number: str) -> Menu | None:
    question = block.questions[n]
    entries = [
        Entry(f"{at}", label(option.label, _ENTRY), label(option.description, _ENTRY) if option.description else "")
        for at, option in enumerate(question.options)
    ]
    entries.append(Entry(ELSE, "Something else…", "In your own words, instead of the choices above"))
    id_ = control_id(OnQuestion("choose", turn, block.id, n))
    if id_ is None:
        return None
    asked = label(f"{number}{question.header or question.text}", _PLACEHOLDER - 30)
    return Menu(id_, tuple(entries), f"{asked}: one or more", len(question.options))


def _whole(block: AskBlock) -> str:
    """Everything that is asked, as Markdown."""
    parts: list[str] = []
    for question in block.questions:
        parts += [f"## {question.header or 'Question'}", visible(question.text)]
        parts.append("\n".join(f"- {visible(one.label)}: {visible(one.description)}" for one in question.options))
    return "\n\n".join(part for part in parts if part) + "\n"
