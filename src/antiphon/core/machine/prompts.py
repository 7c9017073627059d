"""What becomes of prompts: they begin a turn, go to the one that runs, or wait for its end; messages change meanwhile.

Every prompt is in exactly one place: it began the turn that runs, was handed to it (`steered`), is about to be
(`handing`, or a question that is open), or waits for its end (`waiting`).
"""

from dataclasses import replace

from antiphon.core import wording
from antiphon.core.blocks import AskBlock, EndReason, NoteBlock
from antiphon.core.budgets import exhausted, of_turn, reached, warnings
from antiphon.core.events import SteerDelivered
from antiphon.core.machine.draft import Draft, notes_of
from antiphon.core.machine.effects import (
    CheckRules,
    CloseRow,
    InterruptTurn,
    LookUpSpending,
    RaiseBudget,
    Send,
    Withdraw,
)
from antiphon.core.machine.state import Ending
from antiphon.core.records import Spent
from antiphon.core.values import Change, Prompt, TurnId
from antiphon.core.view import said, unsaid


def begin(d: Draft, prompt: Prompt) -> None:
    """Begin a turn; what sub-agents have asked aside goes on in it."""
    asks = d.end("done") if d.turn is not None else ()
    d.open(prompt, prompt.turn, asks)
    d.show()
    look_up(d, LookUpSpending(prompt, "begin"))


def begin_next(d: Draft) -> None:
    """Begin the turn of the first prompt that waits."""
    first, *others = d.state.waiting
    d.update(waiting=tuple(others))
    begin(d, first)


def start_steered(d: Draft, asks: tuple[AskBlock, ...]) -> bool:
    """After a turn's end: Claude goes on with what was handed to it meanwhile and not taken in. False: there is
    nothing."""
    if not d.state.steered.sent:
        return False
    uuid, prompt = d.state.steered.sent[0]
    _, others = d.state.steered.take(uuid)
    d.update(steered=others)
    d.open(prompt, uuid, asks, others.prompts)
    d.show()
    return True


def look_up(d: Draft, question: LookUpSpending) -> None:
    """Ask what has been spent, where it matters."""
    budgets = d.state.project.budgets
    if budgets.thread is None and budgets.member is None and budgets.day is None:
        spending_known(d, question, Spent())
    else:
        d.ask(question)


def spending_known(d: Draft, question: LookUpSpending, spent: Spent) -> None:
    """Go on with what has been spent."""
    prompt, account = question.prompt, exhausted(d.state.project.budgets, spent)
    match question.purpose:
        case "begin" if account is not None:
            d.fold(reached(account))
            d.show()
        case "begin":
            for text in warnings(d.state.project.budgets, spent):
                d.fold(NoteBlock(text))
                d.show()
            hand_over(d, prompt)
        case "raise":
            if account is not None:
                d.do(RaiseBudget(account.scope, prompt.asker.id, account.step))
            look_up(d, replace(question, purpose="begin"))
        case "steer" | "steer_now" if account is not None:
            wait(d, prompt)  # as a turn of its own it asks for more
        case "steer" | "steer_now" as purpose:
            uuid, steered = d.state.steered.add(prompt)
            d.update(steered=steered)
            d.ask(Send(replace(prompt, turn=uuid), purpose))


def hand_over(d: Draft, prompt: Prompt) -> None:
    """Claude gets the prompt, and the turn its whole budget: Claude Code counts for a process. One with jobs at work
    stays, with what is left."""
    limited = of_turn(d.state.project, d.state.session) is not None
    used_up = limited and d.state.process == "live" and not d.state.jobs_run
    if used_up or d.state.process == "outdated":
        d.renew_process()
    if d.state.removed:
        d.ask(CheckRules(prompt, d.state.removed))
    else:
        d.ask(Send(prompt, "begin"))


def rules_checked(d: Draft, question: CheckRules, *, forgotten: bool) -> None:
    """The process knows removed rules no longer, or is renewed, so that it does."""
    d.update(removed=())
    if not forgotten:
        d.renew_process()
    d.ask(Send(question.prompt, "begin"))


def sent(d: Draft, question: Send) -> None:
    """The process has a prompt."""
    match question.purpose:
        case "begin":
            d.update(process="live")
            if not d.state.queues:  # before whatever is said from now on
                d.update(handing=d.state.waiting, waiting=())
        case "carry_on":
            d.update(process="live")
        case "steer_now" if d.turn is not None and d.turn.ending is None:
            stop(d, "stopped")
        case _:
            pass
    hand_next(d)


