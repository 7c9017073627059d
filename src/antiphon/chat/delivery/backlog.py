"""The turns of a place that are still to be shown, in their order, and as little of each as is needed.

The blocks of a turn that has ended, and whose time has not come, are left to the store, which knows them: Discord may
be away for hours. May not know: how a turn is shown.
"""

from dataclasses import replace

from antiphon.chat.render.withdrawn import withdrawn_view
from antiphon.core.bus import DeliveryStore
from antiphon.core.schedules.continuations import known_reset
from antiphon.core.stored_turn import assemble
from antiphon.core.values import SessionId, TurnId
from antiphon.core.view import TurnView, ended


class Backlog:
    """Of one session."""

    def __init__(self, session: SessionId, bus: DeliveryStore) -> None:
        self._session = session
        self._bus = bus
        self._views: dict[TurnId, TurnView] = {}
        self._bare: set[TurnId] = set()  # those whose blocks the store alone has

    def __bool__(self) -> bool:
        return bool(self._views)

    def __getitem__(self, turn: TurnId) -> TurnView:
        return self._views[turn]

    @property
    def turns(self) -> tuple[TurnId, ...]:
        """The oldest first."""
        return tuple(self._views)

    def has_whole(self, turn: TurnId) -> bool:
        """Whether the view with its blocks is here."""
        return turn in self._views and turn not in self._bare

    @property
    def has_ended(self) -> bool:
        """Whether one of them is over, as far as is known."""
        return any(view.end is not None or turn in self._bare for turn, view in self._views.items())

    def take(self, view: TurnView) -> TurnView | None:
        """Take the newest view of a turn; returns the one before."""
        before = self._views.get(view.turn)
        self._views[view.turn] = view
        self._bare.discard(view.turn)
        if self.turns[0] != view.turn or known_reset(view) is not None:  # whether it goes on by itself, a row tells
            self.put_away(view.turn)
        return before

    def expect(self, turn: TurnId) -> None:
        """A turn of which nothing but the name is known here."""
        if turn not in self._views:
            self._views[turn] = TurnView(turn, None, 0.0)
            self._bare.add(turn)

    async def whole(self, turn: TurnId) -> TurnView:
        """The view with its blocks. StoreError: they cannot be had now."""
        if turn in self._bare:
            story = await self._bus.story(self._session, turn)
            stored = await self._withdrawn(turn) if story is None else assemble(story)
            bare = self._views[turn]
            if turn in self._bare:  # else a newer one came meanwhile
                known = stored or bare
                if bare.end is not None:  # what is live only, as the tasks, no row tells
                    told = {"taken_back": known.taken_back, "continuation": known.continuation}
                    known = ended(replace(bare, blocks=known.blocks, **told), bare.end)
                self._views[turn] = known
                self._bare.discard(turn)
        return self._views[turn]

    async def _withdrawn(self, turn: TurnId) -> TurnView | None:
        """The view of a prompt that ended before it became a turn, of which no row tells."""
        found = (one for one in await self._bus.withdrawn() if one.session.id == self._session)
        return next((withdrawn_view(one) for one in found if one.prompt.turn == turn), None)

    def put_away(self, turn: TurnId) -> None:
        """Leave the blocks to the store until they are asked for, where the turn has ended: its rows say all of it."""
        view = self._views[turn]
        if view.end is not None and turn not in self._bare:
            self._views[turn] = replace(view, blocks=())
            self._bare.add(turn)

    def postpone(self, turn: TurnId) -> None:
        """Let the others go first."""
        self._views[turn] = self._views.pop(turn)

    def done(self, turn: TurnId, view: TurnView) -> None:
        """Strike the turn, if this is still its newest view."""
        if self._views[turn] is view:
            del self._views[turn]
            self._bare.discard(turn)
