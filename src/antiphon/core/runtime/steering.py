"""Prompts that were handed to a turn that runs, in order, until Claude takes them in."""

from collections import Counter

from antiphon.core.values import MessageId, Prompt, TurnId, steered


class Steering:
    """Of one conversation. Keyed by the uuid under which Claude Code knows each prompt."""

    def __init__(self) -> None:
        self._sent: dict[TurnId, Prompt] = {}
        self._attempts: Counter[TurnId] = Counter()

    def hand_over(self, prompt: Prompt) -> TurnId:
        """Take note of a prompt that is about to be sent; the uuid under which to send it: no process has had it. A
        bridge that comes after us knows which ones it can have been."""
        uuid = steered(prompt.turn, self._attempts[prompt.turn])
        self._attempts[prompt.turn] += 1
        self._sent[uuid] = prompt
        return uuid

    def taken(self, uuid: TurnId) -> Prompt | None:
        """The prompt under this uuid; it waits no more."""
        return self._sent.pop(uuid, None)

    def first(self) -> tuple[TurnId, Prompt] | None:
        """The oldest one that waits; it waits no more."""
        uuid = next(iter(self._sent), None)
        return None if uuid is None else (uuid, self._sent.pop(uuid))

    def of(self, message: MessageId) -> TurnId | None:
        """The uuid of the prompt that a message brought and that waits."""
        return next((uuid for uuid, prompt in self._sent.items() if prompt.message == message), None)

    def waiting(self) -> tuple[Prompt, ...]:
        """All that wait."""
        return tuple(self._sent.values())

    def give_back(self) -> tuple[Prompt, ...]:
        """All that waited; none does any more."""
        prompts = self.waiting()
        self._sent.clear()
        return prompts
