"""What a terminal session tells, by its transcript and by hooks, as the events of its turns: pure but for what it
remembers of the turn that runs.

The transcript is the truth; hooks only make it quicker. A turn ends where the transcript says so, or where its process
says that it is idle. What is known already
(after a restart of the bridge) is told by `begin_after`: everything up to there is passed over.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from antiphon.agent.disk.transcripts import Line
from antiphon.agent.events.translate import usage_of
from antiphon.agent.json_values import mapping
from antiphon.agent.terminal import lines
from antiphon.agent.terminal.delivery import Delivery
from antiphon.core import events
from antiphon.core.blocks import EndReason, ToolBlock, Usage
from antiphon.core.events import AgentEvent
from antiphon.core.records import Anchor
from antiphon.core.values import ToolUseId, TurnId


@dataclass(slots=True)
class Reader:
    """Of one session."""

    root: Path
    delivery: Delivery
    began: float = 0.0  # where nothing is known: what was written before (epoch seconds) is passed over
    shown_from: float = 0.0  # the same whatever is known
    begin_after: Anchor | None = None
    running: bool = False  # a turn
    source: str = ""  # the last line that was read, or passed over
    _calls: set[ToolUseId] = field(default_factory=set[ToolUseId])
    _usage: dict[str, Usage] = field(default_factory=dict[str, Usage])  # of the turn's requests
    _context: int = 0
    _error: str = ""  # of the API: the turn ends with it
    _displayed: dict[str, str] = field(default_factory=dict[str, str])  # of messages, beyond their whole texts
    _finished: list[str] = field(default_factory=list[str])  # the turn's texts that are whole
    _before: list[str] = field(default_factory=list[str])  # those of the turn before
    _old: frozenset[str] = frozenset()  # messages that were displayed in it
    _held: dict[str, str] = field(default_factory=dict[str, str])  # of messages, what may be of the turn before

    def read(self, line: Line) -> Iterator[AgentEvent]:
        """The events that a line stands for."""
        at, message = _time(line), str(mapping(line.get("message")).get("id"))
        found = [self._of_ours(sign) for sign in lines.signs(line, self.root)]
        arrived = [one for sign in found for one in self._track(sign, at, message)]
        if self.begin_after is not None:
            if _is(line, found, self.begin_after):
                self.begin_after, self.began = None, self.shown_from
        elif at >= self.began:
            for sign in found:
                yield from self._events(sign, line, message, arrived)
        self.source = str(line.get("uuid") or "") or self.source

    def _of_ours(self, sign: lines.Sign) -> lines.Sign:
        """What was typed at the terminal in a person's stead is theirs."""
        ours = self.delivery.typed(sign.text, read=True) if isinstance(sign, events.PromptTyped) else None
        return sign if ours is None else lines.Received(frozenset((ours,)))

    def _track(self, sign: lines.Sign, at: float, message: str) -> Sequence[TurnId]:
        """What a sign proves of prompts on their way; those that have arrived with it."""
        match sign:
            case lines.Received(prompts):
                return self.delivery.received(prompts)
            case lines.Stopped() | lines.Began():
                self.delivery.went_on(at)
            case lines.Replied():
                self.delivery.replied(message, (), at)
            case ToolBlock(id=id_):
                self.delivery.replied(message, (id_,), at)
                if self.begin_after is not None:
                    self._calls.add(id_)
            case _:
                pass
        return ()

    def anchored(self) -> None:
        """All that there is was read. An anchor that was not in it (somebody has replaced the file) counts no more."""
        if self.begin_after is not None:
            self.begin_after, self.began = None, time.time()

    def _events(self, sign: lines.Sign, line: Line, message: str, arrived: Sequence[TurnId]) -> Iterator[AgentEvent]:
        match sign:
            case lines.Received():
                self.running = self.running or bool(arrived)
                yield from map(events.SteerDelivered, arrived)
            case lines.Interrupted():
                yield from self.end("stopped", str(line.get("uuid") or ""))
            case lines.Stopped(final=True):
                yield from self.end("done", str(line.get("uuid") or ""))
            case lines.Stopped():
                pass
            case lines.Began():
                yield from self.end("done", self.source)
            case lines.Replied(usage=usage, error=error):
                self._error = error
                if usage:
                    self._usage[message] = usage_of(usage)
                    yield events.ReplyStarted(self._usage[message].tokens_in)
            case ToolBlock():
                yield from self.call(sign)
            case events.TextFinished(text):
                self.running = True
                self._finished.append(text)
                yield sign
            case events.PromptTyped():
                self.running = True
                yield sign
            case _:
                yield sign

    def call(self, tool: ToolBlock) -> Iterator[AgentEvent]:
        """A tool call begins; the first to tell of it counts."""
        self.running = True
        if tool.id not in self._calls:
            self._calls.add(tool.id)
            yield tool

    def display(self, message: str, delta: str) -> Iterator[AgentEvent]:
        """More of a text that the terminal shows, as it comes. A hook may come after its turn's end: what looks like a
        text of the turn before waits until it is another one."""
        if message in self._old:
            return
        shown = self._displayed.get(message, "") + delta
        for text in self._finished:
            shown = shown.lstrip().removeprefix(text)
        self._displayed[message] = shown
        begun = shown.strip()
        if not begun or any(text.startswith(begun) for text in self._finished):
            return
        piece = self._held.pop(message, "") + delta[-len(shown) :]
        if any(text.startswith(begun) for text in self._before):
            self._held[message] = piece
        else:
            yield events.TextDelta(piece)

    def end(self, reason: EndReason, source: str = "") -> Iterator[AgentEvent]:
        """The turn is over, if one runs; it has failed where the API's last word was an error."""
        if not self.running:
            return
        parts = [*self._usage.values()]
        usage = Usage(
            None,
            sum(one.tokens_in for one in parts),
            sum(one.tokens_cached for one in parts),
            sum(one.tokens_out for one in parts),
        )
        reason, error = ("failed", self._error) if self._error else (reason, None)
        self.running, self._error = False, ""
        self._before, self._finished, self._old = self._finished, [], frozenset(self._displayed)
        self._usage, self._displayed, self._held = {}, {}, {}
        yield events.TurnEnded(reason, error, usage, source=source or self.source)


def _is(line: Line, found: Sequence[lines.Sign], anchor: Anchor) -> bool:
    """Whether a line is the one up to which all is known."""
    match anchor.kind:
        case "line":
            return line.get("uuid") == anchor.id
        case "tool":
            return any(isinstance(sign, ToolBlock) and sign.id == anchor.id for sign in found)
        case "prompt":
            return any(isinstance(sign, lines.Received) and anchor.id in sign.prompts for sign in found)


def _time(line: Line) -> float:
    """When it was written, in epoch seconds; 0.0: it does not say."""
    try:
        return datetime.fromisoformat(str(line.get("timestamp"))).timestamp()
    except ValueError:
        return 0.0
