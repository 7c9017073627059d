"""What people read in a place, and in answers to commands that list something: the sentences and the words for states.
What stands in braces is filled in, escaped where somebody else wrote it. Labels stand beside their controls. Pure.

What people read when they act by commands, buttons and forms is in `antiphon.chat.wording`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.core.blocks import EndReason

AND_MORE = "-# and {count} more"
WHOLE_IN_FILE = "-# The whole of it is in the file."
SOMETHING_ELSE = "Something else…"


# A running turn

PHASES: Mapping[str, str] = {
    "waiting": "✋ **Waiting for you**",
    "thinking": "🧠 **Thinking**",
    "writing": "✍️ **Writing**",
}
WORKING = "⏳ **Working**"
SILENT = "{mark} nothing heard since {moment}"
MESSAGE_WAITS = "📨 1 message waits for the next step"
MESSAGES_WAIT = "📨 {count} messages wait for the next step"


# The end of a turn


@dataclass(frozen=True, slots=True)
class EndWording:
    """How an end is told: by one emoji; on the turn's line; to the one who is called, before the time that it took; of
    a turn whose thread is not there any more."""

    mark: str
    line: str
    call: str = "over after"
    elsewhere: str = "Claude's turn there is over"


ENDS: Mapping[EndReason, EndWording] = {
    "done": EndWording("✅", "**done**", "done in", "Claude had finished there"),
    "failed": EndWording("❌", "**failed**", "failed after"),
    "stopped": EndWording("⏹️", "**stopped**", elsewhere="Claude was stopped there"),
    "timed_out": EndWording("⌛", "**timed out**", "timed out after"),
    "limited": EndWording("🚦", "**stopped** at a limit", "stopped at a limit after"),
    "interrupted": EndWording(
        "⚠️",
        "**interrupted**: the bridge went away during this turn",
        "interrupted after",
        "the bridge went away while Claude worked there",
    ),
    "lost": EndWording(
        "🕳️", "**lost**: Claude Code has nothing of this session any more", "could not go on, the session is lost, after"
    ),
    "withdrawn": EndWording("✖️", "**not run**"),
}
WITHDRAWN: Mapping[str, str] = {
    "stopped": "{by} stopped this before Claude had begun with it.",
    "removed": "{by} removed it from the queue.",
    "deleted": "Its message was deleted.",
    "place_deleted": "Its thread was deleted.",
    "taken_in": "Claude read it in the turn that was running.",
}
SOMEBODY = "Somebody"
WHOLE_ANSWER = "-# 📄 The whole answer, as a file"
TOOLS_IN_FILE = "-# 🔍 The turn's tools"
NO_TOOLS = "No tools were used."
NO_ROOM = "### … {calls}, for which a file has no room"


# What waits for a person

NEEDS_PERMISSION = "**Claude needs you** to allow {tool} {target}"
NEEDS_BUDGET = "**Claude needs you**: a budget is used up\n{text}."
NEEDS_DECISION = "**Claude needs you** to decide on its plan"
ASKS = "**Claude asks you**"
ASKS_THINGS = "**Claude asks you** {count} things"
STILL_NEEDS = "✋ <@{person}> **Claude still needs you**, since {moment}: {wanted}"
WAITS = "✋ **Claude waits for you**, since {moment}: {wanted}\n-# The buttons are below the request in its thread."
COMMANDS = "-# In this order: {parts}"
BY_AGENT = "asked by a sub-agent"
NEEDS_PEOPLE = "-# 👥 needs {people} people"
PLAN_IN_FILE = "-# The whole plan is in the file."
OR_WRITE_INSTEAD = "-# Or write here what Claude is to do instead."
WRITTEN_MEANWHILE = "-# 📨 {name}: “{text}” · Claude reads it once this is decided: deny it now, or later."
OR_WRITE_CHANGES = "-# Or write here what is to change."
OR_WRITE_ANSWER = "-# Or write your answer here."
OR_WRITE_FIRST_ANSWER = "-# Or write the answer to the first open question here."
OUTCOMES: Mapping[tuple[str, str], str] = {
    ("permission", "allowed"): "✅ allowed",
    ("permission", "denied"): "🚫 denied",
    ("permission", "withdrawn"): "⏹ withdrawn",
    ("permission", "expired"): "⏹ expired",
    ("questions", "allowed"): "✅ answered",
    ("questions", "denied"): "🚫 not answered",
    ("plan", "allowed"): "✅ plan approved",
    ("plan", "denied"): "🚫 planning goes on",
}
PLAN_MODES: Mapping[str, str] = {
    "acceptEdits": "edits are not asked about",
    "auto": "Claude Code judges what has to be asked",
    "default": "edits are asked about",
}
INSTEAD_OF_CHOICES = "In your own words, instead of the choices above"


# The queue

HELD_BACK = "⏸️ Kept back until somebody lets it run"
QUEUED = "🕐 {place}"  # by its beginning the bridge finds the queue's message (delivery/reconcile.py)
PLACE_HERE = "{place} in line here"
PLACE_BUSY = "{place} in line: {turns} at work on this machine"
PLACE_PERSON = "In line: {name} has as many turns at work as one person may have at once"
PLACE_PROCESSES = "In line: this machine runs as many Claude Code processes as it may, and none of them is idle"
SENT_WHILE_AWAY = "sent{when} while the bridge was away"
PICK_QUEUED = "Run, edit or remove one"


# Lists of sessions and turns, and going back

NO_SESSIONS = "There are no such sessions in {project}."
SAID_BEFORE = "-# What was said before"
LAST_MESSAGES = "-# The last {count} of {all} messages"
BACK_TO_BEFORE = "**Back to before** {turn} {moment}"
FORGETS = "- Conversation: Claude forgets {prompts} and all that followed; the messages here stay"
REWOUND = "-# ⏪ {name} took {scope} back to before {turn}"
REWIND_SCOPES: Mapping[str, str] = {
    "files": "the files",
    "conversation": "the conversation",
    "both": "files and conversation",
}
NO_FILE_CHANGED = "no file had to be changed"
OWN_TURN = "a turn that Claude began"


# Places that cannot be written in

CLOSED = "🔒 {name} (<#{place}>) is closed to the bridge: Discord does not let it write there."
HAS_FINISHED = "Claude has finished there."
WAITS_THERE = "Claude waits for an answer there, and can have it once the thread is open again."
GOES_ON = "Claude goes on with its work there."
KEPT = "What Claude says is kept, and arrives there as soon as the bridge may write again."
NO_THREAD = "🧵 No thread can be made for {name} in <#{channel}>. {why}"
LACKING = "I lack {permissions} there: turn it on in Edit Channel > Permissions > Advanced permissions, for my role."
SERVER_FULL = (
    "The server has as many active threads as Discord allows: close some that nobody needs (open the thread, ⋯ > Close"
    " Thread)."
)
REFUSED_BY_CODE = "Discord refuses to make it (error {code})."
REFUSED_WITHOUT_CODE = "Discord fails at making it, again and again."
GOES_ON_ANYWAY = "Claude is at work on your message."
HAS_FINISHED_ANYWAY = "Claude has finished."
KEPT_FOR_THREAD = "What Claude says is kept, and is shown as soon as the thread can be made."
NOT_ASKED = (
    "🧵 No thread can be made for this message in <#{channel}>. {why}\n"
    "Claude was not asked. Write it again when that is mended."
)
GONE = "🗑️ The thread {name} is not there any more: {end}. {left}"
SAID_IN_FILE = "What it said is in the file."
SAID_NOTHING = "It had said nothing yet."


# What Discord does not take

NOT_TAKEN = (
    "-# 📭 Discord did not accept the message that belongs here: it is kept, tried again, and sent to who asked."
)
UNDELIVERED = "📭 Discord did not accept {messages} of {name} (<#{place}>). Its text is in the file. It is tried again."
NOT_DELIVERED = "📭 {messages} in <#{place}> not accepted by Discord so far"


# Answers to commands

NO_CHANGES = "Nothing differs from the last commit."
DIFF_CUT = "-# The diff was too long: its end is left out."
ADDED_BY_ADMIN = " ({amount} of it added by an admin)"
TURN_BUDGET = "One turn: at most {amount}"
NO_BUDGETS = "This project has no budgets."
AS_PROJECT_SAYS = "{value} (as the project says)"
AS_CLAUDE_CHOOSES = "as Claude Code chooses"
LINE_HERE = "{prompts} in line: the first has {ahead} before it here"
OTHERS_BEFORE = ", {turns} of other threads before it"
YOU_MAY = "-# You may {actions} here."
YOU_MAY_NOTHING = "-# You may not do anything of this here."
