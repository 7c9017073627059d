"""What a person is asked for, as messages: permission, answers to questions, approval of a plan, a higher budget. With
what can be done about it while it is open, on one line once it is settled. Pure.

What a person decides upon is shown exactly, hidden characters included; what is cut, or would end the code block that
holds it, is attached whole. May not know: whose answer counts.
"""

from dataclasses import replace
from itertools import chain

from antiphon.chat.render import custom_ids, wording
from antiphon.chat.render.answer import answer_specs
from antiphon.chat.render.custom_ids import button, label
from antiphon.chat.render.format import about, names, tool_name
from antiphon.chat.render.format import outcome as call_outcome
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec, Priority, Row, TextUpload
from antiphon.chat.render.settings.rules import granted, spelt_out, undo_button
from antiphon.chat.render.text.commands import outline
from antiphon.chat.render.text.escape import block_quote, code_block, escaped, inline_code, visible
from antiphon.chat.render.text.splitter import split
from antiphon.chat.render.text.tables import PHONE
from antiphon.chat.render.text.width import clipped, width
from antiphon.core.blocks import (
    AskBlock,
    BudgetBlock,
    Need,
    Question,
    SteerBlock,
    TakenBack,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
)
from antiphon.core.values import PersonId, TurnId
from antiphon.core.view import TurnView

_ROWS = 20  # of a phone's code block, for what is asked about: it stands on one screen with the buttons
_HEAD, _END = 7, 5  # rows of the beginning and the end of what has more: what is dangerous may stand there
_OUTLINE = 200  # characters of a long command's parts
_WHERE = 150  # characters of a path or an address beside the tool's name
_SAID, _AGENT = 160, 80  # characters of what Claude said last, and of a sub-agent's task
_NAMES, _TEXT = 80, 200  # characters of people's names; of a rule, a question, or what was said with an answer
_PLAN_MESSAGES, _BEGINNING = 3, 1500  # a longer plan is a file, of which so many characters are shown
_QUESTIONS = 1800  # characters of all questions; the rest of 2,000 is for what stands around them
_LEVELS = ((1200, 100, 400), (400, 80, 120), (130, 50, 0))  # characters of a question, a label, a description: the
# first that has room; the last always has (four questions of four options)
_WHOLE = (1_000_000,) * 3  # as many as are kept
_ANSWERS = 1500  # characters of all answers
_ENTRY, _PLACEHOLDER = 100, 120  # characters of a menu's entry (Discord's limit), and of what it is about (of 150)


def request_specs(view: TurnView, index: int, block: Need, person: PersonId | None) -> list[MessageSpec]:
    """The messages of the request at `index`, the last one with what can be done. `person`: whom it calls."""
    plan = _plan(index, block.detail) if _kind(block) == "plan" and isinstance(block, AskBlock) else []
    if block.outcome is not None:
        undone = view.undone(block.id)
        buttons = undo_button(view.turn, block) if undone is None else ()
        return [
            *plan,
            MessageSpec(f"{index}", f"-# {_settled(view, block, undone)}", buttons=buttons, priority=Priority.REQUEST),
        ]
    spec = _open(view, index, block)
    content = f"✋ {'' if person is None else f'<@{person}> '}{spec.content}"
    return [*plan, replace(spec, content=content, ping=person, priority=Priority.REQUEST)]


def _kind(block: Need) -> str:
    if isinstance(block, BudgetBlock):
        return "budget"
    return "questions" if block.questions else "plan" if block.kind == "plan" else "permission"


def _settled(view: TurnView, block: Need, undone: TakenBack | None) -> str:
    """The one line of a request that nobody can answer any more, and of the call that it was about. `undone`: what its
    answer had allowed for good is not any more."""
    kind, outcome = _kind(block), block.outcome or "withdrawn"
    given_by = block.given_by if isinstance(block, AskBlock) and outcome == "allowed" else ()
    by = escaped(names([*given_by, block.by]), _NAMES) if outcome in ("allowed", "denied") else ""
    head = wording.OUTCOMES.get((kind, outcome)) or wording.OUTCOMES["permission", outcome]
    head += f" by {by}" if by else ""
    if isinstance(block, BudgetBlock):
        return f"{head} · {escaped(block.text, _TEXT)}"
    said = escaped(block.words, _TEXT)
    note = f"“{said}”" if said else ""
    match kind, outcome:
        case "plan", "allowed":
            facts = [wording.PLAN_MODES.get(block.words, "")]
        case "plan", "denied":
            facts = [note]
        case "plan", _:
            facts = [wording.THE_PLAN]
        case "questions", "allowed":
            answers = block_quote(block.words, _ANSWERS, 16)
            return f"{head}\n{answers}" if answers else head
        case "questions", _:
            facts = [escaped(block.questions[0].text, _TEXT), note if outcome == "denied" else ""]
        case _, "allowed":
            call = next((one for one in view.blocks if isinstance(one, ToolBlock) and one.id == block.id), None)
            facts = [about(block), *(call_outcome(call, block) if call else ()), granted(block, undone)]
        case _:
            facts = [about(block), note]
    return " · ".join([head, *(fact for fact in facts if fact)])


