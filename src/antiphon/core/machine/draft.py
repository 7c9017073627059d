"""A step in the making: the state as it is by now, the effects so far, and what each rule does with them.

Nothing is shown that was not written before: `show` is one effect for both. May not know: why things happen.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from antiphon.core import events, wording
from antiphon.core.blocks import AskBlock, End, EndReason, NoteBlock, ScheduledBlock, TakenBack, Usage
from antiphon.core.machine.effects import (
    CloseProcess,
    CloseRow,
    Effect,
    KeepSession,
    LookUpSpending,
    NoteTakenBack,
    Post,
    Question,
    SaveTail,
    SendReply,
    ShowAgain,
    Write,
)
from antiphon.core.machine.state import NO_TURN, State, Turn
from antiphon.core.values import Prompt, Session, TurnId, turn_after
from antiphon.core.view import TurnView, carried, ended, fold, said


def after(session: Session, event: events.AgentEvent) -> Session:
    """The session once Claude Code has told something of it."""
    choices = session.choices
    match event:
        case events.SessionStarted(claude, model):
            session = replace(session, model=model or session.model)
            return session if claude == session.claude else replace(session, claude=claude, begun=False, counted=0.0)
        case AskBlock() | events.ToolFinished() | events.TurnEnded():  # killed before, a process leaves no transcript
            return replace(session, begun=True)
        case events.ModeChanged(mode):
            return replace(session, choices=replace(choices, mode=mode))
        case events.RuleAdded(rule) if rule not in choices.rules:
            return replace(session, choices=replace(choices, rules=(*choices.rules, rule)))
        case _:
            return session


def notes_of(prompt: Prompt) -> tuple[str, ...]:
    """What people are told about a prompt where its turn shows it."""
    late = tuple(text for text in (prompt.note, prompt.late) if text)
    revised = (wording.revised(prompt.text),) if prompt.revised else ()
    return (*late, *revised, *prompt.attachments.notes)


class Draft:
    """Made for one step; nobody else sees it."""

    def __init__(self, state: State, now: float) -> None:
        self.state = state
        self.now = now
        self.effects: list[Effect] = []

    @property
    def turn(self) -> Turn | None:
        """The turn that runs."""
        return self.state.turn

    @property
    def running(self) -> Turn:
        """The same, where one certainly does."""
        assert self.state.turn is not None
        return self.state.turn

    @property
    def view(self) -> TurnView | None:
        """The same, as people see it."""
        return self.state.turn.view if self.state.turn is not None else None

    def update(self, **changes: Any) -> None:
        """Change fields of the state."""
        self.state = replace(self.state, **changes)

    def change_turn(self, **changes: Any) -> None:
        """Change fields of the turn that runs."""
        self.update(turn=replace(self.running, **changes))

    def do(self, *effects: Effect) -> None:
        """Have them carried out, after those so far."""
        self.effects.extend(effects)

    def ask(self, question: Question) -> None:
        """The same for a question: the step ends with it."""
        assert self.state.question is None
        self.update(question=question)
        self.do(question)

    def do_afterwards(self, effect: CloseRow | SendReply) -> None:
        """The same for what is done once no question is open, whatever becomes of this one."""
        self.update(afterwards=(*self.state.afterwards, effect))

    # The turn

    def open(
        self,
        prompt: Prompt | None,
        known_as: TurnId = NO_TURN,
        asks: tuple[AskBlock, ...] = (),
        others: Iterable[Prompt] = (),
        turn: TurnId = NO_TURN,
    ) -> None:
        """Begin a turn. `asks`: what sub-agents have asked in the turn before and still wait for; `others`: what was
        handed to that turn and not taken in; `turn`: its id, where neither the prompt nor the turn before gives one."""
        assert self.turn is None
        between = self.state.between
        turn = prompt.turn if prompt is not None else turn or turn_after(self.state.last)
        tasks, jobs = carried(between)
        view = TurnView(turn, None, self.now, asks, between.asker, tasks=tasks, jobs=jobs)
        if prompt is not None:
            scheduled = (ScheduledBlock(prompt.scheduled, prompt.text, prompt.source),) if prompt.scheduled else ()
            notes = (*scheduled, *(NoteBlock(text) for text in notes_of(prompt)))
            other_name = known_as if known_as != turn else None
            view = replace(
                view, prompt=prompt.message, asker=prompt.asker.id, blocks=(*notes, *asks), known_as=other_name
            )
        for other in others:
            view = said(view, other)
        self.update(turn=Turn(view, prompt, known_as, aside=prompt is None), last=turn)

    def open_aside(self, asks: tuple[AskBlock, ...]) -> None:
        """Sub-agents wait for their answers although no turn runs: then one does."""
        if asks:
            self.open(None, asks=asks)
            self.show()

    def fold(self, event: events.AgentEvent) -> None:
        """Take an event into the turn."""
        ending = self.running.ending
        expired = ending is not None and ending.reason == "timed_out"
        if expired and isinstance(event, events.PermissionSettled) and event.outcome == "withdrawn":
            event = replace(event, outcome="expired")
        self.change_turn(view=fold(self.running.view, event, self.now))

    def show(self) -> None:
        """Make durable what is new and settled, then show it."""
        self.do(Write(self.running.view, self.running.inbox))

    def save(self) -> None:
        """The same, and what is not settled yet."""
        self.show()
        self.do(SaveTail(self.running.view))

    def finish(self, view: TurnView) -> tuple[AskBlock, ...]:
        """Show the turn as ended in `view`, and have none. Returns what its sub-agents still wait for."""
        asks = self.running.carried
        self.change_turn(view=view)
        self.show()
        _, jobs = carried(view)
        between = replace(self.state.between, tasks=view.tasks, jobs=jobs, asker=view.asker)
        self.update(turn=None, between=between)
        return asks

    def end(self, reason: EndReason, error: str | None = None, usage: Usage | None = None) -> tuple[AskBlock, ...]:
        """The same for an end that is not Claude's own."""
        return self.finish(ended(self.running.view, End(reason, self.now, error, usage or Usage())))

    def keep(self, session: Session) -> None:
        """The session is another one by now: what people have chosen, what Claude Code calls it."""
        if session != self.state.session:
            self.update(session=session)
            self.do(KeepSession(session))

    def take_back(self, turn: TurnId, undone: TakenBack) -> None:
        """Write down that what an answer had allowed for good is not any more, and show it, in whichever turn."""
        view = self.view
        if view is not None and view.turn == turn:
            if view.undone(undone.request) is None:
                self.do(NoteTakenBack(turn, undone))
                self.change_turn(view=replace(view, taken_back=(*view.taken_back, undone)))
                self.show()
        else:
            self.do(NoteTakenBack(turn, undone), ShowAgain(turn))

    # The process

    def close_process(self) -> None:
        """End the process: what it had not taken in runs next, in order, and its jobs are over."""
        state = self.state
        looked_up = ()
        if isinstance(state.question, LookUpSpending) and state.question.purpose.startswith("steer"):
            looked_up = (state.question.prompt,)
        self.update(
            process="none",
            removed=(),
            between=replace(state.between, jobs=()),
            steered=state.steered.cleared(),
            handing=(),
            waiting=(*state.steered.prompts, *looked_up, *state.handing, *state.waiting),
        )
        self.do(CloseProcess())

    def tell_jobs(self) -> None:
        """The process is about to end, or has ended, and what runs in the background with it: say so, in the turn that
        runs or in one of its own."""
        jobs, between = self.state.running_jobs, self.turn is None
        if not jobs:
            return
        if between:
            self.open(None)
        for job in jobs:
            self.fold(events.JobChanged(job.id, state="stopped"))
        self.fold(NoteBlock(wording.jobs_ended([job.title for job in jobs])))
        if between:
            self.end("done")
        else:
            self.show()

    def end_process(self, error: str, *, gone: bool = False) -> None:
        """The same in the middle of a turn: what the process has said already is heard first, and the turn ends when
        the mailbox comes to it."""
        if self.turn is not None:
            self.tell_jobs()
        self.close_process()
        if not self.state.end_posted:  # twice would end the next turn
            self.update(end_posted=True)
            self.do(Post(events.SessionLost(error, gone, ours=True)))

    def renew_process(self) -> None:
        """The next prompt gets a new process; what the old one's sub-agents ask is withdrawn."""
        self.tell_jobs()
        if self.turn is not None and self.turn.carried:
            for ask in self.turn.carried:
                self.fold(events.PermissionSettled(ask.id, "withdrawn"))
            if self.turn.aside:
                self.end("done")
            else:
                self.show()
        self.close_process()
