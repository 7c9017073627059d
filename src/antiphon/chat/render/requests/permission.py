"""A request of Claude's as messages: with buttons while it is open, one line once it is settled. Pure.

What a person decides upon is shown exactly, hidden characters included; what is cut, or would end the code block that
holds it, is attached whole. Questions and plans have modules of their own.
"""

from dataclasses import dataclass

from antiphon.chat.render.buttons import Wanted, button_row, names
from antiphon.chat.render.custom_ids import Always, OnRequest
from antiphon.chat.render.format import about, tool_name
from antiphon.chat.render.message import Button, MessageSpec, Priority, TextUpload
from antiphon.chat.render.requests.plans import plan_specs
from antiphon.chat.render.requests.questions import question_spec
from antiphon.chat.render.text.escape import code_block, escaped, inline_code, visible
from antiphon.core.blocks import AskBlock, BudgetBlock, TextBlock, ToolBlock
from antiphon.core.values import PersonId, TurnId
from antiphon.core.view import TurnView

_SHOWN, _LINES = 1100, 30  # characters and lines of what is asked about; the rest of 2,000 is for what stands around it
_WHERE = 150  # characters of a path or an address beside the tool's name
_SAID, _AGENT = 160, 80  # characters of what Claude said last, and of a sub-agent's task
_RULE = 200  # characters of a rule, or of what was said with a denial
_OUTCOMES = {"allowed": "✅ allowed", "denied": "🚫 denied", "withdrawn": "⏹ withdrawn", "expired": "⏹ expired"}


@dataclass(frozen=True, slots=True)
class Why:
    """What tells why a call is made: the task of the sub-agent that makes it, or what Claude said last before it."""

    agent: str = ""
    said: str = ""


def why(view: TurnView, index: int) -> Why:
    """Why the call is made that the request at `index` is about, as far as the turn knows."""
    block = view.blocks[index]
    if not isinstance(block, AskBlock):
        return Why()
    if not block.by_agent:
        texts = (one.text.strip() for one in view.blocks[:index][::-1] if isinstance(one, TextBlock))
        return Why(said=next((text.splitlines()[-1] for text in texts if text), ""))
    called = {one.id: one for one in view.blocks if isinstance(one, ToolBlock)}
    call = called.get(block.id)
    agent = called.get(call.parent) if call is not None and call.parent is not None else None
    if agent is not None:
        return Why(agent=agent.subject)
    at_work = [job.title for job in view.jobs if job.kind == "agent" and job.state == "running"]
    return Why(agent=at_work[0] if len(at_work) == 1 else "")  # else it is one of several: nothing tells which


def ask_specs(turn: TurnId, index: int, block: AskBlock, person: PersonId | None, cause: Why) -> list[MessageSpec]:
    """The request's messages, the last one with what can be done. `person`: whom it calls."""
    if block.questions:
        return [question_spec(turn, index, block, person)]
    if block.kind == "plan":
        return plan_specs(turn, index, block, person)
    if block.outcome is not None:
        return [MessageSpec(f"{index}", _settled(block), priority=Priority.REQUEST)]
    return [_permission(turn, index, block, person, cause)]


def _settled(block: AskBlock) -> str:
    by = escaped(names([*block.given_by, block.by] if block.outcome == "allowed" else [block.by]), 80)
    who = f" by {by}" if by and block.outcome in ("allowed", "denied") else ""
    words = f"-# {_OUTCOMES[block.outcome or 'withdrawn']}{who} · {about(block)}"
    if said := escaped(block.words, _RULE):
        words += f" · always: {said}" if block.outcome == "allowed" else f" · “{said}”"
    return words


