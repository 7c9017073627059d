"""What people say to a session's turn, and what becomes of it: prompts, words for a turn at work, answers.

Every method may raise AgentError: the process is gone, or cannot be had; the turn ends then. Used by one conversation,
in its task.
"""

from collections import deque
from dataclasses import replace

from antiphon.core import permission_requests, resume_policy
from antiphon.core.blocks import AskBlock
from antiphon.core.budgets import exhausted, request_to_raise, warnings
from antiphon.core.events import (
    EndReason,
    NoteAdded,
    PermissionProgressed,
    PermissionSettled,
    SteerDelivered,
    TurnEnded,
)
from antiphon.core.ports import Clock
from antiphon.core.records import Audit
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.steering import Steering
from antiphon.core.runtime.turns import Turns, notes_of
from antiphon.core.values import Answer, Attachments, Change, Project, Prompt, TurnId, carried_on
from antiphon.core.view import TurnView, said, unsaid
from antiphon.errors import AgentError


class Exchange:
    """`waiting`: prompts that run when the turn is over, in order."""

    def __init__(self, turns: Turns, host: AgentProcess, project: Project, clock: Clock) -> None:
        self.waiting: deque[Prompt] = deque()
        self._turns = turns
        self._host = host
        self._budgets = project.budgets
        self._queues = project.meanwhile == "queue"
        self._goes_on = project.after_restart == "continue"
        self._clock = clock
        self._steering = Steering()
        self._given: list[tuple[AskBlock, Answer]] = []  # answered while no process waited for it

    async def begin(self, prompt: Prompt) -> None:
        """Begin a turn; what sub-agents have asked aside goes on in it."""
        turns = self._turns
        open_asks: tuple[AskBlock, ...] = ()
        if turns.view is not None:
            open_asks = turns.view.needs
            turns.end("done")
            await turns.show()
        turns.rows.promote(prompt.inbox)
        turns.open(prompt, prompt.turn, open_asks)
        self._given.clear()
        await turns.show()
        if await self._afford(prompt):
            await self._hand_over(prompt)

    async def come_back(self) -> None:
        """Go on with a turn that was at work when the bridge ended."""
        turns, prompt = self._turns, self._turns.prompt
        if prompt is None:
            return
        turns.fold(NoteAdded(resume_policy.GOES_ON))
        await turns.show()
        await self._carry_on(prompt, resume_policy.WORDS, {})

    async def leave(self) -> bool:
        """The bridge is being stopped. True: the turn has no end yet, because it waits for a person, or goes on when
        the bridge is back."""
        turns = self._turns
        if turns.view is None or permission_requests.outlives(turns.view):
            return True
        if turns.prompt is None or not self._goes_on or not resume_policy.may_go_on(turns.view):
            return False
        turns.fold(NoteAdded(resume_policy.LEAVES))
        await turns.show()
        await turns.journal.save(turns.view)
        return True

    async def _hand_over(self, prompt: Prompt) -> None:
        """Claude gets the prompt, and the turn its whole budget: Claude Code counts for a process. One with jobs
        at work stays, with what is left."""
        at_work = any(job.state == "running" for job in self._turns.between.jobs)
        if self._budgets.turn is not None and not at_work:
            await self._host.renew(at_once=False)
        await self._host.send(self._turns.session, prompt)
        if self._queues:
            return
        for _ in range(len(self.waiting)):  # before whatever is said from now on
            prompt = self.waiting.popleft()
            await self._show(prompt)
            await self._give(prompt)

    def spent_up(self, end: TurnEnded) -> bool:
        """Whether a turn's end may be that of its budget: then the process takes no more prompts."""
        return end.reason == "limited" and self._budgets.turn is not None

    async def meanwhile(self, prompt: Prompt) -> None:
        """A prompt while Claude works on something of its own: as the project wants such words."""
        if self._queues:
            self.waiting.append(prompt)
        else:
            await self.steer(prompt, at_once=False)

    async def steer(self, prompt: Prompt, *, at_once: bool) -> bool:
        """Words for the turn at work: an answer to what it asks, else for its next step. True: its running step is to
        be stopped for them."""
        turns, view = self._turns, self._turns.view
        if view is None or turns.aside:
            if not self.waiting:
                await self.begin(prompt)
            else:  # they come first
                self.waiting.append(prompt)
            return False
        await self._show(prompt)
        if prompt.may_answer and await self._answered_in_words(view, prompt):
            return False
        if self.waiting and not at_once:
            self.waiting.append(prompt)
            return False
        return await self._give(prompt) and at_once and turns.ending is None

    async def _give(self, prompt: Prompt) -> bool:
        """Hand words to the turn at work. False: it cannot take them, and they wait for its end."""
        view, link = self._turns.view, self._host.link
        if view is None or link is None or permission_requests.on_hold(view) or await self._spent_up(prompt):
            self.waiting.append(prompt)  # beyond a budget, too: as a turn of its own it asks for more
            return False
        uuid = self._steering.hand_over(prompt)
        await link.send(replace(prompt, turn=uuid))
        return True

    async def _spent_up(self, prompt: Prompt) -> bool:
        """Whether a budget keeps this person's words out of a turn that runs already."""
        return exhausted(self._budgets, await self._turns.journal.spent(self._budgets, prompt.asker.id)) is not None

    async def _answered_in_words(self, view: TurnView, prompt: Prompt) -> bool:
        """Let words answer what the turn asks. Their row is closed once the answer is kept: a kill in between loses
        neither, and answers nothing else with them. False: nothing is asked that they could answer."""
        ask = permission_requests.spoken_to(view)
        answer = permission_requests.in_words(ask, prompt) if ask is not None else None
        if ask is None or answer is None or permission_requests.heard(ask, answer) is None:
            return False
        if self._turns.ending is not None:  # nobody waits for an answer in a turn that is being stopped
            return False
        await self._note(ask, answer)
        self._turns.fold(SteerDelivered(prompt.turn))
        await self._turns.show()
        try:
            await self.answer(answer)
        finally:
            await self._turns.close(prompt.inbox)
        return True

    async def _note(self, ask: AskBlock, answer: Answer) -> None:
        """Keep who decides by words in the thread; a button brings its entry of the audit along. A kill right after it
        leaves an entry of an answer that did not count: better than a decision without one."""
        turns = self._turns
        if turns.view is None or answer.person is None:
            return
        what = {"turn": turns.view.turn, "tool": ask.name, "about": ask.subject, "request": ask.id}
        said = {"allowed": answer.allowed, "question": answer.question, "words": answer.words}
        audit = Audit("answer", turns.session.id, answer.person, answer.by, "message", {**what, **said})
        await turns.journal.note(audit)

    async def hear_taken(self, uuid: TurnId) -> None:
        """Claude has taken in a prompt under this uuid."""
        if (prompt := self._steering.taken(uuid)) is not None:
            await self.taken_in(prompt)

    async def taken_in(self, prompt: Prompt) -> None:
        """A prompt is part of the turn that runs."""
        self._turns.fold(SteerDelivered(prompt.turn))
        for words in notes_of(prompt):
            self._turns.fold(NoteAdded(words))
        await self._turns.show()
        await self._turns.close(prompt.inbox)

    async def take_up(self, open_asks: tuple[AskBlock, ...]) -> bool:
        """After a turn's end: Claude goes on with what was said meanwhile and not taken in. False: there is nothing."""
        first = self._steering.first()
        if first is None:
            return False
        uuid, prompt = first
        self._turns.rows.promote(prompt.inbox)
        self._turns.open(prompt, uuid, open_asks, self._steering.waiting())
        await self._turns.show()
        return True

    def give_back(self) -> None:
        """The process is gone: what it had not taken in runs next."""
        self.waiting.extendleft(reversed(self._steering.give_back()))

    async def change(self, change: Change) -> None:
        """Words that Claude has not taken in read differently by now, or were taken back."""
        uuid, link = self._steering.of(change.message), self._host.link
        if uuid is None or link is None:
            await self._change_waiting(change)
            return
        try:
            if not await link.withdraw(uuid):
                return
        except AgentError:  # the process is gone: it runs next, as it reads now
            self.give_back()
            await self._change_waiting(change)
            raise
        prompt = self._steering.taken(uuid)
        if prompt is None:
            return
        if change.prompt is not None:  # said before whatever is asked by now: it is no answer to it
            await self.steer(replace(change.prompt, inbox=prompt.inbox, may_answer=False), at_once=False)
        else:
            await self._drop(prompt)

    async def _change_waiting(self, change: Change) -> None:
        """The same for words that were given back, or came too late for the turn that runs."""
        for index, prompt in enumerate(self.waiting):
            if prompt.message != change.message:
                continue
            if change.prompt is not None:
                self.waiting[index] = replace(change.prompt, inbox=prompt.inbox)
                await self._show(change.prompt)
            else:
                del self.waiting[index]
                await self._drop(prompt)
            return

    async def _show(self, prompt: Prompt) -> None:
        if self._turns.view is not None:
            self._turns.view = said(self._turns.view, prompt)
            await self._turns.show()

    async def _drop(self, prompt: Prompt) -> None:
        if self._turns.view is not None:
            self._turns.view = unsaid(self._turns.view, prompt.turn)
            await self._turns.show()
        await self._turns.close(prompt.inbox)

    async def answer(self, answer: Answer) -> None:
        """A person's answer to what the turn asks; one that comes too late changes nothing."""
        turns = self._turns
        ask = permission_requests.open_ask(turns.view, answer.request) if turns.view is not None else None
        complete = permission_requests.heard(ask, answer) if ask is not None else None
        if ask is None or complete is None:
            return
        link = self._host.link if ask.name != permission_requests.BUDGET else None  # no process waits for that answer
        if isinstance(complete, PermissionProgressed):
            await self._keep(complete)
        elif link is not None:
            if link.answer(complete):  # else it is withdrawn, as we shall hear
                await self._keep(permission_requests.settled(ask, complete))
        elif turns.ending is None:  # else the word of the end is on its way
            self._given.append((ask, complete))
            await self._keep(permission_requests.settled(ask, complete))
            await self._go_on()

    async def _keep(self, event: PermissionProgressed | PermissionSettled) -> None:
        """What was answered is durable before the answer's row is closed, also behind blocks that are not settled:
        nobody can give it again."""
        turns = self._turns
        turns.fold(event)
        await turns.show()
        if turns.view is not None:
            await turns.journal.save(turns.view)

    async def _go_on(self) -> None:
        """Once everything has its answer, the turn goes on although no process had waited."""
        turns, given, prompt = self._turns, self._given, self._turns.prompt
        if turns.view is None or prompt is None:
            return
        ask, answer = given[-1]
        if (
            turns.view.needs and ask.name != permission_requests.BUDGET
        ):  # a turn begins whatever sub-agents ask beside it
            return
        self._given = []
        if ask.name != permission_requests.BUDGET:
            if (mode := permission_requests.mode_after(given)) is not None:
                await turns.keep(replace(turns.session, choices=replace(turns.session.choices, mode=mode)))
            await self._carry_on(
                prompt, permission_requests.words_to_go_on(given), {ask.call: answer for ask, answer in given}
            )
        elif not answer.allowed:
            await self.let_go("limited", f"{ask.subject}, and nobody has raised it.")
        else:
            spent = await turns.journal.spent(self._budgets, prompt.asker.id)
            if (account := exhausted(self._budgets, spent)) is not None:
                await turns.journal.raise_budget(account.scope, prompt.asker.id, account.step)
            if await self._afford(prompt):
                await self._hand_over(prompt)

    async def _carry_on(self, prompt: Prompt, words: str, expected: dict[str, Answer]) -> None:
        """A new process goes on with the turn, under words of ours. `expected`: as in AgentProcess.send."""
        turns = self._turns
        turns.known_as = carried_on(prompt.turn, round(self._clock() * 1000))
        words_of_ours = replace(prompt, turn=turns.known_as, text=words, attachments=Attachments())
        await self._host.send(turns.session, words_of_ours, expected)

    async def let_go(self, reason: EndReason, why: str | None) -> None:
        """End a turn that a budget keeps from beginning: Claude has not heard of it, and its sub-agents wait on."""
        turns = self._turns
        if turns.view is None:
            return
        open_asks = tuple(ask for ask in turns.view.needs if ask.by_agent)
        turns.end(reason, why)
        await turns.show()
        if open_asks:
            turns.open(None, turns.known_as, open_asks)
            await turns.show()

    async def _afford(self, prompt: Prompt) -> bool:
        """Whether the budgets let the turn begin; else somebody is asked to raise one."""
        turns = self._turns
        spent = await turns.journal.spent(self._budgets, prompt.asker.id)
        account = exhausted(self._budgets, spent)
        for event in [request_to_raise(account)] if account else map(NoteAdded, warnings(self._budgets, spent)):
            turns.fold(event)
            await turns.show()
        return account is None
