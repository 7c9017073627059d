"""How long a conversation waits. Pure."""

from dataclasses import dataclass

from antiphon.core import wording
from antiphon.core.permission_requests import waited
from antiphon.core.view import TurnView


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a conversation waits, in seconds."""

    inactivity: float  # a running turn without any event from Claude Code
    unanswered: float  # the same, while it waits for a person
    idle: float  # no turn: then the process is closed, and the next prompt resumes the session
    stop: float  # after an interrupt: then the process is ended instead
    turn: float = float("inf")  # a turn altogether, but for what it waits for people

    def running(self, view: TurnView, now: float) -> float:
        """Seconds that a running turn is waited for."""
        return min(self._dues(view))[0] - now

    def exceeded(self, view: TurnView) -> str:
        """Which of them a running turn has come to, as a sentence for people."""
        return min(self._dues(view))[1]

    def _dues(self, view: TurnView) -> list[tuple[float, str]]:
        if view.needs:
            asked = max(view.heard, *(ask.asked for ask in view.needs))
            return [(asked + self.unanswered, wording.unanswered(self.unanswered))]
        heard = max(view.heard, view.started)
        return [
            (heard + self.inactivity, wording.silent(self.inactivity)),
            (view.started + waited(view) + self.turn, wording.too_long(self.turn)),
        ]
