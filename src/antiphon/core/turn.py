"""The turn as a pure machine: what happens goes in, what is to be done comes out.

`step(state, value, now) -> (state, effects)` never waits and never fails; `now` is in epoch seconds. The conversation
(core.runtime.conversation) takes values from its mailbox and carries the effects out in order. Promises, whatever
fails: each turn has one end, no prompt is lost or run twice, each inbox row is closed once, nothing is asked in a turn
that is over. May not know: Discord, the SDK, SQL, the event loop.
"""

from dataclasses import replace

from antiphon.core import permission_requests, wording
from antiphon.core.blocks import End, NoteBlock
from antiphon.core.budgets import of_turn
from antiphon.core.events import (
    AgentEvent,
    PromptTyped,
    SelfStarted,
    SessionLost,
    SteerDelivered,
    TerminalClosed,
    TurnEnded,
    UnknownMessage,
)
from antiphon.core.machine import answers, effects, prompts, requests, terminals
from antiphon.core.machine.draft import Draft, after
from antiphon.core.machine.state import State, Turn
from antiphon.core.requests import SessionRequest
from antiphon.core.schedules.continuations import with_plan
from antiphon.core.values import Answer, Change, Close, Interrupt, Prompt, Steer
from antiphon.core.view import begins, ended, fold, works

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds after something could not be made durable; doubled each time


def step(state: State, value: effects.Input, now: float) -> tuple[State, tuple[effects.Effect, ...]]:
    """The state after `value`, and what is to be done because of it."""
    d = Draft(state, now)
    if d.state.pause and not isinstance(value, effects.Broken):  # only what changes: this is done for every word
        d.update(pause=0.0)
    match value:
        case effects.Broken():
            _broken(d, value)
        case effects.SpendingKnown() | effects.Done() | effects.ControlReplied() | effects.Failed():
            _go_on(d, value)
        case effects.Elapsed() if d.state.runs_next:
            prompts.begin_next(d)
        case effects.Elapsed():
            _overdue(d)
        case _:
            _take(d, value)
    if d.state.question is None and d.state.afterwards:
        d.do(*d.state.afterwards)
        d.update(afterwards=())
    return d.state, tuple(d.effects)


def _take(d: Draft, value: effects.Inbound) -> None:
    """Something from the mailbox."""
    match value:
        case Prompt() if d.state.busy and d.state.queues:  # Claude began a turn by itself
            prompts.wait(d, value)
        case Prompt():
            _said(d, value, at_once=False)
        case Steer(prompt, now):
            _said(d, prompt, at_once=now)
        case effects.Suspended():
            _resume(d, value)
        case effects.Attended():
            terminals.attend(d, value)
        case Answer():
            d.do_afterwards(effects.CloseRow(value.inbox))
            answers.answer(d, value)
        case Change():
            d.do_afterwards(effects.CloseRow(value.inbox))
            prompts.change(d, value)
        case Interrupt():
            d.do_afterwards(effects.CloseRow(value.inbox))
            if d.state.means(value.turn):
                prompts.stop(d, "stopped")
        case SessionRequest():
            requests.request(d, value)
        case Close():
            _leave(d)
        case effects.Park():
            _park(d)
        case effects.ProjectChanged(None):
            _project_gone(d)
        case effects.ProjectChanged(project):
            process = "outdated" if d.state.process == "live" and not d.state.in_terminal else d.state.process
            d.update(project=project, process=process)
        case effects.RulesRemoved(texts):
            if d.state.process == "live":
                d.update(removed=tuple(dict.fromkeys((*d.state.removed, *texts))))
        case SessionLost(ours=True) if not d.state.end_posted:
            pass  # the process has told of its end itself
        case _:
            _hear(d, value)


def _said(d: Draft, prompt: Prompt, *, at_once: bool) -> None:
    """A prompt: the answer to what the turn asks, else a part of it, else a turn of its own."""
    if answers.typed(d, prompt):
        return
    if d.state.in_terminal:
        terminals.give(d, prompt)
    else:
        prompts.steer(d, prompt, at_once=at_once)