def _open(view: TurnView, index: int, block: Need) -> MessageSpec:
    """The message of an open request, without whom it calls."""
    if isinstance(block, BudgetBlock):
        return _budget(view.turn, index, block)
    if block.questions:
        return _questions(view.turn, index, block)
    return _decision(view.turn, index, block) if block.kind == "plan" else _permission(view, index, block)


def _budget(turn: TurnId, index: int, block: BudgetBlock) -> MessageSpec:
    # A row of an earlier version may not tell how many.
    allow = wording.ALLOW_DOLLARS.format(amount=f"${block.step:.2f}" if block.step else wording.SOME_DOLLARS)
    buttons = (
        *button(custom_ids.OnRequest("allow", turn, block.id), allow, "success"),
        *button(custom_ids.OnRequest("deny", turn, block.id), wording.NOT_NOW),
    )
    return MessageSpec(f"{index}", wording.NEEDS_BUDGET.format(text=escaped(block.text, _TEXT)), buttons=buttons)


# Permission


def _permission(view: TurnView, index: int, block: AskBlock) -> MessageSpec:
    whole = visible(block.detail or block.subject).strip("\n")
    where = _where(block, whole)
    if where:  # said once: at the top, or below, never both
        whole = _without(whole, where)
    shown = _cut(whole)
    lines = [_wanted(block, where, whole)]
    cause, reason = _cause(view, index, block), escaped(block.reason, 200)
    if cause:
        task = wording.FOR_TASK.format(task=escaped(cause, _AGENT))
        lines.append(f"-# {task}" if block.by_agent else f"-# 💬 {escaped(cause, _SAID)}")
    lines += [f"-# {reason}"] if reason else []
    if block.voices > 1:
        lines.append(_voices(block))
    else:
        lines += spelt_out(block.rules)
    uploads: tuple[TextUpload, ...] = ()
    parts = outline(whole) if shown != whole and block.traits.language == "bash" else ""
    if parts:  # what is shown whole shows them itself
        lines.append(wording.COMMANDS.format(parts=inline_code(parts, _OUTLINE, keep_end=True)))
    if shown.strip():
        lines += [wording.TO_FIND_OUT] if where and block.traits.kind == "fetch" else []
        lines.append(code_block(shown, _language(block.traits.language, shown)))
    if shown != whole or "```" in whole or len(where) > _WHERE or "`" in where:
        lines.append(wording.WHOLE_IN_FILE)
        uploads = (TextUpload("request.txt", f"{where}\n\n{whole}" if where else whole),)
    written = view.waiting[-1] if view.waiting and not block.by_agent else None
    if written is not None:
        said = escaped(written.text, _SAID)
        name = escaped(written.by, _NAMES) or wording.SOMEBODY
        lines.append(wording.WRITTEN_MEANWHILE.format(name=name, text=said))
    elif not block.by_agent:
        lines.append(wording.OR_WRITE_INSTEAD)
    buttons = _permission_buttons(view.turn, block, written=written is not None)
    return MessageSpec(f"{index}", "\n".join(lines), buttons=buttons, uploads=uploads)


def _wanted(block: AskBlock, where: str, whole: str) -> str:
    """What is asked for. `where`: what the call is about, "" where what follows tells it. `whole`: the rest of it."""
    who = wording.SUB_AGENT if block.by_agent else wording.CLAUDE
    traits, target = block.traits, inline_code(where, _WHERE, keep_end=True)
    if traits.starts_agent:
        told = wording.WANTS_AGENT
    elif traits.kind == "fetch" and where.startswith(("https://", "http://")):
        told = wording.WANTS_WEB_PAGE
    elif traits.kind == "edit" and not traits.language and not whole.startswith("@@ "):
        told = wording.WANTS_TO_WRITE
    else:
        told = wording.WANTS.get(traits.kind, wording.WANTS_TO_USE)
    return told.format(who=who, tool=tool_name(block), target=target).rstrip()


