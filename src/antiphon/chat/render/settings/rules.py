"""What Claude may do without asking: as a list with what can be taken away, and in a request that offers it. Pure.

May not know: who may take something away.
"""

from collections.abc import Sequence

from antiphon.actions.rules import Rules
from antiphon.chat.render import custom_ids, wording
from antiphon.chat.render.custom_ids import button, control_id, label
from antiphon.chat.render.format import counted
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec, Row
from antiphon.chat.render.replies import MOST, held
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.blocks import AskBlock, Need, TakenBack
from antiphon.core.rules import OfferedRule, StandingRule, is_rule
from antiphon.core.values import TurnId

_PAGE = 10  # rules; a menu holds 25, a message fewer lines (Discord's limits)
_LABEL, _TEXT, _FILE = 60, 60, 80  # characters of a rule in words, of its text, of a file's name
_SPELT, _NAMES = 200, 80  # characters of a rule in a request, of somebody's name
_ENTRY = 100  # characters of a menu's entry (Discord's limit)
_SCOPES = ("session", "project")


def rules_spec(found: Rules, n: int, note: str = "", undo: str = "") -> MessageSpec:
    """Page `n` of the list, or the nearest. `note`: what was changed; `undo`: the key of that decision, if it can be
    undone."""
    own = found.own
    last = max(0, len(own) - 1) // _PAGE
    n = min(n, last)
    shown = own[n * _PAGE : (n + 1) * _PAGE]
    lines = [note] if note else []
    lines.append(wording.WITHOUT_ASKING + (f" · page {n + 1} of {last + 1}" if last else ""))
    if not own:
        lines.append(wording.NO_RULES)
    for scope in _SCOPES:
        mine = [_line(rule) for rule in shown if rule.scope == scope]
        lines += [f"__{wording.RULE_SCOPES[scope].capitalize()}__", *mine] if mine else []
    lines += _elsewhere(found)
    rows: tuple[Row, ...] = (_menu(shown, n),) if shown else ()
    return MessageSpec("rules", "\n".join(fitting(lines, MOST)), rows=rows, buttons=_buttons(n, last, undo))


def _line(rule: StandingRule) -> str:
    text = f" · {inline_code(rule.text, _TEXT)}" if is_rule(rule.text) else ""
    return f"- {escaped(rule.label, _LABEL)}{text}"


def _menu(shown: tuple[StandingRule, ...], n: int) -> Menu:
    entries = (
        Entry(rule.key, label(rule.label, _ENTRY), label(f"{wording.RULE_SCOPES[rule.scope]} · {rule.text}", _ENTRY))
        for rule in shown
    )
    return Menu(control_id(custom_ids.Rules("remove", n)) or "", tuple(entries), wording.REMOVE_RULE)


def _buttons(n: int, last: int, undo: str) -> tuple[Button, ...]:
    return (
        *(button(custom_ids.AddRule(undo, n), wording.UNDO) if undo else ()),
        *(button(custom_ids.Rules("page", n - 1), wording.BACK) if n > 0 else ()),
        *(button(custom_ids.Rules("page", n + 1), wording.MORE) if n < last else ()),
    )


def _mode(found: Rules) -> str:
    usual = found.project.claude
    if found.session is None:
        return wording.AS_PROJECT_SAYS.format(value=inline_code(usual.permission_mode, _TEXT))
    return held("mode", found.session, usual)


def _elsewhere(found: Rules) -> list[str]:
    """What is allowed by others, and where that can be changed."""
    rules = found.found
    counts = (
        (rules.shared, wording.BY_PROJECT_SETTINGS),
        (rules.user, wording.BY_USER_SETTINGS),
        (rules.machine, wording.BY_MACHINE_SETTINGS),
    )
    configured = [inline_code(rule, _TEXT) for rule in found.project.claude.allowed_tools]
    named = ", ".join([*configured[:_PAGE], *([f"{len(configured) - _PAGE} more"] if len(configured) > _PAGE else [])])
    others = [f"{named} {wording.BY_CONFIGURATION}"] if named else []
    others += [f"{counted(count, 'rule')} {where}" for count, where in counts if count]
    lines = [wording.ALSO_ALLOWED.format(others=", ".join(others))] if others else []
    lines.append(wording.MODE_HERE.format(mode=_mode(found)))
    if rules.project:
        lines.append(wording.RULES_FILE.format(file=inline_code(rules.file, _FILE, keep_end=True)))
    lines += [
        wording.SETTINGS_UNREADABLE.format(file=inline_code(file, _FILE, keep_end=True)) for file in rules.unreadable
    ]
    return lines


def spelt_out(rules: Sequence[OfferedRule]) -> list[str]:
    """What the buttons of a request would allow for good, to the letter. Of several, each says which it is."""
    return [f"-# {_named(rule, alone=len(rules) == 1)}" for rule in rules]


def _named(rule: OfferedRule, *, alone: bool) -> str:
    where = wording.RULE_SCOPES.get(rule.scope, "")
    text = inline_code(", ".join(text for text in rule.texts if is_rule(text)), _SPELT)
    what = " ".join(part for part in (wording.RULE.format(rule=text) if text else "", where) if part)
    name = wording.ALWAYS if alone and what else wording.ALWAYS_ALLOW.format(label=escaped(rule.label, _SPELT))
    return f"{name}: {what}" if what else name


def granted(block: Need, undone: TakenBack | None) -> str:
    """What an answer has allowed for good, and whether it still is; "" for nothing."""
    rule = block.always if isinstance(block, AskBlock) else None
    if rule is None:
        return ""
    name = escaped(rule.label, _SPELT)
    if undone is not None:
        return wording.NO_LONGER_ALLOWS.format(label=name, by=escaped(undone.by, _NAMES) or wording.SOMEBODY)
    if isinstance(block, AskBlock) and block.subject and block.subject in rule.label:
        return wording.ALWAYS_FROM_NOW  # the call is named on the same line
    return wording.ALWAYS_ALLOWS.format(label=name)


def undo_button(turn: TurnId, block: Need) -> tuple[Button, ...]:
    """The button that takes back what an answer has allowed for good."""
    rule = block.always if isinstance(block, AskBlock) else None
    if rule is None or not rule.texts or rule.scope not in wording.RULE_SCOPES:
        return ()
    return button(custom_ids.Undo(turn, block.id), wording.UNDO_ALWAYS)