def _go_on(d: Draft, result: effects.Result) -> None:
    """A question has its answer."""
    question = d.state.question
    d.update(question=None)
    match question, result:
        case None, _:
            pass
        case _, effects.Failed():
            _failed(d, question, result)
        case effects.LookUpSpending(), effects.SpendingKnown(spent):
            prompts.spending_known(d, question, spent)
            prompts.hand_next(d)
        case effects.Send(), _:
            prompts.sent(d, question)
        case effects.Withdraw(), effects.Done(ok=True):
            prompts.withdrawn(d, question)
        case effects.DeliverAnswer(), effects.Done(ok=True):  # else it is withdrawn, as we shall hear
            answers.delivered(d, question)
        case effects.ApplyChoices(), effects.Done(at_once):
            requests.chosen(d, question, at_once=at_once)
        case effects.OpenProcess(), _:
            terminals.opened(d)
        case effects.Withhold(n, wanted), _:
            requests.withheld(d, n, wanted)
        case effects.CheckRules(), effects.Done(forgotten):
            prompts.rules_checked(d, question, forgotten=forgotten)
        case effects.Control(), effects.ControlReplied(reply):
            requests.replied(d, question, reply)
        case _:
            pass


def _failed(d: Draft, question: effects.Question, why: effects.Failed) -> None:
    """The process could not do it: it is ended, and the turn with it, but for what only a person had asked to see."""
    match question:
        case effects.ApplyChoices() | effects.Withhold() | effects.Control():
            requests.failed(d, question, why)
        case effects.OpenProcess():
            terminals.closed(d, crashed=True)
        case effects.InterruptTurn():
            d.end_process(wording.STOPPED)
        case effects.Withdraw():  # it runs next, as it reads now
            d.end_process(why.error, gone=why.gone)
            prompts.change_waiting(d, question.change)
        case _:
            d.end_process(why.error, gone=why.gone)


# What Claude Code says


def _hear(d: Draft, event: AgentEvent) -> None:
    """Take an event into the turn that runs; something to show begins one."""
    d.keep(after(d.state.session, event))
    match event:
        case UnknownMessage():  # its room has counted it: Claude Code is alive
            if d.turn is not None:
                d.change_turn(view=replace(d.turn.view, heard=d.now))
        case SessionLost():
            _lost(d, event)
        case TerminalClosed(crashed):
            terminals.closed(d, crashed=crashed)
        case PromptTyped() if not d.state.busy and d.state.process != "none":
            terminals.typed(d, event)
        case TurnEnded():
            if d.turn is not None and event.answers(d.turn.ends_with):
                _turn_ended(d, d.turn, event)
        case SteerDelivered(uuid) if d.state.in_terminal:
            terminals.taken_in(d, uuid)
        case SteerDelivered(uuid):
            if d.turn is not None:
                prompts.taken_in(d, uuid)
        case SelfStarted():
            _self_started(d)
        case _:
            if d.turn is None and d.state.process == "none":
                return  # what a process said while it was closed
            if d.turn is None and not begins(event):
                d.update(between=replace(fold(d.state.between, event, d.now), blocks=()))
                return
            if d.turn is None:
                over = [job.title for job in d.state.between.jobs if job.state != "running"]
                d.open(None)
                if over and works(event):
                    d.fold(NoteBlock(wording.by_jobs(over)))
            _show(d, event)


def _self_started(d: Draft) -> None:
    """A turn of Claude's own, which no prompt began; what waits for the person in one is asked on."""
    if d.state.process == "none" or d.state.busy:
        return
    if d.turn is None:
        d.open(None)
    d.fold(NoteBlock(wording.BY_SCHEDULE))
    d.change_turn(aside=False)
    d.show()


def _show(d: Draft, event: AgentEvent) -> None:
    d.fold(event)
    turn = d.running
    aside = turn.aside and not works(event)
    if aside != turn.aside:
        d.change_turn(aside=aside)
    if aside and not turn.view.needs:
        d.end(turn.ending.reason if turn.ending is not None else "done")
    else:
        d.show()


def _turn_ended(d: Draft, turn: Turn, event: TurnEnded) -> None:
    """Claude Code has ended the turn. What it had not taken in is the next one, in which sub-agents wait on for what
    they have asked; where nothing waits, they do so aside. In a terminal Claude may not have it yet, so it waits on."""
    for uuid in event.prompts:
        prompts.taken_in(d, uuid)
    event = _charged(d, turn, event)
    if (ending := turn.ending) is not None:
        asks = d.end(ending.reason, ending.why, event.usage)
    else:
        view, prompt = fold(d.running.view, event, d.now), d.running.prompt
        asks = d.finish(view if d.state.in_terminal else with_plan(view, prompt, d.state.project))
    if event.reason == "limited" and of_turn(d.state.project, d.state.session) is not None:
        d.tell_jobs()
        d.close_process()  # it may have come to its budget: then it takes no more prompts
    elif d.state.in_terminal or not prompts.start_steered(d, asks):
        d.open_aside(asks)


