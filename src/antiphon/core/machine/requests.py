"""What is asked of a live session besides prompts: other choices, another conversation to go on with, a look at it.

Each ends in a reply for whoever asked. May not know: Discord, and how Claude Code is asked.
"""

from dataclasses import replace
from typing import Any

from antiphon.core import requests, rules, wording
from antiphon.core.blocks import TakenBack
from antiphon.core.coordination.requests import ProcessRenewed, RenewProcess
from antiphon.core.machine import prompts, terminals
from antiphon.core.machine.draft import Draft
from antiphon.core.machine.effects import ApplyChoices, Control, Failed, SendReply, Withhold
from antiphon.core.values import Choices, TurnId
from antiphon.errors import NotDone


def request(d: Draft, asked: requests.SessionRequest) -> None:
    """Do it, or reply why not."""
    n, busy = asked.n, d.state.busy
    match asked.request:
        case requests.LeaveOut() as wanted:
            terminals.leave_out(d, n, wanted)
        case _ if d.state.session.left_out:
            _refuse(d, n, wording.LEFT_OUT)
        case requests.InterruptFor(prompt):
            _interrupt_for(d, n, prompt)
        case requests.Choose(changes):
            choices: dict[str, Any] = {name: value or None for name, value in changes.items()}
            _choose(d, ApplyChoices(n, replace(d.state.session.choices, **choices)))
        case requests.ChangeRules(add, remove):
            _choose(d, ApplyChoices(n, rules.added(_without(d, remove), add)))
        case requests.TakeBackAnswer() as wanted:
            _take_back(d, n, wanted)
        case requests.TakeOver():
            terminals.take_over(d, n)
        case requests.StopJobs():
            _stop_jobs(d, n)
        case RenewProcess():
            _renew(d, n)
        case requests.SwitchConversation() | requests.Rewind(dry=False) if (
            busy
        ):  # Claude Code would change files beside its tools
            _refuse(d, n, wording.AT_WORK)
        case requests.SwitchConversation() as wanted:
            _switch(d, n, wanted)
        case requests.Rewind() | requests.ReadContext() if busy and d.state.process == "none":
            _refuse(d, n, wording.WAITS)  # a process that has not asked would be taken for the one that has
        case requests.Rewind() | requests.ReadContext() as wanted:
            if d.state.process == "outdated" and not busy:
                d.renew_process()
            d.ask(Control(n, wanted))
        case _:
            _refuse(d, n, wording.NO_SUCH_REQUEST)


def _choose(d: Draft, wanted: ApplyChoices) -> None:
    if d.state.process == "none":
        chosen(d, wanted, at_once=True)
    else:
        d.ask(wanted)


def chosen(d: Draft, question: ApplyChoices, *, at_once: bool) -> None:
    """Other choices; those that only a new process can have hold from the next turn on."""
    busy = d.state.busy
    if not at_once and busy:
        d.update(process="outdated")
    elif not at_once:
        d.renew_process()
    d.keep(replace(d.state.session, choices=question.choices))
    if question.taken_back is not None:
        d.take_back(*question.taken_back)
    d.do(SendReply(question.n, requests.ChoicesMade(at_once or not busy)))


def _without(d: Draft, texts: tuple[str, ...]) -> Choices:
    return rules.without(d.state.session.choices, texts, d.state.project.claude.permission_mode)


def _take_back(d: Draft, n: int, wanted: requests.TakeBackAnswer) -> None:
    """What an answer has allowed for good. The turn may be about to make the call again that it answers."""
    turn = d.turn
    if turn is not None and turn.view.turn == wanted.turn:
        answered = (
            (ask, replace(given, rule=None) if ask.id == wanted.request else given) for ask, given in turn.answered
        )
        d.change_turn(answered=tuple(answered))
        call = next((one.call for one in turn.view.asked if one.id == wanted.request), "")
        if call and d.state.process != "none":
            d.ask(Withhold(n, wanted, call))
            return
    withheld(d, n, wanted)


def withheld(d: Draft, n: int, wanted: requests.TakeBackAnswer) -> None:
    """The answer adds nothing any more: what it has added goes."""
    if not wanted.done:
        d.do(SendReply(n, requests.ChoicesMade(at_once=True)))
        return
    question = ApplyChoices(n, _without(d, wanted.session), (wanted.turn, TakenBack(wanted.request, wanted.by)))
    if question.choices == d.state.session.choices:
        chosen(d, question, at_once=True)
    else:
        _choose(d, question)


def replied(d: Draft, question: Control, reply: requests.Reply) -> None:
    """The process has done it."""
    _alive(d)
    d.do(SendReply(question.n, reply))


def failed(d: Draft, question: ApplyChoices | Withhold | Control, why: Failed) -> None:
    """The process has not: whoever asked is told why."""
    if why.alive:
        _alive(d)
    d.do(SendReply(question.n, requests.RequestFailed(why.error)))


def _alive(d: Draft) -> None:
    if d.state.process == "none":
        d.update(process="live")


def _refuse(d: Draft, n: int, why: str) -> None:
    d.do(SendReply(n, requests.RequestFailed(f"{why} {NotDone.hint}")))


def _interrupt_for(d: Draft, n: int, prompt: TurnId) -> None:
    """Stop the running step for a prompt that waits. It may not wait any more, or be stopped for already."""
    turn = d.turn
    waits = turn is not None and any(one.prompt == prompt for one in turn.view.waiting)
    d.do_afterwards(SendReply(n, requests.StepInterrupted(waits)))
    if turn is not None and waits and turn.ending is None:
        prompts.stop(d, "stopped")


def _stop_jobs(d: Draft, n: int) -> None:
    titles = () if d.turn is not None else tuple(job.title for job in d.state.running_jobs)
    if titles:
        d.tell_jobs()
        d.close_process()
    d.do(SendReply(n, requests.JobsStopped(titles)))


def _renew(d: Draft, n: int) -> None:
    if d.state.busy:
        d.update(process="outdated" if d.state.process == "live" else d.state.process)
    elif not d.state.in_terminal:
        d.renew_process()
    d.do(SendReply(n, ProcessRenewed()))


def _switch(d: Draft, n: int, wanted: requests.SwitchConversation) -> None:
    d.renew_process()
    session = d.state.session
    choices = session.choices if wanted.keep_choices else Choices()
    d.keep(replace(session, claude=wanted.claude, begun=wanted.begun, choices=choices, counted=0.0))
    d.do(SendReply(n, requests.ConversationSwitched(session.claude)))