def _permission_buttons(turn: TurnId, block: AskBlock, *, written: bool) -> tuple[Button, ...]:
    """`written`: somebody has written in the thread meanwhile, which Claude reads once this is decided."""
    several = block.voices > 1
    rules = () if several else block.rules  # one person for good would be all that is ever asked for
    always = (
        button(custom_ids.Always(turn, block.id, n), wording.ALWAYS_ALLOW.format(label=rule.label), "primary")
        for n, rule in enumerate(rules)
    )
    allow = wording.ALLOW if several else wording.ALLOW_ONCE
    tell = button(custom_ids.OnRequest("tell", turn, block.id), wording.DENY_AND_TELL, "danger")
    return (
        *button(custom_ids.OnRequest("allow", turn, block.id), allow, "success"),
        *chain.from_iterable(always),
        *button(custom_ids.OnRequest("deny", turn, block.id), wording.DENY, "secondary" if written else "danger"),
        *(tell if written else ()),
        *button(custom_ids.OnRequest("words", turn, block.id), wording.DENY_AND_EXPLAIN),
    )


def _cause(view: TurnView, index: int, block: AskBlock) -> str:
    """Why the call is made that a request is about, as far as the turn knows: the task of the sub-agent that makes it,
    or what Claude said last before it, where something else stands between."""
    if not block.by_agent:
        before = [one for one in view.blocks[:index] if not isinstance(one, ToolBlock | ThinkingBlock | SteerBlock)]
        if before and isinstance(before[-1], TextBlock) and before[-1].text.strip():
            return ""  # it stands right above
        texts = (one.text.strip() for one in before[::-1] if isinstance(one, TextBlock))
        return next((text.splitlines()[-1] for text in texts if text), "")
    calls = {one.id: one for one in view.blocks if isinstance(one, ToolBlock)}
    call = calls.get(block.id)
    agent = calls.get(call.parent) if call is not None and call.parent is not None else None
    if agent is not None:
        return agent.subject
    at_work = [job.title for job in view.jobs if job.kind == "agent" and job.state == "running"]
    return at_work[0] if len(at_work) == 1 else ""  # else it is one of several: nothing tells which


def _where(block: AskBlock, whole: str) -> str:
    """What the call is about, on one line; "" where its input, which is shown, says it in other words than at its
    beginning."""
    where = " ".join(visible(block.subject).split())
    if block.traits.language == "bash":
        return ""
    if _without(whole, where) != whole:
        return where if len(where) <= _WHERE and "`" not in where else ""
    return "" if where in " ".join(whole.split()) else where


def _without(whole: str, where: str) -> str:
    """The input without what it is about, where it begins with that."""
    if whole == where:
        return ""
    for head in (f"{where}\n", f"--- a/{where}\n+++ b/{where}\n"):
        if where and whole.startswith(head):
            return whole.removeprefix(head).strip("\n")
    return whole


def _voices(block: AskBlock) -> str:
    """That one person is not enough, and who has allowed it so far."""
    so_far = len(block.allowed_by)
    heard = f": {so_far} of {block.voices} so far, {escaped(names(block.given_by), _NAMES)}" if so_far else ""
    return wording.NEEDS_PEOPLE.format(people="two" if block.voices == 2 else block.voices) + heard


def _cut(whole: str) -> str:
    """Its beginning and its end, where it is too long."""
    if _beginning(whole, _ROWS) == whole:
        return whole
    head = _beginning(whole, _HEAD)
    tail = _beginning(whole[len(head) :][::-1], _END)[::-1]
    left_out = len(whole) - len(head) - len(tail)
    return f"{head}\n… {left_out} more characters …\n{tail}"