def _charged(d: Draft, turn: Turn, event: TurnEnded) -> TurnEnded:
    """The turn's end with what it cost alone."""
    session, total = d.state.session, event.usage.cost
    event = replace(event, usage=event.usage.after(session.counted))
    if turn.prompt is not None and total is not None:  # a self-started turn's comes with the next prompt's
        d.keep(replace(session, cost=session.cost + (event.usage.cost or 0.0), counted=total))
    return event


def _lost(d: Draft, event: SessionLost) -> None:
    """The process is gone, and the turn over."""
    d.update(end_posted=False)
    d.tell_jobs()
    d.close_process()
    if d.turn is None:
        return
    if (ending := d.turn.ending) is not None:
        d.end(ending.reason, ending.why)
    else:
        d.finish(fold(d.turn.view, event, d.now))


# Restarts, time, defects


def _resume(d: Draft, suspended: effects.Suspended) -> None:
    """Go on with a turn that was begun by an earlier bridge: wait for the person, or let Claude go on at once."""
    view, prompt = suspended.view, suspended.prompt
    if d.state.in_terminal:
        terminals.resume(d, suspended)
        return
    assert prompt is not None
    d.update(turn=Turn(view, prompt, view.turn), last=view.turn)
    d.show()
    if not view.needs:
        d.fold(NoteBlock(wording.GOES_ON))
        d.show()
        answers.carry_on(d, prompt, wording.CUT_OFF, {})


def _leave(d: Draft) -> None:
    """The bridge is being stopped. A turn has no end yet where it waits for a person, or goes on when the bridge is
    back."""
    turn = d.turn
    if not d.state.in_terminal:
        d.tell_jobs()
    if d.state.in_terminal or (turn is not None and permission_requests.outlives(turn.view)):
        if turn is not None:
            d.save()
    elif turn is not None:
        goes_on = turn.prompt is not None and d.state.project.after_restart == "continue"
        if goes_on and permission_requests.may_go_on(turn.view):
            d.fold(NoteBlock(wording.LEAVES))
            d.save()
        else:
            d.close_process()
            d.end("interrupted")
    d.do(effects.Leave())


def _project_gone(d: Draft) -> None:
    """What runs ends, for nobody could stop it any more; what waits is refused by whoever claims it next."""
    if d.state.in_terminal:
        _leave(d)
        return
    d.tell_jobs()
    d.close_process()
    if d.turn is not None:
        d.end("failed", wording.no_project(d.state.project.name))
    d.do(effects.Leave())


def _park(d: Draft) -> None:
    """The process is given back. A turn that waits for a person is taken up again from its rows, as after a restart."""
    if not d.state.may_be_parked:
        return
    if d.turn is None:
        d.close_process()
        d.do(effects.Leave(if_idle=True))
    else:
        d.save()
        d.do(effects.Leave())


def _overdue(d: Draft) -> None:
    """Nothing has happened for as long as it is waited for."""
    turn = d.turn
    if turn is None:
        d.tell_jobs()
        d.close_process()
        d.do(effects.Leave(if_idle=True))
    elif turn.ending is None:
        prompts.stop(d, "timed_out", d.state.turn_limits.exceeded(turn.view))
    else:
        d.end_process(wording.STOPPED_LATE)


def _broken(d: Draft, defect: effects.Broken) -> None:
    """A defect of ours, or the database gone for good: say so where people look, and be ready for the next prompt.
    Until it is written, the session's next turn cannot run either."""
    question, turn, again = d.state.question, d.turn, d.state.pause > 0
    d.close_process()
    d.update(question=None, turn=None, end_posted=False)
    if isinstance(question, effects.Withdraw):
        prompts.change_waiting(d, question.change)
    writes = {effect.view.turn: effect for effect in defect.undone if isinstance(effect, effects.Write)}
    if turn is not None:
        writes[turn.view.turn] = effects.Write(turn.view, turn.inbox)
    if not again:
        failed = End("failed", d.now, defect.text)
        writes = {key: replace(one, view=ended(one.view, failed)) for key, one in writes.items()}
    elif writes:
        d.do(*(effects.ShowUnsaved(one.view) for one in writes.values()))
    if again:
        d.do(effects.Pause(d.state.pause))
    d.update(pause=min(2 * d.state.pause, LONGEST_PAUSE) if again else FIRST_PAUSE)
    d.do(*writes.values())
    d.do(*(effect for effect in defect.undone if isinstance(effect, effects.CloseRow | effects.Leave)))
