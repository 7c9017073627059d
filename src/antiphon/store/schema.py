"""The tables, as they are at the newest revision; `migrations/` says how a database comes to have them.

Types are chosen so that SQLite and PostgreSQL mean the same by them. Times are epoch seconds by the engine's clock.
ENGINE's tables `project` and `blob`, and columns that nobody writes yet, come with the revision that first uses them.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

metadata = MetaData(
    naming_convention={  # batch mode finds a constraint by its name
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only in a column that is exactly INTEGER

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),  # 'hub', 'worker:<name>'
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),  # the fencing token: grows with every hold
    Column("since", Float, nullable=False),
    Column("expires", Float, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", BigInteger),  # NULL: it is shown nowhere
    Column("project", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("claude_session_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("origin_channel", BigInteger),
    Column("origin_message", BigInteger),
    Column("cost", Float, nullable=False),  # dollars, Claude Code's own estimate
    Column("choices", JSON, nullable=False, server_default="{}"),  # core.values.Choices
    Column("begun", Boolean, nullable=False, server_default="0"),
    Column("counted", Float, nullable=False, server_default="0"),  # dollars, as Claude Code counts its session
    Column("directory", Text),  # NULL: its project's
    Column("owner", BigInteger),
    Column("model", Text, nullable=False, server_default=""),
    Column("terminal", JSON),  # core.values.Terminal; NULL: we host it
    Column("schedule", Text),  # that has started it
    Column("program", Text),  # that has started it, by the API
    Column("tree", Text),  # the working tree around its directory; NULL: not settled yet
    Column("worktree", JSON),  # core.coordination.worktrees.Worktree: its own one
    Column("sharing", Text),  # NULL: its place is a thread
    Column("ended", Float),  # when its place was deleted
    Column("created", Float, nullable=False),
    Column("touched", Float, nullable=False),
)
Index("ix_session_place", session.c.place)
Index("ix_session_tree", session.c.tree)

direct_place = Table(  # direct messages, and the project that is talked about in them
    "direct_place",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("project", Text, nullable=False),
)

inbox = Table(  # hub → worker
    "inbox",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("worker", Text, nullable=False),
    Column("session", Text, ForeignKey("session.id"), nullable=False),
    Column("kind", Text, nullable=False),  # turn steer stop answer change aside
    Column("body", JSON, nullable=False),
    Column("state", Text, nullable=False),  # queued held running suspended done failed interrupted cancelled
    Column("epoch", BigInteger),  # of the worker that runs, or ran, it
    Column("asker", BigInteger),  # who is charged with the turn
    Column("cost", Float, nullable=False, server_default="0"),  # dollars
    Column("created", Float, nullable=False),
    Column("said", Float, nullable=False, server_default="0"),  # its place in line, before `n`
    Column("ended", Float),
    sqlite_autoincrement=True,  # a number is never used again, whatever is deleted one day
)
Index("ix_inbox_state", inbox.c.state, inbox.c.worker)
Index("ix_inbox_ended", inbox.c.ended, inbox.c.asker)
Index("ix_inbox_session", inbox.c.session, inbox.c.kind, inbox.c.state)
_RUNNING_TURN = and_(inbox.c.kind == "turn", inbox.c.state == "running")
Index(  # one turn a session: held by the engine, not by our care
    "uq_inbox_running_turn", inbox.c.session, unique=True, sqlite_where=_RUNNING_TURN, postgresql_where=_RUNNING_TURN
)

outbox = Table(  # worker → hub
    "outbox",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("worker", Text, nullable=False),
    Column("session", Text, ForeignKey("session.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("turn", Text, nullable=False),
    Column("kind", Text, nullable=False),  # begin block end
    Column("body", JSON, nullable=False),
    Column("state", Text, nullable=False),  # todo posted
    Column("created", Float, nullable=False),
    UniqueConstraint("session", "seq"),
    sqlite_autoincrement=True,
)
Index("ix_outbox_state", outbox.c.state)
Index("ix_outbox_turn", outbox.c.session, outbox.c.turn, outbox.c.kind)

preview = Table(  # live text that is not in rows yet: one row a session, overwritten
    "preview",
    metadata,
    Column("session", Text, ForeignKey("session.id"), primary_key=True),
    Column("turn", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("updated", Float, nullable=False),
)

post = Table(  # our messages in Discord
    "post",
    metadata,
    Column("session", Text, ForeignKey("session.id"), primary_key=True),
    Column("turn", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("message", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)

Index("ix_post_message", post.c.message)

offer = Table(  # prompts that were given to a terminal's Claude Code, which may not have got them
    "offer",
    metadata,
    Column("session", Text, ForeignKey("session.id"), primary_key=True),
    Column("prompt", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("way", Text, nullable=False),
    Column("after", Text, nullable=False),
)

schedule = Table(  # prompts that are run by the clock
    "schedule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("body", JSON, nullable=False),  # core.schedules.ScheduledPrompt, what has no column
    Column("next", Float),  # when it is due; NULL: never
    Column("paused", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("created", Float, nullable=False),
)
Index("ix_schedule_next", schedule.c.next)

schedule_run = Table(  # each time that one was due
    "schedule_run",
    metadata,
    Column("schedule", Text, ForeignKey("schedule.id"), primary_key=True),
    Column("due", Float, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # of the prompt in the inbox
    Column("state", Text, nullable=False),  # due started over skipped missed
    Column("session", Text),
    Column("ended", Text, nullable=False),  # how its turn has
    Column("event", JSON),  # core.schedules.TriggeredBy; NULL: the clock starts it, or a person
)
Index("ix_schedule_run_state", schedule_run.c.state)

notice = Table(  # messages that programs post, at once or later
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("body", JSON, nullable=False),  # core.programs.notices.Notice, what has no column
    Column("file_name", Text),
    Column("file", LargeBinary),  # NULL once it is sent
    Column("file_size", Integer, nullable=False),  # bytes
    Column("maker", Text, nullable=False),  # which token's it is, or which session's
    Column("target", Text, nullable=False),  # what goes to one goes there in order
    Column("later", Boolean, nullable=False),
    Column("state", Text, nullable=False),  # waiting sending sent failed cancelled
    Column("due", Float, nullable=False),
    Column("created", Float, nullable=False),
    Column("since", Float, nullable=False),
    Column("message", BigInteger),
    Column("error", Text, nullable=False),
)
Index("ix_notice_state", notice.c.state, notice.c.due)

answer = Table(  # what the API has answered, for whoever asks again with the same key
    "answer",
    metadata,
    Column("key", Text, primary_key=True),  # the token's name, and its Idempotency-Key
    Column("asked", Text, nullable=False),  # a digest of the request
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
)
Index("ix_answer_created", answer.c.created)
continuation = Table(  # turns that a usage limit has ended, and whether each goes on by itself
    "continuation",
    metadata,
    Column("session", Text, ForeignKey("session.id"), primary_key=True),
    Column("turn", Text, primary_key=True),
    Column("due", Float, nullable=False),
    Column("state", Text, nullable=False),  # planned stopped off begun dropped
    Column("by", JSON),  # core.values.Asker: whose doing that is
)
Index("ix_continuation_state", continuation.c.state, continuation.c.due)

switch = Table(  # what people switch for everything; without a row it is on
    "switch",
    metadata,
    Column("name", Text, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("by", Text, nullable=False),  # who did last
)

claim = Table(  # what a session has for itself for a while
    "claim",
    metadata,
    Column("resource", Text, primary_key=True),
    Column("session", Text, ForeignKey("session.id"), nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("note", Text, nullable=False),
)

file_use = Table(  # when a session has last read a file, and changed it; 0: never
    "file_use",
    metadata,
    Column("session", Text, ForeignKey("session.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("read", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("allowed", Float, nullable=False),  # until when people let it write over what others did
)
Index("ix_file_use_path", file_use.c.path, file_use.c.changed)

coordination_event = Table(  # what sessions and scripts tell each other
    "coordination_event",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("project", Text, nullable=False),
    Column("session", Text),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="said"),  # said turn claim held
    Column("note", Text, nullable=False, server_default=""),
    Column("moment", Float),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("changed", Float, nullable=False, server_default="0"),
    Column("shown", Float, nullable=False, server_default="0"),  # what `changed` was of what is shown
    Column("message", BigInteger, nullable=False, server_default="0"),  # that shows it
    Column("digest", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
Index("ix_coordination_event_project", coordination_event.c.project, coordination_event.c.n)
Index(
    "ix_coordination_event_kind", coordination_event.c.kind, coordination_event.c.outcome, coordination_event.c.session
)

standing_post = Table(  # our messages in Discord that belong to no session
    "standing_post",
    metadata,
    Column("key", Text, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)

guest = Table(  # whom people have invited into one session's thread
    "guest",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("answers", Boolean, nullable=False),
    Column("since", Float, nullable=False),
)

stranger_offer = Table(  # that somebody who may not prompt is let into a session
    "stranger_offer",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("place", BigInteger, nullable=False),
    Column("project", Text, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", BigInteger),  # of the session
    Column("calls", Boolean, nullable=False),
    Column("state", Text, nullable=False),  # open let_in always declined withdrawn
    Column("by", Text, nullable=False),  # who has decided
    Column("closed", Boolean, nullable=False),  # its message says what has become of it
    Column("opened", Float, nullable=False),
    Column("decided", Float),
    sqlite_autoincrement=True,
)
Index("ix_stranger_offer_place", stranger_offer.c.place, stranger_offer.c.person)
Index("ix_stranger_offer_closed", stranger_offer.c.closed)

stranger_message = Table(  # what they wrote
    "stranger_message",
    metadata,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("offer", BigInteger, ForeignKey("stranger_offer.n"), nullable=False),
    Column("text", Text, nullable=False),  # its beginning
    Column("state", Text, nullable=False),  # kept prompt deleted
    Column("at", Float, nullable=False),
)
Index("ix_stranger_message_offer", stranger_message.c.offer, stranger_message.c.state)

dead_webhook = Table(  # that Discord knows no more: asked again, it would count against this machine's address
    "dead_webhook",
    metadata,
    Column("webhook", Text, primary_key=True),  # a digest of its address, which is a secret
    Column("why", Text, nullable=False),
    Column("at", Float, nullable=False),
)

added_project = Table(  # what admins have added while the bridge ran; the configuration's are in its file
    "added_project",
    metadata,
    Column("name", Text, primary_key=True),
    Column("settings", JSON, nullable=False),  # as its section in the file would have them
    Column("version", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)

request = Table(  # hub → worker and back: what is answered soon or not at all
    "request",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("worker", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("session", Text, ForeignKey("session.id")),
    Column("what", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("state", Text, nullable=False),  # queued running done
    Column("reply", JSON),
    Column("created", Float, nullable=False),
    sqlite_autoincrement=True,
)

audit = Table(  # what people decided
    "audit",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("deed", Text, nullable=False),
    Column("session", Text),
    Column("person", BigInteger),
    Column("name", Text, nullable=False),
    Column("door", Text, nullable=False),
    Column("what", JSON, nullable=False),
    sqlite_autoincrement=True,
)

allowance = Table(  # dollars that admins have allowed beyond the budgets
    "allowance",
    metadata,
    Column("scope", Text, primary_key=True),  # thread:<session>, member:<person>:<day>, day:<day>
    Column("dollars", Float, nullable=False),
)

watermark = Table(  # the last message seen, for catch-up after any gap
    "watermark",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("last_message_id", BigInteger, nullable=False),
)

identify = Table(  # each time that the gateway was told who we are
    "identify",
    metadata,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    sqlite_autoincrement=True,
)