def hand_next(d: Draft) -> None:
    """Hand on what had waited for the turn that has just begun, as far as nothing is asked of the loop."""
    while d.state.handing and d.state.question is None:
        first, *others = d.state.handing
        d.update(handing=tuple(others))
        show_waiting(d, first)
        give(d, first, at_once=False)


def steer(d: Draft, prompt: Prompt, *, at_once: bool) -> None:
    """A prompt for the turn that runs, for its next step; `at_once`: its running step is stopped."""
    if not d.state.busy:
        if d.state.waiting:  # they come first
            wait(d, prompt)
        else:
            begin(d, prompt)
        return
    show_waiting(d, prompt)
    if d.state.waiting and not at_once:
        wait(d, prompt)
    else:
        give(d, prompt, at_once=at_once)


def give(d: Draft, prompt: Prompt, *, at_once: bool) -> None:
    """Hand a prompt to the turn that runs, or let it wait for its end where that cannot take it."""
    if d.state.in_terminal:
        d.update(steered=d.state.steered.hand(prompt))
        d.ask(Send(prompt, "steer"))
    elif d.view is None or d.state.process == "none" or d.view.budget is not None:
        wait(d, prompt)
    else:
        look_up(d, LookUpSpending(prompt, "steer_now" if at_once else "steer"))


def wait(d: Draft, prompt: Prompt) -> None:
    """A prompt waits for the end of the turn that runs."""
    d.update(waiting=(*d.state.waiting, prompt))


def taken_in(d: Draft, uuid: TurnId) -> None:
    """Claude has made a prompt, under this uuid, a part of the turn that runs."""
    prompt, others = d.state.steered.take(uuid)
    if prompt is None:
        return
    d.update(steered=others)
    d.fold(SteerDelivered(prompt.turn))
    for text in notes_of(prompt):
        d.fold(NoteBlock(text))
    d.show()
    d.do(CloseRow(prompt.inbox))


def stop(d: Draft, reason: EndReason, why: str | None = None) -> None:
    """Ask the running turn to end; a second request ends the process."""
    turn = d.turn
    if turn is None:
        return
    if turn.view.budget is not None:  # there is nothing in the process that an interrupt could end
        end_held(d, reason, why)
        return
    d.change_turn(ending=Ending(reason, why, d.now + d.state.limits.stop))
    if d.state.process != "none" and turn.ending is None:
        d.ask(InterruptTurn())
    else:
        d.end_process(wording.STOPPED)


def end_held(d: Draft, reason: EndReason, why: str | None) -> None:
    """End a turn that a budget keeps from beginning: Claude has not heard of it, and its sub-agents wait on."""
    d.open_aside(d.end(reason, why))


# Messages that change


def change(d: Draft, changed: Change) -> None:
    """A message reads differently by now, or is gone: it counts while Claude has not taken it in."""
    uuid = d.state.steered.of(changed.message)
    if uuid is None or d.state.process == "none":
        change_waiting(d, changed)
    else:
        d.ask(Withdraw(uuid, changed))


def withdrawn(d: Draft, question: Withdraw) -> None:
    """The process has given a prompt back."""
    prompt, others = d.state.steered.take(question.uuid)
    d.update(steered=others)
    if prompt is None:
        return
    if (new := question.change.prompt) is not None:  # said before whatever is asked by now: it is no answer to it
        steer(d, replace(new, inbox=prompt.inbox, may_answer=False), at_once=False)
    else:
        _drop(d, prompt)


def change_waiting(d: Draft, changed: Change) -> None:
    """The same for one that waits for the turn's end."""
    prompt = next((one for one in d.state.waiting if one.message == changed.message), None)
    if prompt is None:
        return
    new = changed.prompt and replace(changed.prompt, inbox=prompt.inbox)
    waiting = (new if one is prompt else one for one in d.state.waiting)
    d.update(waiting=tuple(one for one in waiting if one is not None))
    if new is None:
        _drop(d, prompt)
    elif d.turn is not None:
        show_waiting(d, new)


def _drop(d: Draft, prompt: Prompt) -> None:
    if d.turn is not None:
        d.change_turn(view=unsaid(d.turn.view, prompt.turn))
        d.show()
    d.do(CloseRow(prompt.inbox))


def show_waiting(d: Draft, prompt: Prompt) -> None:
    """Show in the turn that runs, if one does, that somebody's prompt waits for its next step, as it reads now."""
    if d.turn is None:
        return
    d.change_turn(view=said(d.running.view, prompt))
    d.show()
