"""The turn that runs in a session, and what outlives it. Each change is written down, then shown.

May not know: processes, and why things happen.
"""

from collections.abc import Iterable
from dataclasses import replace

from antiphon.core.blocks import AskBlock, End, NoteBlock
from antiphon.core.events import (
    AgentEvent,
    EndReason,
    ModeChanged,
    PermissionAsked,
    PermissionSettled,
    RuleAdded,
    SessionStarted,
    ToolFinished,
    TurnEnded,
    Usage,
)
from antiphon.core.records import Closing
from antiphon.core.runtime.conversation_types import Ports, Rows, Suspended
from antiphon.core.runtime.journal import Journal
from antiphon.core.values import Prompt, Session, TurnId, turn_after
from antiphon.core.view import TurnView, carried, ended, fold, said


def after(session: Session, event: AgentEvent) -> Session:
    """The session once Claude Code has told something of it."""
    choices = session.choices
    match event:
        case SessionStarted(claude) if claude != session.claude:
            return replace(session, claude=claude, begun=False, counted=0.0)
        case PermissionAsked() | ToolFinished() | TurnEnded():  # a process that is killed before leaves no transcript
            return replace(session, begun=True)
        case ModeChanged(mode):
            return replace(session, choices=replace(choices, mode=mode))
        case RuleAdded(rule) if rule not in choices.rules:
            return replace(session, choices=replace(choices, rules=(*choices.rules, rule)))
        case _:
            return session


def notes_of(prompt: Prompt) -> tuple[str, ...]:
    """What people are told about a prompt where its turn shows it."""
    return (prompt.late, *prompt.attachments.notes) if prompt.late else prompt.attachments.notes


class Turns:
    """Of one conversation. `session`: as it is by now; `view` None: no turn runs."""

    def __init__(self, session: Session, ports: Ports, next_seq: int) -> None:
        """`next_seq`: the first unused outbox number of the session."""
        self.session = session
        self.journal = Journal(ports.bus, ports.lease, session, next_seq)
        self.rows = Rows()
        self.view: TurnView | None = None
        self.prompt: Prompt | None = None  # which began it; None: Claude itself did
        self.known_as = TurnId("")  # the uuid under which Claude Code has the prompt
        self.aside = False  # Claude itself does nothing in it: sub-agents ask, or something is told
        self.ending: EndReason | None = None  # why it was asked to end
        self.why: str | None = None  # the same, in words for people where the reason is not enough
        self.between = TurnView(TurnId(""), None, 0.0)  # what outlives a turn: tasks, jobs, the last asker
        self._last = TurnId("")
        self._screen, self._clock = ports.screen, ports.clock

    @property
    def busy(self) -> bool:
        """Whether a turn runs in which Claude itself is at work."""
        return self.view is not None and not self.aside

    @property
    def ends_with(self) -> TurnId | None:
        """The prompt whose end is the turn's."""
        return self.known_as if self.prompt is not None else None

    def open(
        self, prompt: Prompt | None, known_as: TurnId, asks: tuple[AskBlock, ...] = (), meanwhile: Iterable[Prompt] = ()
    ) -> None:
        """Begin a turn. `asks`: what sub-agents have asked in the turn before and still wait for; `meanwhile`: what
        was said to that turn and not taken in."""
        turn = prompt.turn if prompt is not None else turn_after(self._last)
        tasks, jobs = carried(self.between)
        view = TurnView(turn, None, self._clock(), asks, self.between.asker, tasks=tasks, jobs=jobs)
        if prompt is not None:
            notes = (NoteBlock(words) for words in notes_of(prompt))
            other_name = known_as if known_as != turn else None
            view = replace(
                view, prompt=prompt.message, asker=prompt.asker.id, blocks=(*notes, *asks), known_as=other_name
            )
        for other in meanwhile:
            view = said(view, other)
        self.view, self.prompt, self.known_as, self._last = view, prompt, known_as, turn
        self.aside, self.ending = prompt is None, None
        self.journal.begin()

    def resume(self, suspended: Suspended) -> None:
        """Go on with a turn that has begun before."""
        self.view, self.prompt, self.ending = suspended.view, suspended.prompt, None
        self.known_as = self._last = suspended.view.turn
        self.journal.resume(suspended.told)

    def fold(self, event: AgentEvent) -> None:
        """Take an event into the running turn."""
        assert self.view is not None
        if isinstance(event, PermissionSettled) and event.outcome == "withdrawn" and self.ending == "timed_out":
            event = replace(event, outcome="expired")
        self.view = fold(self.view, event, self._clock())

    def alive(self) -> None:
        """Claude Code was heard of, although there is nothing to show."""
        if self.view is not None:
            self.view = replace(self.view, heard=self._clock())

    def end(self, reason: EndReason, error: str | None = None, usage: Usage | None = None) -> None:
        """End the running turn."""
        assert self.view is not None
        self.view = ended(self.view, End(reason, self._clock(), error, usage or Usage()))

    async def keep(self, session: Session) -> None:
        """The session is another one by now: what people have chosen, what Claude Code calls it."""
        if session != self.session:
            self.session = session
            await self.journal.keep(session)

    async def show(self) -> None:
        """Make durable what is new and settled, then show it. When the view has ended, the turn is over."""
        view, prompt = self.view, self.prompt
        assert view is not None
        await self.journal.write(view, prompt.inbox if prompt is not None else None)
        self._screen.show(self.session, view)
        if view.end is None:
            return
        if prompt is not None:
            self.rows.drop(prompt.inbox)
        self.between = replace(self.between, tasks=view.tasks, jobs=view.jobs, asker=view.asker)
        self.view = self.prompt = self.ending = None

    async def close(self, inbox: int) -> None:
        """A row that no turn's end closes is done with."""
        await self.journal.close(Closing(inbox, "done"))
        self.rows.drop(inbox)
