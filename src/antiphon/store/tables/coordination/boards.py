"""What boards and the coordination channel show, and the messages that do."""

from sqlalchemy import delete, func, select, update

from antiphon.core.blocks import AskBlock, BudgetBlock
from antiphon.core.coordination.board import CoordinationLine, StandingPost, TurnAtWork
from antiphon.core.records import TurnBegun
from antiphon.core.values import MessageId, PlaceId, SessionId, TurnId
from antiphon.store.encoding import outbox_content, stored_tail
from antiphon.store.schema import coordination_event, inbox, outbox, preview, session, standing_post
from antiphon.store.tables import sessions
from antiphon.store.tables.coordination import events
from antiphon.store.tables.coordination.claims import is_live
from antiphon.store.tables.spending import midnight
from antiphon.store.transaction import Transaction

_DAY = 86_400.0  # seconds
_NOT_OVER = (coordination_event.c.kind == "turn") & (coordination_event.c.outcome == "")


def turns_at_work(tx: Transaction) -> list[TurnAtWork]:
    """Those of live sessions."""
    of_turn = (outbox.c.session == coordination_event.c.session) & (outbox.c.turn == coordination_event.c.text)
    tail = (preview.c.session == outbox.c.session) & (preview.c.turn == outbox.c.turn)
    joined = select(outbox.c.session, outbox.c.turn, outbox.c.body, preview.c.body.label("tail"))
    joined = joined.select_from(coordination_event).join(outbox, of_turn & (outbox.c.kind == "begin"))
    joined = joined.join(session, session.c.id == outbox.c.session).outerjoin(preview, tail)
    found: list[TurnAtWork] = []
    for row in tx.execute(joined.where(_NOT_OVER, is_live(tx.now)).order_by(coordination_event.c.n)):
        told = outbox_content("begin", row.body)
        assert isinstance(told, TurnBegun)
        blocks = () if row.tail is None else stored_tail(row.tail).blocks
        needs = tuple(one for one in blocks if isinstance(one, AskBlock | BudgetBlock) and not one.settled)
        found.append(TurnAtWork(SessionId(row.session), TurnId(row.turn), told.started, told.asker, needs))
    return found


def spent_today(tx: Transaction) -> dict[str, float]:
    """Dollars of turns that have ended since midnight, by project."""
    total = select(session.c.project, func.sum(inbox.c.cost)).join(session, session.c.id == inbox.c.session)
    rows = tx.execute(total.where(inbox.c.ended >= midnight(tx.now)).group_by(session.c.project))
    return {project: float(dollars) for project, dollars in rows}


def standing(tx: Transaction, key: str) -> StandingPost | None:
    """The message that shows this."""
    row = tx.execute(select(standing_post).where(standing_post.c.key == key)).first()
    return None if row is None else StandingPost(row.key, PlaceId(row.place), MessageId(row.message), row.digest)


def all_standing(tx: Transaction, prefix: str) -> list[StandingPost]:
    """Those whose keys begin so."""
    rows = tx.execute(select(standing_post).where(standing_post.c.key.startswith(prefix, autoescape=True)))
    return [StandingPost(row.key, PlaceId(row.place), MessageId(row.message), row.digest) for row in rows]


def fall(tx: Transaction, key: str) -> None:
    """There is none any more."""
    tx.execute(delete(standing_post).where(standing_post.c.key == key))


def stand(tx: Transaction, shown: StandingPost) -> None:
    """Write down which message that is."""
    told = {"place": shown.place, "message": shown.message, "digest": shown.digest}
    row = tx.insert(standing_post).values(key=shown.key, **told)
    tx.execute(row.on_conflict_do_update(index_elements=[standing_post.c.key], set_=told))


def tell_from_now(tx: Transaction, key: str, place: PlaceId) -> int:
    """From which event on a place shows them. In the table it is like a message: its number stands for one."""
    known = standing(tx, key)
    if known is not None and known.place == place:
        return known.message
    newest = tx.execute(select(func.coalesce(func.max(coordination_event.c.n), 0))).scalar_one()
    stand(tx, StandingPost(key, place, MessageId(newest), ""))
    return int(newest)


def lines(tx: Transaction, after: int, most: int) -> list[CoordinationLine]:
    """Events of which not all is shown, and turns that are not over."""
    news = (coordination_event.c.changed > coordination_event.c.shown) & (coordination_event.c.changed > tx.now - _DAY)
    mine = (coordination_event.c.n > after) & (news | _NOT_OVER)
    rows = tx.execute(events.titled().where(mine).order_by(coordination_event.c.n).limit(most)).all()
    named = {row.session for row in rows if row.session is not None}
    homes = {row.id: sessions.of_row(row) for row in tx.execute(select(session).where(session.c.id.in_(named)))}
    return [
        CoordinationLine(
            events.of_row(row),
            homes.get(row.session),
            MessageId(row.message),
            row.digest,
            row.changed,
            row.changed > row.shown,
        )
        for row in rows
    ]


def line_messages(tx: Transaction, after: MessageId) -> frozenset[MessageId]:
    """Messages after that one which show events."""
    found = select(coordination_event.c.message).where(coordination_event.c.message > after)
    return frozenset(map(MessageId, tx.execute(found).scalars()))


def note_line(tx: Transaction, line: CoordinationLine) -> None:
    """Write down where an event is shown, and how it was then."""
    told = {"message": line.message, "digest": line.digest, "shown": line.changed}
    tx.execute(update(coordination_event).where(coordination_event.c.n == line.event.n).values(**told))
