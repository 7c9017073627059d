"""Which prompts a terminal's Claude Code still has to get, and which it may have: pure.

A prompt goes by whichever way opens first: with the result of a tool, in place of a stop, by waking Claude, or typed at
its terminal. Each is written down before (core.records.Offer); that it stands in the transcript is the proof that it
has arrived. It goes again only once the transcript proves that it has not: Claude Code went on past the place where it
would stand. Nothing later goes before that is known, so the order holds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from antiphon.agent.terminal.input_line import digest
from antiphon.agent.terminal.prompts import fitting
from antiphon.core.records import Offer
from antiphon.core.values import Prompt, ToolUseId, TurnId

_WOKEN_WITHIN = 5.0  # seconds from the wake hook's end until Claude Code has what it said (0.8 s were measured)
_UNDECIDED = 60.0  # seconds after which an idle session's offer is told to be undecided

Way = Literal["tool", "stop", "wake", "typed"]


@dataclass(slots=True)
class Delivery:
    """Of one session. Times in epoch seconds, by the clock of the machine, which Claude Code writes down as well."""

    pending: dict[TurnId, Prompt] = field(default_factory=dict[TurnId, Prompt])
    offers: dict[TurnId, Offer] = field(default_factory=dict[TurnId, Offer])
    arrived: set[TurnId] = field(default_factory=set[TurnId])  # all that stand in the transcript
    _typed: dict[str, TurnId] = field(default_factory=dict[str, TurnId])  # by digests, until their lines are read
    _replies: dict[ToolUseId, str] = field(default_factory=dict[ToolUseId, str])  # by the calls that they hold

    def hand(self, prompt: Prompt) -> bool:
        """One more that Claude has to get; again, it changes nothing but the text. False: Claude has it already, since
        before a restart."""
        if prompt.turn not in self.arrived:
            self.pending[prompt.turn] = prompt
        return prompt.turn in self.pending

    def withdraw(self, prompt: TurnId) -> bool:
        """Take one back. False: Claude may have it."""
        if prompt in self.offers or prompt not in self.pending:
            return False
        del self.pending[prompt]
        return True

    def ready(self) -> list[Prompt]:
        """What may go now, as much of it as fits."""
        return [] if self.offers or not self.pending else fitting(self.pending.values())

    def offered(self, prompts: Iterable[Prompt], way: Way, now: float, after: str = "") -> list[Offer]:
        """Note that these go now. `after`: see Offer."""
        made = [Offer(prompt.turn, now, way, after) for prompt in prompts]
        self.note(made)
        return made

    def note(self, offers: Iterable[Offer]) -> None:
        """These are on their way, some of them since before a restart."""
        for one in offers:
            self.offers[one.prompt] = one
            if one.way == "typed":
                self._typed[one.after] = one.prompt

    def typed(self, text: str, *, read: bool = False) -> TurnId | None:
        """The prompt that was typed at the terminal in these words. `read`: its line is, so that the next one in the
        same words is somebody else's."""
        return self._typed.pop(digest(text), None) if read else self._typed.get(digest(text))

    def kept_back(self, prompts: Iterable[Prompt]) -> None:
        """These did not go after all."""
        for prompt in prompts:
            offer = self.offers.pop(prompt.turn, None)
            if offer is not None:
                self._typed.pop(offer.after, None)

    def received(self, prompts: Iterable[TurnId]) -> Sequence[TurnId]:
        """Claude has these: those of them that had not arrived before, in order."""
        wanted = frozenset(prompts)
        self.arrived |= wanted
        arrived = [one for one in self.pending if one in wanted]
        for one in arrived:
            del self.pending[one]
            self.offers.pop(one, None)
        return arrived

    def replied(self, message: str, calls: Iterable[ToolUseId], at: float) -> None:
        """The model has given a reply, or a part of it, at that time."""
        self._replies.update((call, message) for call in calls)

        def is_void(one: Offer) -> bool:
            if one.at >= at or one.way in ("wake", "typed"):
                return False
            known = self._replies.get(ToolUseId(one.after))
            return one.way != "tool" or known not in (None, message)  # one reply may hold several calls

        self._void(is_void)

    def went_on(self, at: float) -> None:
        """A turn has ended, or begun, at that time. What was typed may still stand in the input."""
        self._void(lambda one: one.way != "typed" and one.at + (_WOKEN_WITHIN if one.way == "wake" else 0.0) < at)

    def closed(self) -> None:
        """The process has ended: what is not in its transcript by now it has not got."""
        self.offers.clear()
        self._typed.clear()

    def undecided(self, now: float) -> Sequence[TurnId]:
        """What has been given to an idle session for so long that nobody can tell whether it is there."""
        return [one.prompt for one in self.offers.values() if one.at + _UNDECIDED < now]

    def _void(self, is_void: Callable[[Offer], bool]) -> None:
        self.offers = {one: offer for one, offer in self.offers.items() if not is_void(offer)}
