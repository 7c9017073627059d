"""What somebody may do here and why, and who has decided what in a session. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from antiphon.actions.inspect import WhoAmI
from antiphon.chat.interactions import wording
from antiphon.chat.render.format import cost, counted, moment
from antiphon.chat.render.replies import MOST
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.chat.render.text.splitter import packed
from antiphon.chat.wording import RIGHTS, YOU_MAY_NOTHING
from antiphon.core.access import Action, Grant
from antiphon.core.records import Audit

_NAME, _ABOUT = 60, 80  # characters


def whoami(found: WhoAmI) -> str:
    """What somebody may do in a project, a line each, and by what."""
    if not any(found.grants.values()):
        return YOU_MAY_NOTHING
    lines = [wording.YOU_IN.format(project=escaped(found.project.name, _NAME))]
    for action, grant in found.grants.items():
        lines.append(f"- {_right(action, grant)}")
    return "\n".join(lines)


def audit_pages(rows: Sequence[Audit]) -> list[str]:
    """Who has decided what, the oldest first, in as few messages as can be."""
    if not rows:
        return [wording.NOTHING_DECIDED]
    return packed([f"{moment(one.at)} **{escaped(one.name, _NAME)}** {deed(one)}{_door(one)}" for one in rows], MOST)


def deed(one: Audit) -> str:
    """What was decided. Rows of any version are read: what they do not tell is left out."""
    what = one.what
    match one.deed:
        case "answer":
            return _answer(what)
        case "stop":
            taken = _named(what.get("taken out of the line"))
            return f"took {counted(len(taken), 'prompt')} out of the queue" if taken else "stopped it"
        case "choose":
            named = [f"{name} to {inline_code(str(value or 'default'), _ABOUT)}" for name, value in what.items()]
            return f"set {', '.join(named)}"
        case "reset":
            return "had Claude forget the conversation"
        case "rewind":
            return "went back"
        case "raise":
            return f"raised the budget by {cost(_number(what.get('dollars')))}"
        case "rules":
            added = what.get("added")
            gone = what.get("removed") or ", ".join(_named(what.get("taken_back")))
            return f"allowed {_code(added)} from now on" if added else f"took back {_code(gone)}".rstrip()
        case "claim":
            return _claim(what)
        case "guest":
            return _guest(what)
        case "change":
            return _change(what)
        case "message":
            return "sent a message"
        case "schedule" | "trigger" | "notice":
            return " ".join(filter(None, (f"changed a {one.deed}", _quoted(what.get("name")))))
        case "project":
            verb = what.get("what")
            done = verb if verb in ("added", "changed", "removed") else "changed"
            return " ".join(filter(None, (f"{done} a project", _quoted(what.get("name")))))


def _answer(what: Mapping[str, Any]) -> str:
    tool, words = str(what.get("tool") or "a request"), what.get("words")
    subject = " ".join(filter(None, (escaped(tool, _NAME), _code(what.get("about")))))
    if what.get("question") is not None:
        return f"answered {_quoted(words)}"
    done = f"{'allowed' if what.get('allowed') else 'denied'} {subject}"
    if rule := what.get("rule"):
        return f"{done}, and always {_code(rule)}"
    return f"{done}: {_quoted(words)}" if words else done


def _claim(what: Mapping[str, Any]) -> str:
    if path := what.get("let write"):
        return f"let it write {_code(str(path).rpartition('/')[2])}"
    verb = "released" if "released" in what else "claimed"
    return f"{verb} {', '.join(_code(name) for name in _named(what.get(verb))[:3])}".rstrip()


def _guest(what: Mapping[str, Any]) -> str:
    match what:
        case {"invited": str(name)}:
            return f"invited {escaped(name, _NAME)}{', who may answer' if what.get('answers') else ''}"
        case {"stranger": str(name), "choice": str(choice)}:
            return wording.STRANGERS.get(choice, "decided about {name}").format(name=escaped(name, _NAME))
        case {"uninvited": str(name)}:
            return f"took back the invitation of {escaped(name, _NAME)}"
        case _:
            return "decided about a guest"


def _change(what: Mapping[str, Any]) -> str:
    match what:
        case {"worktree": str(how)}:
            return wording.WORKTREE_DEEDS.get(how, "changed where it works")
        case {"left out": bool(out)}:
            return "left it out" if out else "showed it again"
        case {"here": _}:
            return "continued it here, without its terminal"
        case {"now": _}:
            return "stopped a step for a message"
        case _:
            return "changed it"


def _right(action: Action, grant: Grant | None) -> str:
    right = RIGHTS[action]
    match grant:
        case None:
            return wording.MAY_NOT.format(right=right, group=wording.FOR[action])
        case Grant("guest", by=by):
            return wording.MAY_HERE.format(right=right, by=escaped(by, _NAME))
        case _:
            return wording.MAY.format(right=right, why=_why(grant))


def _why(grant: Grant) -> str:
    by = wording.GROUNDS[grant.ground]
    return by if grant.role is None else f"{by}, by <@&{grant.role}>"


def _door(one: Audit) -> str:
    return f" · {escaped(one.door, _NAME)}" if one.door else ""


def _code(value: object) -> str:
    return inline_code(str(value), _ABOUT) if value else ""


def _quoted(value: object) -> str:
    return f"“{escaped(str(value), _ABOUT)}”" if value else ""


def _named(value: object) -> list[str]:
    return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