def _beginning(text: str, rows: int) -> str:
    """As much as stands in so many rows of a code block on a phone, which breaks lines that are too long."""
    end = 0
    for line in text[: rows * (PHONE + 1)].split("\n"):
        room = rows * PHONE
        taken = (line if width(line) <= room else clipped(line, room)[:-1])[:room]
        end += len(taken) + 1
        rows -= max(1, -(-max(len(line), width(line)) // PHONE))
        if rows <= 0:
            break
    return text[: end - 1]


def _language(told: str, text: str) -> str:
    """What a call's input is written in. `told`: in which the tool has it, where it is no JSON."""
    if told == "bash":
        return told
    if text.startswith(("{", "[")):
        return "json"
    return told or ("diff" if text.startswith(("--- ", "@@ ")) else "")


# Plans


def _plan(index: int, plan: str) -> list[MessageSpec]:
    """A plan as Claude wrote it: in a few messages, or as a file below its beginning."""
    specs = answer_specs(index, TextBlock(plan, settled=True))
    if len(specs) > _PLAN_MESSAGES:
        beginning = f"{split(plan, _BEGINNING)[0]}\n{wording.PLAN_IN_FILE}"
        specs = [MessageSpec(f"{index}.plan", beginning, uploads=(TextUpload("plan.md", plan),))]
    return [replace(spec, priority=Priority.REQUEST) for spec in specs]


def _decision(turn: TurnId, index: int, block: AskBlock) -> MessageSpec:
    buttons = (
        *button(custom_ids.Go(turn, block.id, "acceptEdits"), wording.START_FREELY, "success"),
        *button(custom_ids.Go(turn, block.id, "default"), wording.START_ASKING, "primary"),
        *button(custom_ids.OnRequest("keep", turn, block.id), wording.CHANGE_PLAN),
    )
    agent = [f"-# {wording.BY_AGENT}"] if block.by_agent else []
    content = "\n".join([wording.NEEDS_DECISION, *agent, wording.OR_WRITE_CHANGES])
    return MessageSpec(f"{index}", content, buttons=buttons)


# Questions


def _questions(turn: TurnId, index: int, block: AskBlock) -> MessageSpec:
    """With a row of buttons or a menu for each question that is open, and what was answered for each that is not."""
    count = len(block.questions)
    shown = next((text for level in _LEVELS if len(text := _text(block, level)) <= _QUESTIONS), None)
    shown = _text(block, _LEVELS[-1]) if shown is None else shown
    lines = [wording.ASKS if count == 1 else wording.ASKS_THINGS.format(count=count)]
    lines += [*([f"-# {wording.BY_AGENT}"] if block.by_agent else []), shown]
    uploads: tuple[TextUpload, ...] = ()
    if shown != _text(block, _WHOLE):
        lines.append(wording.WHOLE_IN_FILE)
        uploads = (TextUpload("questions.md", _questions_file(block)),)
    lines.append(wording.OR_WRITE_ANSWER if count == 1 else wording.OR_WRITE_FIRST_ANSWER)
    rows = tuple(made for n in range(count) if (made := _row(turn, block, n)))
    buttons = button(custom_ids.OnRequest("decline", turn, block.id), wording.DONT_ANSWER)
    return MessageSpec(f"{index}", "\n".join(lines), rows=rows, buttons=buttons, uploads=uploads)


def _text(block: AskBlock, level: tuple[int, ...]) -> str:
    """The questions, each with its answer or its options. `level`: of _LEVELS."""
    parts: list[str] = []
    for n, question in enumerate(block.questions):
        number = f"{n + 1}" if len(block.questions) > 1 else ""
        parts.append(_asked(number, question, level[0]))
        if block.chosen[n]:
            by = escaped(block.given_by[n], 32)
            parts.append(f"→ **{escaped(block.chosen[n], _TEXT)}**" + (f" · {by}" if by else ""))
            continue
        for option in question.options:
            described = escaped(option.description, level[2]) if level[2] else "…" * bool(option.description.strip())
            parts.append(f"- {escaped(option.label, level[1])}" + (f" · {described}" if described else ""))
    return "\n".join(parts)


def _asked(number: str, question: Question, room: int) -> str:
    """A question's own line. `number`: among several."""
    title = " · ".join(part for part in (number, escaped(question.header, 40)) if part)
    return f"**{title}** {escaped(question.text, room)}" if title else f"**{escaped(question.text, room)}**"


def _row(turn: TurnId, block: AskBlock, n: int) -> Row | None:
    """The controls of a question; None: it has its answer."""
    question = block.questions[n]
    number = f"{n + 1} · " if len(block.questions) > 1 else ""
    if block.chosen[n]:
        return None
    if question.several and question.options:
        return _menu(turn, block, n, number)
    made = (
        button(custom_ids.Pick(turn, block.id, n, at), f"{number}{option.label}", "primary")
        for at, option in enumerate(question.options)
    )
    picks = tuple(chain.from_iterable(made))
    other = wording.SOMETHING_ELSE if picks else f"{number}{wording.WRITE_ANSWER}"
    return (*picks, *button(custom_ids.OnQuestion("other", turn, block.id, n), other)) or None


def _menu(turn: TurnId, block: AskBlock, n: int, number: str) -> Menu | None:
    question = block.questions[n]
    entries = [
        Entry(f"{at}", label(option.label, _ENTRY), label(option.description, _ENTRY) if option.description else "")
        for at, option in enumerate(question.options)
    ]
    entries.append(Entry(custom_ids.ELSE, wording.SOMETHING_ELSE, wording.INSTEAD_OF_CHOICES))
    id_ = custom_ids.control_id(custom_ids.OnQuestion("choose", turn, block.id, n))
    if id_ is None:
        return None
    asked = label(f"{number}{question.header or question.text}", _PLACEHOLDER)
    return Menu(id_, tuple(entries), wording.ONE_OR_MORE.format(asked=asked), len(question.options))


def _questions_file(block: AskBlock) -> str:
    """Everything that is asked, as Markdown."""
    parts: list[str] = []
    for question in block.questions:
        parts += [f"## {question.header or 'Question'}", visible(question.text)]
        parts.append("\n".join(f"- {visible(one.label)}: {visible(one.description)}" for one in question.options))
    return "\n\n".join(part for part in parts if part) + "\n"
