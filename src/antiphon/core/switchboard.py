"""Which conversations are live: the only creator of them, and the loop that feeds them from the bus.

A session has at most one conversation, so at most one Claude Code process.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict

from antiphon.core.codec import rows_of
from antiphon.core.conversation import Conversation, Limits, Ports
from antiphon.core.ports import Closing, Item
from antiphon.core.values import Answer, Asker, Close, Enclosed, File, Interrupt, Project, Prompt, SessionId
from antiphon.core.view import End, TurnView

log = logging.getLogger(__name__)

_LOOK_AGAIN = 5.0  # seconds between looks at the inbox when no bell rings


class Switchboard:
    """Turns inbox rows into values in mailboxes."""

    def __init__(self, projects: Mapping[str, Project], ports: Ports, limits: Limits, most_turns: int) -> None:
        """`most_turns`: how many turns may run at once; further prompts wait in the inbox, in order."""
        self._projects = projects
        self._ports = ports
        self._limits = limits
        self._most_turns = most_turns
        self._live: dict[SessionId, tuple[Conversation, asyncio.Task[None]]] = {}

    async def serve(self) -> None:
        """Claim and deliver until cancelled. Cancelling ends every conversation: running turns are shown as
        interrupted and no process is left behind (at most `limits.stop` and the process's own time to close)."""
        try:
            while True:
                await self._claim()
                await self._ports.bus.wait("inbox", _LOOK_AGAIN)
        finally:
            await self._close()

    async def _claim(self) -> None:
        conversations = [conversation for conversation, _ in self._live.values()]
        known = frozenset(n for live in conversations for n in live.turns | live.errands)
        room = max(0, self._most_turns - sum(len(live.turns) for live in conversations))
        try:
            for item in await self._ports.bus.claim(self._ports.lease, known, room):
                project = self._projects.get(item.session.project)
                if project is None:
                    await self._refuse(item)
                else:
                    self._conversation(item, project).post(_value(item))
        except self._ports.bus.transient as error:  # what is in nobody's hands yet is claimed again
            log.warning("the inbox is busy: %s", error)

    def _conversation(self, item: Item, project: Project) -> Conversation:
        id_ = item.session.id
        if id_ not in self._live or self._live[id_][1].done():  # one that has left reads no more
            live = Conversation(item.session, project, self._ports, self._limits, item.next_seq)
            task = asyncio.create_task(live.run(), name=f"conversation {id_}")
            task.add_done_callback(lambda done: self._left(id_, done))
            self._live[id_] = (live, task)
        return self._live[id_][0]

    def _left(self, id_: SessionId, task: asyncio.Task[None]) -> None:
        if self._live[id_][1] is task:
            del self._live[id_]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a conversation failed", exc_info=error, extra={"session": id_})

    async def _refuse(self, item: Item) -> None:
        """The session's project is no longer configured: the turn ends at once, and says so."""
        session, now = item.session, self._ports.clock()
        if item.kind != "turn":
            await self._ports.bus.emit(self._ports.lease, (), (Closing(item.n, "done"),))
            return
        error = f"The project {session.project} is not configured on this bridge any more."
        prompt = prompt_of(item)
        view = TurnView(prompt.turn, prompt.message, now, end=End("failed", now, error))
        rows = rows_of(session.id, view, item.next_seq, None)
        await self._ports.bus.emit(self._ports.lease, rows, (Closing(item.n, "failed"),))
        self._ports.screen.show(session, view)

    async def _close(self) -> None:
        tasks = [task for _, task in self._live.values()]
        for conversation, _ in list(self._live.values()):
            conversation.post(Close("The bridge was stopped."))
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self._limits.stop)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)  # each ends its process, which has a limit of its own


def prompt_of(item: Item) -> Prompt:
    """The prompt that an inbox row of kind turn carries."""
    body = item.body
    asker = Asker(body["author"], body.get("asker"))
    enclosed = Enclosed(tuple(File(**one) for one in body.get("files", ())), tuple(body.get("notes", ())))
    return Prompt(body["turn"], body["text"], asker, body["message"], item.n, enclosed)


def prompt_body(prompt: Prompt) -> dict[str, object]:
    """The inverse: what the inbox row carries."""
    return {
        "turn": prompt.turn,
        "text": prompt.text,
        "author": prompt.asker.name,
        "asker": prompt.asker.id,
        "message": prompt.message,
        "files": [asdict(one) for one in prompt.enclosed.files],
        "notes": list(prompt.enclosed.notes),
    }


def _value(item: Item) -> Prompt | Interrupt | Answer:
    body = item.body
    match item.kind:
        case "stop":
            return Interrupt(body["by"], item.n, body.get("turn"))
        case "answer":
            return Answer(body["request"], body["allowed"], body["by"], item.n, body.get("words", ""), body.get("rule"))
        case "turn":
            return prompt_of(item)
