"""Counts what Claude Code sends that is unknown here, or is not what it promises to be: each kind is logged once.

A newer CLI may send hundreds in every turn: a line for each would bury everything else.
"""

import logging
from collections import Counter
from collections.abc import Mapping

from antiphon.core.values import SessionId

log = logging.getLogger(__name__)

_MOST_KINDS = 100  # so many have a line and a count of their own; what is garbled has a new kind each time
_OTHERS = "more kinds"


class UnknownMessages:
    """Counts the unknown messages of all processes of a bridge."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many came of each kind."""
        return self._counts

    def count(self, kind: str, session: SessionId) -> None:
        """Count one; the first of its kind is logged."""
        if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
            kind = _OTHERS
        self._counts[kind] += 1
        if self._counts[kind] == 1:
            text = "unknown message from Claude Code: %s (further ones of this kind are only counted)"
            log.warning(text, kind, extra={"session": session})
