"""What an answer makes of a request, and how a turn goes on when nobody waits for the answer any more. Pure.

The view holds what has been answered so far, so that it outlives the process that asked. May not know: who may answer.
"""

from collections.abc import Sequence
from dataclasses import replace

from antiphon.core import wording
from antiphon.core.blocks import AskBlock, BudgetBlock, End, NoteBlock, ScheduledBlock
from antiphon.core.events import PermissionProgressed, PermissionSettled
from antiphon.core.values import Answer, PermissionMode, Prompt
from antiphon.core.view import TurnView, ended

_MOST_RESUMES = 3  # of one turn: it may be what ends the bridge


def spoken_to(view: TurnView) -> AskBlock | None:
    """The request that words in the thread answer: a question or a plan."""
    return next((ask for ask in view.requests if ask.kind in ("questions", "plan")), None)


def was_heard(view: TurnView) -> bool:
    """Whether Claude has shown in the turn that it has its prompt."""
    return not all(isinstance(block, NoteBlock | BudgetBlock | ScheduledBlock) for block in view.blocks)


def outlives(view: TurnView) -> bool:
    """Whether a turn whose process is gone can go on with an answer: Claude itself asks, not only its sub-agents, which
    are gone with the process."""
    return any(not (isinstance(need, AskBlock) and need.by_agent) for need in view.needs)


def may_go_on(view: TurnView) -> bool:
    """Whether a turn that was cut off goes on by itself once more."""
    return sum(isinstance(block, NoteBlock) and block.text == wording.GOES_ON for block in view.blocks) < _MOST_RESUMES


def without_process(view: TurnView, now: float) -> TurnView:
    """A turn that waits for a person, and whose process is gone: only its own requests stay open."""
    asked = {need.id for need in view.needs if not (isinstance(need, AskBlock) and need.by_agent)}
    at_work = ended(view, End("interrupted", now)).blocks
    blocks = tuple(
        block if isinstance(block, AskBlock | BudgetBlock) and block.id in asked else over
        for block, over in zip(view.blocks, at_work, strict=True)
    )
    return replace(view, blocks=blocks, trouble=None, jobs=(), waiting=())


def waited(view: TurnView) -> float:
    """Seconds that the turn has waited for people, requests that were open together counted once."""
    total, until = 0.0, view.started
    asks = [one for one in view.blocks if isinstance(one, AskBlock | BudgetBlock) and one.answered is not None]
    for asked, answered in sorted((ask.asked, ask.answered or 0.0) for ask in asks):
        total += max(0.0, answered - max(asked, until))
        until = max(until, answered)
    return total


def typed_answer(ask: AskBlock, prompt: Prompt) -> Answer:
    """Words in the thread as the answer to a request: to its first open question, or against a plan. What came with
    them is told by its path."""
    lines = (
        prompt.own or prompt.text,
        *(wording.attached(file.path) for file in prompt.attachments.files),
        *prompt.attachments.notes,
    )
    words = "\n".join(line for line in lines if line)
    answer = Answer(ask.id, bool(ask.questions), prompt.asker.name, prompt.inbox, words, person=prompt.asker.id)
    first = next((n for n, words in enumerate(ask.chosen) if not words), 0)
    return replace(answer, question=first) if ask.questions else answer


def heard(ask: AskBlock, answer: Answer) -> PermissionProgressed | Answer | None:
    """What an answer adds to an open request: a part of what it needs, or all of it (the complete answer). None:
    nothing (the question has its answer, or this person has spoken)."""
    if not answer.allowed:
        return answer
    if ask.questions:
        n = answer.question
        if n is None or not 0 <= n < len(ask.questions) or ask.chosen[n] or not answer.words.strip():
            return None
        chosen = tuple(answer.words if n == index else words for index, words in enumerate(ask.chosen))
        if all(chosen):
            return replace(answer, answers=chosen)
        return PermissionProgressed(ask.id, answer.by, n, answer.words, answer.person)
    if answer.person in ask.allowed_by:
        return None
    if len(ask.allowed_by) + 1 < ask.voices:
        return PermissionProgressed(ask.id, answer.by, person=answer.person)
    return answer


def settled(ask: AskBlock, answer: Answer) -> PermissionSettled:
    """The end of a request by a complete answer. Its words: of a denial, of the answers."""
    if not answer.allowed:
        return PermissionSettled(ask.id, "denied", answer.by, answer.words)
    rule = answer.rule if answer.rule is not None and answer.rule < len(ask.rules) else None
    return PermissionSettled(ask.id, "allowed", answer.by, answer_text(ask, answer), rule)


def answer_text(ask: AskBlock, answer: Answer) -> str:
    """What a complete answer allows, in words: the answers to questions, on one line each; a plan's mode."""
    if ask.kind == "plan":
        return answer.mode or ""
    pairs = zip(ask.questions, answer.answers, strict=False)
    titled = ((question.header or question.text.rstrip(), words) for question, words in pairs)
    return "\n".join(f"{title} {words}" if title.endswith("?") else f"{title}: {words}" for title, words in titled)


def mode_after(answered: Sequence[tuple[AskBlock, Answer]]) -> PermissionMode | None:
    """The permission mode in which the turn goes on, where an approved plan has chosen one."""
    plans = [answer for ask, answer in answered if ask.kind == "plan" and answer.allowed]
    return (plans[-1].mode or "default") if plans else None
