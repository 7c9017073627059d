"""What people read in a place, and in answers to commands that list something: the sentences and the words for states.
What stands in braces is filled in, escaped where somebody else wrote it. Pure.

What people read when they act by commands, buttons and forms is in `antiphon.chat.wording`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.core.blocks import EndReason, ToolKind
from antiphon.core.values import PromptSource

AND_MORE = "-# and {count} more"
WHOLE_IN_FILE = "-# All of it is in the file."
SOMETHING_ELSE = "Something else…"


# A running turn

PHASES: Mapping[str, str] = {
    "waiting": "✋ **Waiting for you**",
    "thinking": "🧠 **Thinking**",
    "writing": "✍️ **Writing**",
}
WORKING = "⏳ **Working**"
STARTED = "{phase}, started {moment}"
SILENT = "{mark} Last sign of life {moment}"
MESSAGE_WAITS = "📨 Claude will read your message after this step"
MESSAGES_WAIT = "📨 Claude will read {count} messages after this step"
STOP, DETAILS = "Stop", "Details"
READ_NOW = "Interrupt and read it now"
EARLIER_STEP = "-# 1 earlier step"
EARLIER_STEPS = "-# {count} earlier steps"
MORE_RUNNING = "-# {count} more running"
MORE_DENIED = "-# {count} more denied"


# The end of a turn


@dataclass(frozen=True, slots=True)
class EndWording:
    """How an end is told: by one emoji; on the turn's line, with the time that it took; to the one who is called; of
    a turn whose thread is not there any more."""

    mark: str
    line: str
    call: str = "Claude's turn is over"
    elsewhere: str = "Claude's turn had ended."


ENDS: Mapping[EndReason, EndWording] = {
    "done": EndWording("✅", "**Done** in {took}", "Claude is done", "Claude had finished."),
    "failed": EndWording("❌", "**Failed** after {took}", "Claude could not finish"),
    "stopped": EndWording("⏹️", "**Stopped** after {took}", elsewhere="Claude was stopped."),
    "timed_out": EndWording("⌛", "**Timed out** after {took}", "Claude took too long"),
    "limited": EndWording("🚦", "**Limit reached** after {took}", "Claude had to stop at a limit"),
    "interrupted": EndWording(
        "⚠️",
        "**Interrupted** after {took}: Antiphon was stopped",
        "Claude was cut off",
        "Antiphon was stopped while Claude was working.",
    ),
    "lost": EndWording("🕳️", "**Session lost**: Claude Code no longer has its history", "Claude cannot continue here"),
    "closed": EndWording("🖥️", "**Closed in its terminal**"),
    "left_out": EndWording("🙈", "**Left out**: nothing of this session is shown here until `/antiphon on`"),
    "shown_again": EndWording("👁️", "**Shown again** from now on"),
    "withdrawn": EndWording("✖️", "**Not run**"),
}
JOBS_RUN_ON = "{jobs} still running"
WITHDRAWN: Mapping[str, str] = {
    "stopped": "{by} stopped this before Claude began.",
    "removed": "{by} removed it from the queue.",
    "deleted": "Its message was deleted.",
    "place_deleted": "Its thread was deleted.",
    "taken_in": "Claude read it during the turn before.",
}
SOMEBODY = "Somebody"
CUT_OFF = "⏹ cut off"
FOR_ASKER = "<@{asker}>"  # above what Claude says in a channel where many write
TYPED = "⌨️ At the terminal:"
SCHEDULED: Mapping[PromptSource, str] = {
    "schedule": "⏰ Scheduled: {name}",
    "program": "🔌 From a program: {name}",
    "trigger": "🪝 Trigger: {name}",
}
WHOLE_ANSWER = "-# 📄 The whole answer as a file"
TOOLS_IN_FILE = "-# 🔍 Everything Claude did in this turn"
NO_TOOLS = "Claude used no tools in this turn."
NO_ROOM = "### … {calls} that did not fit into this file"
TOKENS = "{read} tokens read{cached}, {written} written"
CACHED = " ({percent} from cache)"
CONTEXT = "context {percent} full"
CONTINUE_HERE = "Continue here"
# After a usage limit, below a line that says in how many hours it is reset. {time}: of day.
GOES_ON_AT = "⏰ **Claude Code goes on** at {time}"
MAY_GO_ON_THEN = "-# **Continue then** lets Claude Code go on by itself once the limit is reset."
GOING_ON_STOPPED = "⏹️ Claude Code does not go on by itself: {by} stopped it."
GOING_ON_OFF = "⏸️ Claude Code does not go on by itself: that was switched off by {by} in `/status`."
HAS_GONE_ON = "-# ▶️ Claude Code has gone on."
STOP_IT, NOW, CONTINUE_THEN = "Stop it", "Go on now", "Continue then"
CONTINUE, RUN_AGAIN, TRY_AGAIN, START_AGAIN = "Continue", "Run again", "Try again", "Start again"
CONTEXT_HOLDS = "context holds {tokens} tokens"


# What waits for a person

# By what a call does; {target} is empty where what is shown below tells it.
WANTS: Mapping[ToolKind, str] = {
    "read": "**{who} wants to read** {target}",
    "edit": "**{who} wants to change** {target}",
    "delete": "**{who} wants to delete** {target}",
    "move": "**{who} wants to move** {target}",
    "search": "**{who} wants to search** {target}",
    "execute": "**{who} wants to run a command** {target}",
    "fetch": "**{who} wants to look up on the web** {target}",
}
WANTS_TO_USE = "**{who} wants to use {tool}** {target}"
WANTS_TO_WRITE = "**{who} wants to write** {target}"
WANTS_WEB_PAGE = "**{who} wants to read** {target}"
TO_FIND_OUT = "-# To find out:"
WANTS_AGENT = "**{who} wants to start a sub-agent** {target}"
CLAUDE, SUB_AGENT = "Claude", "A sub-agent"
BY_AGENT = "Asked by a sub-agent"
FOR_TASK = "For its task: {task}"
NEEDS_BUDGET = "**A budget is used up**\n{text}."
NEEDS_DECISION = "**Claude has a plan.** Shall it start?"
ASKS = "**Claude has a question**"
ASKS_THINGS = "**Claude has {count} questions**"
STILL_NEEDS = "✋ <@{person}> **Claude is still waiting for you**, asked {moment}: {wanted}"
WAITS = "✋ **Claude is waiting for your answer**, asked {moment}: {wanted}\n-# Answer it in its thread."
COMMANDS = "-# Runs in this order: {parts}"
NEEDS_PEOPLE = "-# 👥 {people} people have to allow this"
PLAN_IN_FILE = "-# The whole plan is in the file."
OR_WRITE_INSTEAD = "-# Or write here what Claude should do instead."
WRITTEN_MEANWHILE = "-# 📨 {name}: “{text}” · Claude reads this after your decision."
OR_WRITE_CHANGES = "-# Or write here what to change."
OR_WRITE_ANSWER = "-# Or write your answer here."
OR_WRITE_FIRST_ANSWER = "-# Or write the answer to the first open question here."
OUTCOMES: Mapping[tuple[str, str], str] = {
    ("permission", "allowed"): "✅ Allowed",
    ("permission", "denied"): "🚫 Denied",
    ("permission", "withdrawn"): "⏹ Not needed any more",
    ("permission", "expired"): "⏹ Expired",
    ("questions", "allowed"): "✅ Answered",
    ("questions", "denied"): "🚫 Not answered",
    ("plan", "allowed"): "✅ Plan approved",
    ("plan", "denied"): "🚫 Plan sent back",
}
PLAN_MODES: Mapping[str, str] = {
    "acceptEdits": "edits freely",
    "auto": "decides itself what to ask",
    "default": "asks before edits",
}
THE_PLAN = "the plan"
INSTEAD_OF_CHOICES = "In your own words"
ALLOW, ALLOW_ONCE, DENY = "Allow", "Allow once", "Deny"
DENY_AND_TELL = "Deny and tell Claude this"
DENY_AND_EXPLAIN = "Deny and explain…"
ALLOW_DOLLARS, NOT_NOW = "Allow {amount} more", "Not now"
SOME_DOLLARS = "some"
START_FREELY, START_ASKING, CHANGE_PLAN = "Start, edit freely", "Start, ask before edits", "Change the plan…"
DONT_ANSWER = "Don't answer…"
WRITE_ANSWER = "Write an answer…"
ONE_OR_MORE = "{asked}: one or more"
UNDO, UNDO_ALWAYS = "Undo", "Undo “always”"
BACK, MORE = "◀ Back", "More ▶"
# Rules: what is allowed for good. `label` is a few words, as "example.com".
ALWAYS_ALLOW = "Always allow {label}"
ALWAYS_ALLOWS = "from now on always: {label}"
ALWAYS_FROM_NOW = "always from now on"
ALWAYS = "Always"
NO_LONGER_ALLOWS = "{by} took back: always allow {label}"
RULE = "rule {rule}"
RULE_SCOPES: Mapping[str, str] = {  # by core.rules.Scope
    "session": "in this session",
    "project": "in this project",
    "shared": "in this project, for everybody who has it",
    "user": "in all projects",
}
WITHOUT_ASKING = "**What Claude may do here without asking**"
NO_RULES = "No rules of this session or project."
REMOVE_RULE = "Remove a rule"
ALSO_ALLOWED = "-# Also allowed: {others}."
BY_CONFIGURATION = "in Antiphon's configuration"
BY_PROJECT_SETTINGS = "in the project's .claude/settings.json (it counts once Claude Code trusts the folder)"
BY_USER_SETTINGS = "in the user's own settings.json"
BY_MACHINE_SETTINGS = "in this machine's managed settings"
MODE_HERE = "-# Mode: {mode}. `/mode` changes it."
RULES_FILE = "-# The project's rules are in {file} on the machine that runs Claude."
SETTINGS_UNREADABLE = "-# ⚠️ {file} cannot be read: Claude Code ignores it, with all its rules."


# The queue

HELD_BACK = "⏸️ Written while I was offline. Run it?"
QUEUED = "🕐 {place}"  # by its beginning the bridge finds the queue's message (delivery/reconcile.py)
IN_QUEUE = "Queued"
NEXT_UP = "Queued, next up"
PLACE_HERE = "Queued, {place} in line"
PLACE_BUSY = "Queued, {place} in line: {turns} running on this machine"
PLACE_PERSON = "Queued: {name} already has as many turns running as one person may"
PLACE_TERMINAL = "Queued until the session is open in a terminal again"
PLACE_LEFT_OUT = "Queued: this session is left out until `/antiphon on`"
PLACE_PROCESSES = "Queued: this machine already runs as many Claude Code processes as it may"
SENT = "sent{when}"
SENT_WHILE_AWAY = "sent{when} while I was offline"
PICK_QUEUED = "Manage queue…"
RUN, EDIT, REMOVE = "Run", "Edit", "Remove"


# Lists of sessions and turns, and going back

NEWER, OLDER = "◀ Newer", "Older ▶"
NO_SESSIONS = "No such sessions in {project}."
NOTHING_TO_SYNC = "Every such session of {project} has its thread."
WITHOUT_THREAD = "**{sessions}** of {project} without a thread, used in the last {days}"
NEWEST_LISTED = "-# The newest {count} are listed; the button brings all."
THREADS_COMING = "-# {threads} still to open; they come by themselves."
THREADS_OPENED = "Done: {threads} opened."
THREADS_OPENING = "{done} of {all} threads opened. The others come by themselves, also after a restart."
BROUGHT_ALREADY = "Each of these has its thread, or gets it in a moment."
PICK_SESSIONS = "Bring these into threads of their own"
BRING_ALL = "Bring all {count}"
OPEN_IN_TERMINAL = "open in a terminal"
SAID_BEFORE = "-# Earlier in this conversation"
LAST_MESSAGES = "-# The last {count} of {all} messages"
BACK_TO_BEFORE = "**Undo everything since** {turn} {moment}"
FORGETS = "- Conversation: Claude forgets {prompts} and everything after. The messages stay here."
NOTHING_TO_RESTORE = "- Files: nothing to restore"
RESTORE_FILES, FORGET, BOTH = "Restore files", "Forget conversation", "Both"
REWOUND: Mapping[str, str] = {
    "files": "-# ⏪ {name} restored the files from before {turn}",
    "conversation": "-# ⏪ {name} made Claude forget everything since {turn}",
    "both": "-# ⏪ {name} undid everything since {turn}",
}
NO_FILE_CHANGED = "no file had changed"
OWN_TURN = "a turn that Claude started"


# Places that cannot be written in

CLOSED = "🔒 I cannot write in {name} (<#{place}>): Discord does not allow it."
HAS_FINISHED = "Claude has finished there."
WAITS_THERE = "Claude is waiting for an answer there, which can be given once the thread is open again."
GOES_ON = "Claude keeps working."
KEPT = "What Claude says is kept, and posted as soon as I may write there again."
NO_THREAD = "🧵 I cannot open a thread for {name} in <#{channel}>. {why}"
LACKING = "I lack {permissions} there. Turn it on for my role in Edit Channel > Permissions > Advanced permissions."
SERVER_FULL = (
    "This server has as many active threads as Discord allows. Close some that nobody needs (open the thread, ⋯ > Close"
    " Thread)."
)
REFUSED_BY_CODE = "Discord refuses it (error {code})."
REFUSED_WITHOUT_CODE = "Discord keeps failing at it."
GOES_ON_ANYWAY = "Claude is working on your message all the same."
HAS_FINISHED_ANYWAY = "Claude has finished."
KEPT_FOR_THREAD = "What Claude says is kept, and posted as soon as the thread can be opened."
NOT_ASKED = (
    "🧵 I cannot open a thread for this message in <#{channel}>. {why}\n"
    "Claude was not asked. Send it again once that is fixed."
)
GONE = "🗑️ The thread {name} was deleted. {end} {left}"
SAID_IN_FILE = "Its answer is in the file."
SAID_NOTHING = "It had not said anything yet."


# What Discord does not take

NOT_TAKEN = "-# 📭 Discord rejected the message that belongs here. It is kept, tried again, and sent to whoever asked."
UNDELIVERED = "📭 Discord rejected {messages} of {name} (<#{place}>). The text is in the file. I keep trying."
NOT_DELIVERED = "📭 {messages} in <#{place}> not accepted by Discord yet"


# Answers to commands

NO_CHANGES = "Nothing has changed since the last commit."
DIFF_CUT = "-# The diff is too long: its end is left out."
ADDED_BY_ADMIN = " ({amount} of it added by an admin)"
TURN_BUDGET = "One turn: at most {amount}"
NO_BUDGETS = "This project has no budgets."
AS_PROJECT_SAYS = "{value} (the project's default)"
AS_CLAUDE_CHOOSES = "Claude Code's default"
MODEL_BY_CLAUDE = "{value} (Claude Code's default)"
THREADS_WORKING = "**{running}** working, **{queued}** queued"
SO_FAR = "{sessions}, {turns}, {dollars} so far"
HERE = "**Here**: {title} · {state} · {dollars}"
WORKING_HERE, IDLE_HERE = "working", "idle"
LINE_HERE = "{prompts} queued here"
GOING_ON = "After a usage limit Claude Code may go on by itself"
THREADS_GO_ON = "{threads} waiting, the next goes on {moment}"
NOT_GOING_ON = "After a usage limit Claude Code does not go on by itself: {by} has switched that off"
SWITCH_OFF, SWITCH_ON = "Never go on by itself", "Let it go on by itself"
OTHERS_BEFORE = ", after {turns} of other threads"

# Schedules

NO_SCHEDULES = "Nothing is scheduled here. `/schedule` makes Claude do something later, or again and again."
MORE_SCHEDULES = "-# and {count} more"
CHOOSE_SCHEDULE = "Look at one…"
NEXT_RUNS, NEXT_RUNS_THEN, LAST_RUNS = "Next runs", "Next runs, once it is started", "Last runs"
NEXT = "next run {at}"
SCHEDULE_OVER = "over"
TRIGGER = "trigger"
SCHEDULE_MARK, TRIGGER_MARK = "⏰", "🪝"
PAUSED: Mapping[str, str] = {
    "by_hand": "paused",
    "failures": "paused: it failed too often",
    "failures_untold": "paused: it failed too often",
    "not_allowed": "paused: whoever made it may no longer use this project",
    "session_gone": "paused: its thread was deleted",
    "bad_time": "paused: its time zone is unknown here",
}
SHOWN_IN: Mapping[str, str] = {
    "new_thread": "a new thread each time",
    "one_thread": "always the same thread",
    "here": "in the thread where it was made",
}
OVERLAPS: Mapping[str, str] = {
    "skip": "skipped while the previous run is working",
    "queue": "waits for the previous run",
}
MISSES: Mapping[str, str] = {
    "skip": "missed runs are skipped",
    "once": "missed runs are caught up once",
    "each": "every missed run is caught up",
}
SET_IN_CONFIGURATION = "set in the configuration"
A_PROGRAM = "a program"
MADE_BY = "made by {name}"
FILE_PROJECTS = "-# Those of the configuration are changed there, and `antiphon config reload` takes that over."
NOT_IN_USE = "Not in use: {why}"
PROJECT_OPEN_TO = "Open to {people}."
PROJECT_OF_OWNER = "Open to the owner of the bot's application alone."
REMOVE_PROJECT = (
    "Remove **{name}**? Turns at work in it end, and what waits in its threads is not run. Its sessions stay: they go"
    " on when it is added again."
)
RUN_STATES: Mapping[str, str] = {
    "due": "⏳ waiting",
    "started": "✍️ working",
    "over": "✅ done",
    "done": "✅ done",
    "failed": "❌ failed",
    "limited": "🚦 stopped by the usage limit",
    "interrupted": "⏹ cut off",
    "cancelled": "⏹ stopped",
    "skipped": "⏭ skipped: the previous run was still working",
    "missed": "⏭ missed: Antiphon was not running",
}
PAUSE, START, RUN_NOW, CHANGE = "Pause", "Start", "Run now", "Change"

NOTICE_BY = "-# 🔌 {by}"
NOTICE_LATE = "-# 🔌 {by} · late: it was due {{time}}"

LET_WRITE = "Let it write"

# Strangers in a session; templates for str.format
DOOR = "🚪"
STRANGER_WROTE = "**{name}** may not ask Claude here. Their message waits{more}"
AND_MORE_OF_THEIRS = ", and {count} more"
NO_MORE_KEPT = " (the most that are kept)"
LET_IN, ALWAYS_HERE, NOT_LET_IN = "Let in", "Always here", "No"
STRANGER_LET_IN = "{by} let {messages} of {name} in"
STRANGER_ALWAYS = "{by} let {name} in: they may write here from now on"
DECLINED_STRANGER = "{by} did not let {name} in"
STRANGER_WITHDREW = "{name} deleted {messages} before anybody let them in"
GONE_FIRST = " · {messages} not run: deleted, or empty by now"
