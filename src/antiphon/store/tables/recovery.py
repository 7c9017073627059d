"""What a dead worker left behind, brought into a state that people can see and a new worker can take up.

A turn whose prompt Claude has not heard runs as if it were new: what was written of it is struck. One that waits for a
person goes on waiting, and one whose project wants it goes on by itself. Every other one that has no end gets one:
`stopped` where somebody had asked for that, else `interrupted`; the live tail becomes rows before it, because the
session's next turn overwrites the tail.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from antiphon.core.blocks import End, EndReason, NoteBlock, SteerBlock
from antiphon.core.bus import RecoveryInfo
from antiphon.core.permission_requests import may_go_on, outlives, was_heard
from antiphon.core.records import Lease, Withdrawal
from antiphon.core.stored_turn import assemble, rows_of, tail_of, written
from antiphon.core.values import Change, Interrupt, Session, SessionId, TurnId, attempts, turn_after
from antiphon.core.view import TurnView, ended, fold
from antiphon.core.wording import jobs_ended
from antiphon.store.encoding import (
    ERRANDS,
    PROMPTS,
    block_of,
    inbox_content,
    outbox_content,
    prompt_of,
    reworded,
    stored_tail,
)
from antiphon.store.schema import inbox, outbox, preview, session
from antiphon.store.tables import inbox as calls
from antiphon.store.tables import leases, requests, sessions, withdrawals
from antiphon.store.tables import outbox as events
from antiphon.store.tables.coordination import events as coordination
from antiphon.store.transaction import Transaction

_AGAIN: Mapping[str, Any] = {"state": "queued", "epoch": None}  # of a row that is to be claimed once more

_InboxRow = Row[*tuple[Any, ...]]


def hold(tx: Transaction, name: str, holder: str, ttl: float, left: RecoveryInfo) -> Lease | None:
    """A new epoch for `ttl` seconds, at once when the last holder's process is gone; None: it is held."""
    lease, worker = leases.hold(tx, name, holder, ttl), leases.worker_of(name)
    tx.rung.update(("inbox", "outbox"))
    if lease is not None:
        requests.drop_all(tx, name)
        if worker:
            Recovery(tx, worker, left).recover(lease.epoch)
    return lease


