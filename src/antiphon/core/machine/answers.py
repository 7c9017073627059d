"""Answers to what a turn asks: handed to the process that waits, or kept until the turn can go on with them."""

from dataclasses import replace

from antiphon.core import permission_requests, wording
from antiphon.core.blocks import AskBlock, BudgetBlock
from antiphon.core.events import PermissionProgressed, PermissionSettled, SteerDelivered
from antiphon.core.machine import prompts
from antiphon.core.machine.draft import Draft
from antiphon.core.machine.effects import CloseRow, DeliverAnswer, KeepAudit, LookUpSpending, Send
from antiphon.core.machine.state import Turn
from antiphon.core.records import Audit
from antiphon.core.values import Answer, Attachments, Prompt, carried_on
from antiphon.core.view import said


def answer(d: Draft, given: Answer) -> None:
    """A person's answer; one that comes too late changes nothing."""
    budget = d.view.budget if d.view is not None else None
    if d.turn is not None and budget is not None and budget.id == given.request:
        _raise(d, d.turn, budget, given)
        return
    ask = d.view.request(given.request) if d.view is not None else None
    complete = permission_requests.heard(ask, given) if ask is not None else None
    if d.turn is None or ask is None or complete is None:
        return
    if isinstance(complete, PermissionProgressed):
        _keep(d, complete)
    elif d.state.process != "none":
        d.ask(DeliverAnswer(ask, complete))
    elif d.turn.ending is None:  # else its end stands in the mailbox
        d.change_turn(answered=(*d.turn.answered, (ask, complete)))
        _keep(d, permission_requests.settled(ask, complete))
        _go_on(d)


def _raise(d: Draft, turn: Turn, budget: BudgetBlock, given: Answer) -> None:
    """Somebody has decided whether a budget is raised: the turn begins, whatever sub-agents ask beside it, or ends."""
    _keep(d, PermissionSettled(budget.id, "allowed" if given.allowed else "denied", given.by))
    if turn.prompt is not None and given.allowed:
        prompts.look_up(d, LookUpSpending(turn.prompt, "raise"))
    else:
        prompts.end_held(d, "limited", wording.not_raised(budget.text))


def delivered(d: Draft, question: DeliverAnswer) -> None:
    """The process has an answer."""
    if d.turn is not None:
        _keep(d, permission_requests.settled(question.ask, question.answer))


def typed(d: Draft, prompt: Prompt) -> bool:
    """Let text in the thread answer what the turn asks. Its row is closed once the answer is kept: a kill in between
    loses neither, and answers nothing else with it. False: nothing is asked that it could answer."""
    turn = d.turn
    if turn is None or not d.state.busy or not prompt.may_answer or turn.ending is not None:
        return False  # nobody waits for an answer in a turn that is being stopped
    ask = permission_requests.spoken_to(turn.view)
    given = permission_requests.typed_answer(ask, prompt) if ask is not None else None
    if ask is None or given is None or permission_requests.heard(ask, given) is None:
        return False
    _audit(d, ask, given)
    d.change_turn(view=said(turn.view, prompt))
    d.fold(SteerDelivered(prompt.turn))
    d.show()
    d.do_afterwards(CloseRow(prompt.inbox))
    answer(d, given)
    return True


def _audit(d: Draft, ask: AskBlock, given: Answer) -> None:
    """Keep who decides by text in the thread; a button brings its entry of the audit along. A kill right after it
    leaves an entry of an answer that did not count: better than a decision without one."""
    if d.view is None or given.person is None:
        return
    what = {"turn": d.view.turn, "tool": ask.name, "about": ask.subject, "request": ask.id}
    said_so = {"allowed": given.allowed, "question": given.question, "words": given.words}
    d.do(KeepAudit(Audit("answer", d.state.session.id, given.person, given.by, "message", {**what, **said_so})))


def _keep(d: Draft, event: PermissionProgressed | PermissionSettled) -> None:
    """What was answered is durable before the answer's row is closed, also behind blocks that are not settled: nobody
    can give it again."""
    d.fold(event)
    d.save()


def _go_on(d: Draft) -> None:
    """Once everything has its answer, the turn goes on although no process had waited."""
    turn = d.turn
    if turn is None or turn.prompt is None:
        return
    if not turn.view.needs:
        d.change_turn(answered=())
        if (mode := permission_requests.mode_after(turn.answered)) is not None:
            session = d.state.session
            d.keep(replace(session, choices=replace(session.choices, mode=mode)))
        text = wording.answered_meanwhile(turn.answered)
        carry_on(d, turn.prompt, text, {ask.call: answer for ask, answer in turn.answered})


def carry_on(d: Draft, prompt: Prompt, text: str, expected: dict[str, Answer]) -> None:
    """A new process goes on with the turn, under a text of ours. `expected` as in Send."""
    known_as = carried_on(prompt.turn, round(d.now * 1000))
    d.change_turn(known_as=known_as)
    ours = replace(prompt, turn=known_as, text=text, attachments=Attachments(), command="none")
    d.ask(Send(ours, "carry_on", expected))
