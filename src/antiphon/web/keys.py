"""The keys of sessions: what scripts have that Claude runs, where their project gives them one.

A key lives in memory, as long as the Claude Code process that it was given to: it ends with the session's process, and
with the bridge.
"""

import hashlib
import secrets
from collections.abc import Mapping

from antiphon.actions.callers import SessionScript
from antiphon.core.programs.scopes import actions_of
from antiphon.core.values import Project, Session, TokenScope
from antiphon.web.tokens import PREFIX

_SECRET = 32  # random bytes
PATH = "/session/"  # what stands before the key in an address that carries it


class SessionKeys:
    """Implements core.ports.SessionKeys. `url`: the API's own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.is_served = False  # whether it is us who listen there
        self._known: dict[str, tuple[SessionScript, frozenset[TokenScope]]] = {}

    def environment(self, session: Session, project: Project) -> Mapping[str, str]:
        """See core.ports. The address with the key in it is for scripts that send no other."""
        if not project.session_key or not self.is_served:
            return {}
        key = f"{PREFIX}session_{secrets.token_urlsafe(_SECRET)}"
        caller = SessionScript(session.id, project.name, actions_of(project.session_key))
        self._known[_digest(key)] = caller, project.session_key
        return {
            "ANTIPHON_API_URL": self._url,
            "ANTIPHON_API_TOKEN": key,
            "CCDB_API_URL": f"{self._url}{PATH}{key}",
        }

    def end(self, environment: Mapping[str, str]) -> None:
        """See core.ports."""
        if key := environment.get("ANTIPHON_API_TOKEN"):
            self._known.pop(_digest(key), None)

    def find(self, presented: str) -> tuple[SessionScript, frozenset[TokenScope]] | None:
        """Whose it is, and what it is good for."""
        return self._known.get(_digest(presented))


def _digest(key: str) -> str:
    """Nothing can be learned from how long it takes to find one."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