@dataclass(frozen=True, slots=True)
class Recovery:
    """Of one worker, in one transaction."""

    tx: Transaction
    worker: str
    left: RecoveryInfo

    def recover(self, epoch: int) -> None:
        """End, or put back, everything that ran under an older epoch than this one."""
        mine = (inbox.c.worker == self.worker) & (inbox.c.state == "running") & (inbox.c.epoch < epoch)
        known = inbox.c.kind.in_((*PROMPTS, *ERRANDS))
        rows = self.tx.execute(select(inbox).where(mine, known).order_by(inbox.c.n)).all()
        prompts = {(row.session, prompt_of(row.body).turn): row for row in rows if row.kind in PROMPTS}
        heard = self._heard(prompts.values())
        heeded: set[int] = set()
        for home, turn in self._unfinished():
            if (row := prompts.pop((home, turn), None)) is not None:
                heeded |= self._turn(row, turn, [other for other in prompts.values() if other.session == home], heard)
            elif not self._suspended(home, turn) and self._session(home).terminal is None:  # Claude Code began it
                self._end(home, self._view(home, turn), "interrupted")
        for row in prompts.values():
            heeded |= self._not_begun(row, heard)
        self._tell_left()
        waiting = self._waiting()
        for row in rows:
            if row.kind not in PROMPTS and row.n not in heeded:
                again = row.kind == "change" or row.session in waiting
                self._set(row, **(_AGAIN if again else {"state": "cancelled", "ended": self.tx.now}))
        self._change()

    def _turn(self, row: _InboxRow, turn: TurnId, steers: list[_InboxRow], heard: Set[TurnId]) -> set[int]:
        """A turn that has begun: what becomes of it. The stops that it has heeded."""
        home = SessionId(row.session)
        if self._session(home).terminal is not None:  # there it went on
            self._set(row, state="suspended", epoch=None)
            return set()
        view = self._view(home, turn)
        for other in steers:  # the transcript knows better than the tail what was taken in
            if not _has(view, other) and heard & attempts(prompt_of(other.body).turn):
                view = replace(view, blocks=(*view.blocks, _taken_in(other)))
        if outlives(view):
            self._keep(home, view)
            self._set(row, state="suspended", epoch=None)
            return set()
        if stops := self._stops(row):
            return self._stopped(row, view, stops)
        if not was_heard(view) and not heard & {turn, *attempts(turn)}:
            self._strike(home, turn)
            self._set(row, **_AGAIN, body=withdrawals.struck(row.body))
        elif self._session(home).project in self.left.goes_on and may_go_on(view):
            self._keep(home, view)
            self._set(row, state="suspended", epoch=None)
        else:
            self._interrupted(row, view)
        return set()

    def _not_begun(self, row: _InboxRow, heard: Set[TurnId]) -> set[int]:
        """A prompt without a begin: in line again, unless a turn has taken its words in, or nobody wants it any more.
        The stops that it has heeded."""
        home, prompt = SessionId(row.session), prompt_of(row.body)
        turn = prompt.turn
        fresh = TurnView(turn, prompt.message, self.tx.now, asker=prompt.asker.id)
        if self._is_taken_in(row) or self._rows(home, turn) is not None:  # by a turn of Claude's, or its end is told
            self._set(row, **withdrawals.ended(self.tx, row, Withdrawal("taken_in"), "done"))
        elif self._session(home).terminal is not None:  # whoever hears the terminal knows whether Claude has it
            self._set(row, **_AGAIN, kind="steer")
        elif row.kind == "turn" and (stops := self._stops(row)):
            return self._stopped(row, fresh, stops)
        elif row.kind == "steer" and heard & attempts(turn):  # a turn of its own, not yet written down
            self._interrupted(row, fresh)
        else:
            self._set(row, **_AGAIN)
        return set()

    def _interrupted(self, row: _InboxRow, view: TurnView) -> None:
        self._end(SessionId(row.session), view, "interrupted")
        self._set(row, state="interrupted", ended=self.tx.now)

    def _stopped(self, row: _InboxRow, view: TurnView, stops: list[_InboxRow]) -> set[int]:
        self._end(SessionId(row.session), view, "stopped")
        self._set(row, state="cancelled", ended=self.tx.now)
        for stop in stops:
            self._set(stop, state="done", ended=self.tx.now)
        return {stop.n for stop in stops}

    def _heard(self, rows: Iterable[_InboxRow]) -> frozenset[TurnId]:
        """Under which uuids Claude Code has these prompts. Those of a session are asked for together: it may have said
        several in one go."""
        sessions: dict[str, dict[TurnId, str]] = {}
        for row in rows:
            prompt = prompt_of(row.body)
            told = sessions.setdefault(row.session, {})
            told.update((uuid, prompt.text) for uuid in (prompt.turn, *attempts(prompt.turn)))
        found = (self.left.heard(self._session(SessionId(home)), prompts) for home, prompts in sessions.items())
        return frozenset[TurnId]().union(*found)

    def _stops(self, row: _InboxRow) -> list[_InboxRow]:
        """Who wanted this turn to end: what came after its prompt, whether or not the dead worker had it."""
        stops = (inbox.c.session == row.session) & (inbox.c.kind == "stop") & (inbox.c.n > row.n)
        open_ = inbox.c.state.in_(("queued", "running"))
        found = self.tx.execute(select(inbox).where(stops, open_)).all()
        return [stop for stop in found if _is_for(stop, prompt_of(row.body).turn)]

    def _end(self, home: SessionId, view: TurnView, reason: EndReason) -> None:
        """Write what is known of a turn, and its end."""
        told = self._rows(home, view.turn)
        rows = rows_of(home, ended(view, End(reason, at=self.tx.now)), calls.next_seq(self.tx, home), told)
        events.emit(self.tx, self.worker, rows)

    def _tell_left(self) -> None:
        """The background work of each session whose last turn had left some: it has died with the process."""
        last = select(outbox.c.session, func.max(outbox.c.seq).label("seq")).where(outbox.c.worker == self.worker)
        last = last.where(outbox.c.kind != "undo")  # which may come long after a turn's end
        newest = last.group_by(outbox.c.session).subquery()
        same = (outbox.c.session == newest.c.session) & (outbox.c.seq == newest.c.seq)
        ends = select(outbox.c.session, outbox.c.turn, outbox.c.body).join(newest, same).where(outbox.c.kind == "end")
        for home, turn, body in self.tx.execute(ends).all():
            end = outbox_content("end", body)
            if isinstance(end, End) and end.left:
                view = TurnView(turn_after(TurnId(turn)), None, self.tx.now)
                self._end(SessionId(home), fold(view, NoteBlock(jobs_ended(end.left)), self.tx.now), "done")

    def _keep(self, home: SessionId, view: TurnView) -> None:
        """Write what is known of a turn that goes on later."""
        tail = tail_of(view, self._rows(home, view.turn) or 0)
        events.overwrite_preview(self.tx, home, view.turn, tail)

    def _strike(self, home: SessionId, turn: TurnId) -> None:
        """Nothing of the turn has happened. What is posted of it stays, and shows its new run."""
        rows = (outbox.c.session == home) & (outbox.c.turn == turn)
        self.tx.execute(delete(outbox).where(rows))
        coordination.struck(self.tx, home, turn)
        events.drop_preview(self.tx, home, turn)

    def _change(self) -> None:
        """Words that are back in line read as people have changed them meanwhile; for others no change counts any
        more."""
        mine = (inbox.c.worker == self.worker) & (inbox.c.state == "queued")
        line = {
            (row.session, prompt_of(row.body).message): row
            for row in self.tx.execute(select(inbox).where(mine, inbox.c.kind.in_(PROMPTS)))
        }
        changes = select(inbox).where(mine, inbox.c.kind == "change").order_by(inbox.c.n)
        for row in self.tx.execute(changes).all():
            change = inbox_content("change", row.body, row.n)
            assert isinstance(change, Change)
            waiting, words = line.get((row.session, change.message)), change.prompt
            if waiting is not None and words is not None:
                self._set(waiting, body=reworded(waiting.body, words))
            elif waiting is not None:
                self._set(waiting, **withdrawals.ended(self.tx, waiting, Withdrawal("deleted")))
            self._set(row, state="done", ended=self.tx.now)

    def _set(self, row: _InboxRow, **values: Any) -> None:
        self.tx.execute(update(inbox).where(inbox.c.n == row.n).values(**values))

    # What there is

    def _unfinished(self) -> list[tuple[SessionId, TurnId]]:
        """Turns with a begin and no end: those that people asked for, and those that Claude Code started by itself."""
        end = outbox.alias()
        same = (end.c.session == outbox.c.session) & (end.c.turn == outbox.c.turn) & (end.c.kind == "end")
        begun = select(outbox.c.session, outbox.c.turn).where(outbox.c.worker == self.worker, outbox.c.kind == "begin")
        rows = self.tx.execute(begun.where(~select(end.c.n).where(same).exists()).order_by(outbox.c.n))
        return [(SessionId(home), TurnId(turn)) for home, turn in rows.all()]

    def _view(self, home: SessionId, turn: TurnId) -> TurnView:
        story = events.story(self.tx, home, turn)
        assert story is not None  # it has begun
        return assemble(story)

    def _session(self, home: SessionId) -> Session:
        return sessions.of_row(self.tx.execute(select(session).where(session.c.id == home)).one())

    def _waiting(self) -> set[str]:
        """The sessions with a turn that waits for its answer, or to go on."""
        rows = select(inbox.c.session).where(inbox.c.worker == self.worker, inbox.c.state == "suspended")
        return set(self.tx.execute(rows).scalars())

    def _suspended(self, home: SessionId, turn: TurnId) -> bool:
        """Whether the turn waits for its answer since an earlier start."""
        rows = select(inbox.c.body).where(inbox.c.session == home, inbox.c.state == "suspended")
        return any(prompt_of(body).turn == turn for body in self.tx.execute(rows).scalars())

    def _rows(self, home: SessionId, turn: TurnId) -> int | None:
        """How many blocks of a turn are in rows; None: not even its begin is."""
        found = events.story(self.tx, home, turn)
        return None if found is None else written(found)

    def _is_taken_in(self, row: _InboxRow) -> bool:
        """Whether a turn has taken these words in while it worked; one that waits for a person may have them in its
        tail alone."""
        rows = select(outbox.c.body).where(
            outbox.c.session == row.session, outbox.c.kind == "block", outbox.c.created >= row.created
        )
        blocks = [block_of(body) for body in self.tx.execute(rows).scalars()]
        for body in self.tx.execute(select(preview.c.body).where(preview.c.session == row.session)).scalars():
            blocks += stored_tail(body).blocks
        turn = prompt_of(row.body).turn
        return any(isinstance(block, SteerBlock) and block.prompt == turn for block in blocks)


def _has(view: TurnView, row: _InboxRow) -> bool:
    turn = prompt_of(row.body).turn
    return any(isinstance(block, SteerBlock) and block.prompt == turn for block in view.blocks)


def _taken_in(row: _InboxRow) -> SteerBlock:
    prompt = prompt_of(row.body)
    return SteerBlock(prompt.turn, prompt.message, prompt.text, prompt.asker.name)


def _is_for(stop: _InboxRow, turn: TurnId) -> bool:
    interrupt = inbox_content("stop", stop.body, stop.n)
    return isinstance(interrupt, Interrupt) and interrupt.turn in (None, turn)
