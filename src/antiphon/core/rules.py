"""What Claude may do without asking: rules, as they are offered, stand, and are taken back. Pure.

A rule is told by its text, in Claude Code's syntax. Two things that are allowed as rules are, and are none of Claude
Code's, have texts of our own: a directory, and that all edits are accepted, which is a mode. May not know: what a
text means (agent.permissions.rules).
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from antiphon.core.values import Choices, PermissionMode

# Where a rule stands: only in the session; in the project's own settings on this machine; in those that come with the
# project, for everybody; in the user's, for every project.
Scope = Literal["session", "project", "shared", "user"]

EDITS = "Mode(acceptEdits)"
_DIRECTORY = re.compile(r"Directory\((?P<path>.+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OfferedRule:
    """What a request offers to allow for good. `label`: what that is, for people; `texts`: the rules, () where a row of
    an earlier version does not tell them; `scope`: a Scope, or what only a newer version knows."""

    label: str
    texts: tuple[str, ...] = ()
    scope: str = "session"


@dataclass(frozen=True, slots=True)
class StandingRule:
    """A rule that holds."""

    text: str
    label: str
    scope: Scope

    @property
    def key(self) -> str:
        """Short, and no other rule's."""
        return key_of(self.scope, self.text)


def key_of(scope: str, text: str) -> str:
    """What stands for a rule where its text is too long."""
    return hashlib.sha256(f"{scope}:{text}".encode(errors="surrogatepass")).hexdigest()[:16]


def directory(path: str) -> str:
    """The text for a directory besides the project's."""
    return f"Directory({path})"


def directory_in(text: str) -> str | None:
    """The inverse; None: it is another rule."""
    found = _DIRECTORY.fullmatch(text)
    return None if found is None else found["path"]


def is_rule(text: str) -> bool:
    """Whether it is a rule of Claude Code's."""
    return text != EDITS and directory_in(text) is None


def standing(choices: Choices) -> tuple[str, ...]:
    """What a session has allowed for itself."""
    return (*choices.rules, EDITS) if choices.mode == "acceptEdits" else choices.rules


def without(choices: Choices, texts: Iterable[str], usual: PermissionMode) -> Choices:
    """The same without these. `usual`: the project's mode, which may itself accept edits."""
    gone = set(texts)
    mode = choices.mode
    if EDITS in gone and mode == "acceptEdits":
        mode = None if usual in ("default", "plan") else "default"
    return replace(choices, mode=mode, rules=tuple(one for one in choices.rules if one not in gone))


def added(choices: Choices, texts: Iterable[str]) -> Choices:
    """The same with these."""
    texts = tuple(texts)
    new = tuple(one for one in dict.fromkeys(texts) if one != EDITS and one not in choices.rules)
    mode = "acceptEdits" if EDITS in texts else choices.mode
    return replace(choices, mode=mode, rules=(*choices.rules, *new))
