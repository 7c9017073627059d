"""Prompts that were handed to a turn that runs, in order, until Claude takes them in."""

from dataclasses import dataclass, replace

from antiphon.core.values import MessageId, Prompt, TurnId, steered


@dataclass(frozen=True, slots=True)
class Steered:
    """Of one conversation: each prompt with the uuid under which Claude Code knows it. `attempts`: how often each was
    handed over so far, by its own id."""

    sent: tuple[tuple[TurnId, Prompt], ...] = ()
    attempts: tuple[tuple[TurnId, int], ...] = ()

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """All that wait."""
        return tuple(prompt for _, prompt in self.sent)

    def add(self, prompt: Prompt) -> "tuple[TurnId, Steered]":
        """With a prompt that is about to be sent, and the uuid under which to send it: no process has had it. A bridge
        that comes after us knows which ones it can have been."""
        attempts = dict(self.attempts)
        n = attempts.get(prompt.turn, 0)
        uuid = steered(prompt.turn, n)
        attempts[prompt.turn] = n + 1
        return uuid, Steered((*self.sent, (uuid, prompt)), tuple(attempts.items()))

    def take(self, uuid: TurnId) -> "tuple[Prompt | None, Steered]":
        """The prompt under this uuid, and the others."""
        found = next((prompt for known, prompt in self.sent if known == uuid), None)
        return found, replace(self, sent=tuple(one for one in self.sent if one[0] != uuid))

    def of(self, message: MessageId) -> TurnId | None:
        """The uuid of the prompt that a message brought and that waits."""
        return next((uuid for uuid, prompt in self.sent if prompt.message == message), None)

    def cleared(self) -> "Steered":
        """None waits any more; what was handed over how often stays known."""
        return replace(self, sent=())
