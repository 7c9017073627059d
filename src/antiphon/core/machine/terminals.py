"""What is different where a person runs the session in a terminal: the process is theirs, and so is its end.

A prompt begins no turn there before Claude has it: until then it is handed over, or waits in line while no terminal has
the session open. A turn outlives the bridge: what was missed of it stands in its transcript.
"""

from dataclasses import replace

from antiphon.core import wording
from antiphon.core.events import PromptTyped
from antiphon.core.machine import prompts
from antiphon.core.machine.draft import Draft
from antiphon.core.machine.effects import Attended, OpenProcess, SendReply, Suspended
from antiphon.core.machine.state import Turn
from antiphon.core.requests import LeaveOut, RequestFailed, SessionLeftOut, SessionTaken
from antiphon.core.values import Prompt, TurnId, typed_turn


def attend(d: Draft, attended: Attended) -> None:
    """The session is open in a terminal. A process of ours that it had is closed, unless it is at work: then both write
    into one transcript, and whoever sits there is told so."""
    if not d.state.in_terminal:
        if d.state.busy:
            return
        d.close_process()
    was, out = d.state.session.terminal, d.state.session.left_out
    shown_from = 0.0 if was is None else was.shown_from
    terminal = replace(attended.terminal, open=not out, left_out=out, shown_from=shown_from)
    d.keep(replace(d.state.session, terminal=terminal))
    if d.state.process == "none" and not out:
        d.ask(OpenProcess())


def opened(d: Draft) -> None:
    """What Claude does there is heard, and what has waited goes there."""
    d.update(process="live", handing=d.state.waiting, waiting=())
    prompts.hand_next(d)


def resume(d: Draft, suspended: Suspended) -> None:
    """Go on with a turn that was at work when the bridge ended: in its terminal it went on."""
    view, prompt, turn = suspended.view, suspended.prompt, d.turn
    if turn is None:
        d.update(turn=Turn(view, prompt, view.turn), last=view.turn)
        d.show()
    elif turn.view.turn == view.turn:  # told twice: by its rows, and by its prompt's
        d.change_turn(prompt=prompt)


def give(d: Draft, prompt: Prompt) -> None:
    """Hand a prompt to the terminal, after those that are on their way."""
    prompts.show_waiting(d, prompt)
    if d.state.process == "none":
        prompts.wait(d, prompt)
    else:
        d.update(handing=(*d.state.handing, prompt))
        prompts.hand_next(d)


def taken_in(d: Draft, uuid: TurnId) -> None:
    """Claude has a prompt: it begins a turn, or is a part of the one that runs."""
    if d.state.busy:
        prompts.taken_in(d, uuid)
        return
    prompt, others = d.state.steered.take(uuid)
    if prompt is None:
        return
    d.update(steered=others)
    asks = d.end("done") if d.turn is not None else ()
    d.open(prompt, prompt.turn, asks, others.prompts)
    d.show()


def typed(d: Draft, event: PromptTyped) -> None:
    """A turn that somebody at the terminal begins."""
    asks = d.end("done") if d.turn is not None else ()
    d.open(None, asks=asks, others=d.state.steered.prompts, turn=typed_turn(event.source))
    d.change_turn(aside=False)
    d.fold(event)
    d.show()


def closed(d: Draft, *, crashed: bool) -> None:
    """No terminal has the session open: what it was doing is over. What Claude has not got waits, here as long as
    somebody is here, then in line (see the bus's `claim`)."""
    terminal = d.state.session.terminal
    if terminal is None:
        return
    d.close_process()
    if d.turn is not None:
        d.end("failed" if crashed else "stopped", wording.CRASHED_IN_TERMINAL if crashed else None)
    elif terminal.open:
        d.open(None)
        d.end("closed")
    d.keep(replace(d.state.session, terminal=replace(terminal, open=False)))


def leave_out(d: Draft, n: int, wanted: LeaveOut) -> None:
    """From now on nothing of the session is shown and nothing reaches it, or it is shown again; what happens in between
    stays unseen."""
    terminal = d.state.session.terminal
    if terminal is None:
        d.do(SendReply(n, RequestFailed(wording.NO_TERMINAL)))
        return
    changed = terminal.left_out != wanted.out
    if changed and wanted.out:
        d.close_process()
        d.keep(replace(d.state.session, terminal=replace(terminal, open=False, left_out=True)))  # before it is told
        if d.turn is None and wanted.told:
            d.open(None)
        if d.turn is not None:
            d.end("left_out")
    elif changed:
        if wanted.told:
            d.open(None)
            d.end("shown_again")
        shown = replace(terminal, open=True, left_out=False, shown_from=d.now)
        d.keep(replace(d.state.session, terminal=shown))
    d.do(SendReply(n, SessionLeftOut(changed)))
    if changed and not wanted.out:
        d.ask(OpenProcess())


def take_over(d: Draft, n: int) -> None:
    """Host the session from now on. Never while a terminal has it open: two processes would write one transcript."""
    terminal = d.state.session.terminal
    if terminal is not None and (terminal.open or d.state.process != "none"):
        d.do(SendReply(n, RequestFailed(wording.open_in_terminal(terminal))))
        return
    d.keep(replace(d.state.session, terminal=None))
    d.do(SendReply(n, SessionTaken()))
