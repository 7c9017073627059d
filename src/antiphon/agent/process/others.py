"""What a session is told of the others that work on its project: at its start, and when that has changed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from antiphon.core.bus import Retried
from antiphon.core.coordination.claims import FILE, Claim, LiveSession
from antiphon.core.values import Session

_TITLE, _NOTE = 60, 80  # characters
_SESSIONS, _FILES, _CLAIMS = 8, 5, 10  # that are named
_HEAD = "[Antiphon] Other sessions work on this project now. What you write over of theirs is held, and you are told."
_HOW = (
    "Use the tools claim and release for files, ports and the like that others might touch too, sessions to look "
    "again, and message_session to talk to one of them."
)


class OthersStore(Retried, Protocol):
    """What is asked."""

    async def live(self) -> Sequence[LiveSession]:
        """The sessions that are live, the one last used first."""
        ...

    async def claims(self) -> Sequence[Claim]:
        """All claims that hold."""
        ...


class Others:
    """As one session is told of them."""

    def __init__(self, session: Session, store: OthersStore) -> None:
        self._session = session
        self._store = store
        self._told = ""  # a digest

    async def news(self) -> str:
        """What has changed since it was told last; "": nothing, or nobody says."""
        try:
            live, claims = await self._store.live(), await self._store.claims()
        except self._store.transient:
            return ""
        others = [one for one in live if one.session.id != self._session.id and _together(one.session, self._session)]
        known = {one.session.id for one in others}
        theirs = [one for one in claims if one.session in known]
        digest = hashlib.sha256(repr([_facts(one) for one in others] + [theirs]).encode()).hexdigest()
        if digest == self._told or (not others and not self._told):
            return ""
        self._told = digest
        return told(self._session, others, theirs)


def told(session: Session, others: Sequence[LiveSession], claims: Sequence[Claim]) -> str:
    """One short block."""
    if not others:
        return "[Antiphon] No other session works on this project any more."
    lines = [_HEAD, *(_line(one, session) for one in others[:_SESSIONS])]
    lines += [f"- and {len(others) - _SESSIONS} more"] if len(others) > _SESSIONS else []
    if claims:
        lines.append("Claimed: " + "; ".join(_claim(one) for one in claims[:_CLAIMS]))
    return "\n".join((*lines, _HOW))


def _together(one: Session, other: Session) -> bool:
    """Whether two sessions may get in each other's way."""
    if one.left_out:
        return False
    return one.project == other.project or (one.tree is not None and one.tree == other.tree)


def _facts(one: LiveSession) -> tuple[object, ...]:
    return one.session.id, one.session.title, one.session.tree, sorted(one.changed)


def _line(one: LiveSession, mine: Session) -> str:
    own = one.session
    where = "in your directory" if own.tree is not None and own.tree == mine.tree else f"in {own.tree or own.directory}"
    parts = [f"“{own.title[:_TITLE]}” {where}"]
    parts += [f"branch {own.worktree.branch}"] if own.worktree is not None else []
    parts += ["in a terminal"] if own.terminal is not None else []
    if one.changed:
        named = ", ".join(_below(path, own.tree) for path in one.changed[:_FILES])
        parts.append(f"has changed {named}{' …' if len(one.changed) > _FILES else ''}")
    return f"- {', '.join(parts)}"


def _claim(one: Claim) -> str:
    until = datetime.fromtimestamp(one.until).astimezone().strftime("%H:%M")
    note = f" ({one.note[:_NOTE]})" if one.note else ""
    return f"{one.resource.removeprefix(FILE)} by “{one.title[:_TITLE]}” until {until}{note}"


def _below(path: Path, root: Path | None) -> str:
    return f"{path.relative_to(root)}" if root is not None and path.is_relative_to(root) else f"{path}"
