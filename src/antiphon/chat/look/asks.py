"""A permission request as a message: with buttons while it is open, one line once it is settled. Pure.

What a person decides upon is shown exactly, hidden characters included; what is cut, or would end the code block that
holds it, is attached whole.
"""

from antiphon.chat.look.controls import Allow, Always, Control, Deny, Words, control_id
from antiphon.chat.look.lines import about, tool_name
from antiphon.chat.look.plain import fenced, plain, visible
from antiphon.chat.look.spec import Button, ButtonStyle, Rank, Spec, TextUpload
from antiphon.core.blocks import AskBlock
from antiphon.core.values import PersonId, TurnId

_SHOWN, _LINES = 1400, 30  # characters and lines of what is asked about; the rest of 2,000 is for what stands around it
_RULE = 200  # characters of a rule, or of what was said with a denial
_LABEL = 80  # characters of a button (Discord's API documentation, Components); the rule stands above in full
_OUTCOMES = {"allowed": "✅ allowed", "denied": "🚫 denied", "withdrawn": "⏹ withdrawn"}


def ask_spec(turn: TurnId, index: int, block: AskBlock, person: PersonId | None) -> Spec:
    """The request's message. `person`: whom it calls."""
    if block.outcome is not None:
        by = plain(block.by, 32)
        who = f" by {by}" if by and block.outcome != "withdrawn" else ""
        words = f"-# {_OUTCOMES[block.outcome]}{who} · {about(block.name, block.subject)}"
        if said := plain(block.words, _RULE):
            words += f" · always: {said}" if block.outcome == "allowed" else f" · “{said}”"
        return Spec(f"{index}", words, rank=Rank.REQUEST)
    whole = visible(block.detail or block.subject).strip("\n")
    shown = _cut(whole)
    called = f"<@{person}> " if person is not None else ""
    lines = [f"✋ {called}**Claude needs you** to allow {tool_name(block.name)}"]
    why = [*(["asked by a sub-agent"] if block.by_agent else []), *([plain(block.reason, 200)] if block.reason else [])]
    if why:
        lines.append(f"-# {' · '.join(why)}")
    lines += [f"-# Always: {plain(rule, _RULE)}" for rule in block.rules]
    uploads: tuple[TextUpload, ...] = ()
    if shown.strip():
        lines.append(fenced(shown, _language(block.name, shown)))
    if shown != whole or "```" in whole:
        lines.append("-# The whole of it is in the file.")
        uploads = (TextUpload("request.txt", whole),)
    return Spec(
        f"{index}", "\n".join(lines), buttons=_buttons(turn, block), uploads=uploads, ping=person, rank=Rank.REQUEST
    )


def _buttons(turn: TurnId, block: AskBlock) -> tuple[Button, ...]:
    wanted: list[tuple[Control, str, ButtonStyle]] = [(Allow(turn, block.id), "Allow once", "success")]
    for n, rule in enumerate(block.rules):
        wanted.append((Always(turn, block.id, n), f"Always: {rule}", "primary"))
    wanted.append((Deny(turn, block.id), "Deny", "danger"))
    wanted.append((Words(turn, block.id), "Deny with words", "secondary"))
    return tuple(
        Button(id_, _label(label), style)
        for control, label, style in wanted
        if (id_ := control_id(control)) is not None
    )


def _label(words: str) -> str:
    return words if len(words) <= _LABEL else words[: _LABEL - 1] + "…"


def _cut(whole: str) -> str:
    lines = whole.split("\n")
    shown = "\n".join(lines[:_LINES])[:_SHOWN]
    if shown == whole:
        return whole
    return f"{shown}\n… {len(whole) - len(shown)} more characters"


def _language(tool: str, text: str) -> str:
    if tool == "Bash":
        return "bash"
    if text.startswith(("{", "[")):
        return "json"
    return "diff" if tool in ("Edit", "MultiEdit") or text.startswith(("--- ", "@@ ")) else ""