def budget_spec(turn: TurnId, index: int, block: BudgetBlock, person: PersonId | None) -> MessageSpec:
    """A budget that is used up: who may raise it decides."""
    text = escaped(block.text, _RULE)
    if block.outcome is not None:
        by = f" by {escaped(block.by, 80)}" if block.by and block.outcome in ("allowed", "denied") else ""
        return MessageSpec(f"{index}", f"-# {_OUTCOMES[block.outcome]}{by} · {text}", priority=Priority.REQUEST)
    step = f"${block.step:.2f}" if block.step else "some"  # a row of an earlier version may not tell it
    words = f"✋ {_called(person)}**Claude needs you**: a budget is used up\n{text}."
    buttons = button_row(
        (OnRequest("allow", turn, block.id), f"Allow {step} more", "success"),
        (OnRequest("deny", turn, block.id), "Not now", "secondary"),
    )
    return MessageSpec(f"{index}", words, buttons=buttons, ping=person, priority=Priority.REQUEST)


def _permission(turn: TurnId, index: int, block: AskBlock, person: PersonId | None, cause: Why) -> MessageSpec:
    whole = visible(block.detail or block.subject).strip("\n")
    shown = _cut(whole)
    target = inline_code(where, _WHERE, keep_end=True) if (where := _where(block, whole)) else ""
    lines = [f"✋ {_called(person)}**Claude needs you** to allow {tool_name(block)} {target}".rstrip()]
    if cause.said:
        lines.append(f"-# 💬 {escaped(cause.said, _SAID)}")
    agent = f": {escaped(cause.agent, _AGENT)}" if cause.agent else ""
    facts = [*([f"asked by a sub-agent{agent}"] if block.by_agent else []), escaped(block.reason, 200)]
    if any(facts):
        lines.append(f"-# {' · '.join(fact for fact in facts if fact)}")
    if block.voices > 1:
        lines.append(_voices(block))
    else:
        lines += [f"-# Always: {escaped(rule, _RULE)}" for rule in block.rules]
    uploads: tuple[TextUpload, ...] = ()
    if shown.strip():
        lines.append(code_block(shown, _language(block.traits.language, shown)))
    if shown != whole or "```" in whole or len(where) > _WHERE or "`" in where:
        lines.append("-# The whole of it is in the file.")
        uploads = (TextUpload("request.txt", f"{where}\n\n{whole}" if where else whole),)
    return MessageSpec(
        f"{index}",
        "\n".join(lines),
        buttons=_buttons(turn, block),
        uploads=uploads,
        ping=person,
        priority=Priority.REQUEST,
    )


def _where(block: AskBlock, whole: str) -> str:
    """What the call is about, on one line; "" where its input, which is shown, says it."""
    where = " ".join(visible(block.subject).split())
    return "" if block.traits.language == "bash" or where in " ".join(whole.split()) else where


def _voices(block: AskBlock) -> str:
    """That one person is not enough, and who has spoken so far."""
    so_far = len(block.allowed_by)
    heard = f": {so_far} of {block.voices} so far, {escaped(names(block.given_by), 80)}" if so_far else ""
    return f"-# 👥 needs {'two' if block.voices == 2 else block.voices} people{heard}"


def _buttons(turn: TurnId, block: AskBlock) -> tuple[Button, ...]:
    rules = block.rules if block.voices == 1 else ()  # one voice for good would be all that is ever asked for
    always: list[Wanted] = [(Always(turn, block.id, n), f"Always: {rule}", "primary") for n, rule in enumerate(rules)]
    return button_row(
        (OnRequest("allow", turn, block.id), "Allow once" if block.voices == 1 else "Allow", "success"),
        *always,
        (OnRequest("deny", turn, block.id), "Deny", "danger"),
        (OnRequest("words", turn, block.id), "Deny with words", "secondary"),
    )


def _called(person: PersonId | None) -> str:
    return f"<@{person}> " if person is not None else ""


def _cut(whole: str) -> str:
    lines = whole.split("\n")
    shown = "\n".join(lines[:_LINES])[:_SHOWN]
    if shown == whole:
        return whole
    return f"{shown}\n… {len(whole) - len(shown)} more characters"


def _language(told: str, text: str) -> str:
    """What a call's input is written in. `told`: in which the tool has it, where it is no JSON."""
    if told == "bash":
        return told
    if text.startswith(("{", "[")):
        return "json"
    return told or ("diff" if text.startswith(("--- ", "@@ ")) else "")
