"""What people read when they act by commands, buttons, menus and forms: one sentence for each refusal, result and
announcement, and the labels of what they fill in. Replies that are pages of figures or lists are in `render`. Pure.
"""

from collections.abc import Mapping

from antiphon.actions import places, reasons
from antiphon.actions.budgets import Spending
from antiphon.actions.prompts import Queued, Sent
from antiphon.actions.reasons import Condition
from antiphon.actions.reset import ChannelReset
from antiphon.actions.sessions import Resumed, TerminalCommand
from antiphon.actions.settings import Chosen
from antiphon.actions.stop import Stopped
from antiphon.chat.render.format import counted
from antiphon.chat.render.queue import place_in_queue
from antiphon.chat.render.replies import held
from antiphon.chat.render.session_list import called, history, rewound
from antiphon.chat.render.text.escape import block_quote, escaped, inline_code
from antiphon.core.access import Action
from antiphon.core.budgets import Scope, accounts
from antiphon.core.file_types import Kind
from antiphon.core.values import PlaceId, Project, Session

_NAME = 32  # characters of a person's name
_SHOWN = 200  # characters of an answer that is shown again
_LISTED = 15  # sessions that are named
_MOST = 2000  # characters of a message (Discord's API documentation, Create Message)

RIGHTS: Mapping[Action, str] = {
    "prompt": "prompt",
    "answer": "answer what Claude asks",
    "stop": "stop",
    "configure": "change sessions",
    "administer": "raise budgets",
}
MODELS: Mapping[str, str] = {
    "default": "as the project says",
    "sonnet": "for everyday work",
    "opus": "for hard tasks",
    "haiku": "fast and cheap",
    "fable": "for the hardest tasks",
    "opusplan": "opus while it plans, sonnet afterwards",
}
MODES: Mapping[str, str] = {
    "default": "asks before edits and commands",
    "acceptEdits": "edits files without asking",
    "plan": "plans, and changes nothing",
    "auto": "judges by itself what has to be asked",
    "dontAsk": "denies what no rule allows, and asks nobody",
    "manual": "Claude Code's newer name of default",
    "bypassPermissions": "asks about nothing at all",
}
# The forms: title and the label of the field, at most 45 characters each (Discord's limit).
FORMS: Mapping[str, tuple[str, str]] = {
    "words": ("Deny, and say why", "What Claude is told"),
    "keep": ("Keep planning", "What is to change in the plan"),
    "decline": ("Do not answer", "What Claude is told instead"),
    "other": ("Something else", "Your answer"),
    "edit": ("What waits in line", "What Claude is told"),
}

CHANGED = "Changed."
TAKEN_OUT = "Taken out of the line."
RELEASED = "Claude gets it."
INTERRUPTED = "Claude stops what it does for it."
RESET = "Claude begins anew here: it knows nothing of what was said before."
DONE = "Done."
ANSWER_LOST = "Discord did not deliver the answer to {what}. Please try again."

ANOTHER_VERSION = "This button is of another version of the bridge, which this one cannot read."
OLD_COMMAND = "This command is of another version of the bridge. Reload Discord, and try again in a few minutes."
TOO_LONG = "That is too long for a form: edit the message itself."
BUSY = "The database is busy. Try again in a moment."
NOT_A_MODERATOR = "Only who may manage messages here can do that."
HALF_A_BUDGET = "Say both which budget is raised and by how many dollars."
BUTTON = "That button"
ASK_OPERATOR = "Whoever runs the bridge finds it in the log."

_NOT_ALLOWED: Mapping[Action, str] = {
    "prompt": "use this project",
    "answer": "answer what Claude asks in this project",
    "stop": "stop Claude in this project",
    "configure": "change a session of this project",
    "administer": "decide that in this project",
}
_CONDITIONS: Mapping[Condition, str] = {
    Condition.NO_PROJECT: "No project belongs to this channel.",
    Condition.PROJECT_UNCLEAR: "Say which project, or use this in its channel.",
    Condition.NO_SESSION: "There is no session here. Write a message or use /new, then do this in its thread.",
    Condition.AT_WORK: "Claude is at work here: stop it first, or wait until it is done.",
    Condition.NO_SUCH_TURN: "This thread has no such turn.",
    Condition.NOT_IN_HISTORY: "This thread has no such turn. Choose one of those that are offered while you type.",
    Condition.NO_TURN_AT_MESSAGE: "No turn belongs to this message. Choose a prompt, or one of Claude's messages.",
    Condition.TURN_OVER: "This turn is over already.",
    Condition.TURN_NOT_OVER: "This turn is not over yet.",
    Condition.NEWER_TURN: "There was another turn since: write here what Claude is to do.",
    Condition.NOTHING_TO_CONTINUE: "There is nothing to go on with in this turn.",
    Condition.NOTHING_TO_RUN_AGAIN: "There is nothing to run again in this turn.",
    Condition.SESSION_NOT_LOST: "This session is not lost: write on.",
    Condition.CONTINUED_ALREADY: "Somebody has just pressed this.",
    Condition.NOTHING_TO_COPY: "Claude has not answered here yet: there is nothing to copy. Use /new.",
    Condition.NOTHING_TO_RESUME: "Claude has not answered here yet: there is nothing to go on with.",
    Condition.NOT_REWOUND: "Claude Code has not gone back.",
    Condition.NO_SUCH_REQUEST: "This turn asked nothing like that.",
    Condition.NO_SUCH_ANSWER: "That request has no such button.",
    Condition.EMPTY_ANSWER: "That was no answer: the form was empty.",
    Condition.WITHDRAWN: "Nobody needs this answer any more: the request was withdrawn.",
    Condition.REQUEST_EXPIRED: "Nobody gave this answer in time: the request has expired, and its turn was stopped.",
    Condition.NOT_AWAITED: "Nobody needs this answer any more: the turn is over.",
    Condition.ANOTHER_PERSON_NEEDED: "You have allowed this already. It needs somebody else, too.",
    Condition.NOT_QUEUED: "That is not in line any more: it runs, it has run, or somebody has taken it out.",
    Condition.NOT_PENDING: "That does not wait any more: Claude has taken it in, or it was taken back.",
    Condition.EMPTY_PROMPT: "Nothing is left of it. Remove takes it out of the line.",
    Condition.BYPASS_NOT_ALLOWED: "This project does not let anybody switch to bypassPermissions (allow_bypass).",
    Condition.WORKER_SILENT: "The machine that holds the code does not answer. Try again in a moment.",
    Condition.CHANNEL_OF_OTHERS: "That channel does not belong to this project.",
}


def refusal(reason: reasons.Reason) -> str:
    """Why something was refused, for the person who asked."""
    match reason:
        case Condition():
            return _CONDITIONS[reason]
        case reasons.NotAllowed(action):
            return f"You are not among the people who may {_NOT_ALLOWED[action]}."
        case reasons.NoSuchProject(name):
            return f"There is no project {escaped(name, 60)}."
        case reasons.AnsweredAlready(by, outcome, text):
            answer = f": “{escaped(text, _SHOWN)}”" if text else ""
            return f"{by or 'Somebody'} has {outcome} this already{answer}."
        case reasons.AnsweredMeanwhile(by):
            return f"{by or 'Somebody'} has just answered this."
        case reasons.NotYours(author):
            return f"These are the words of {author}. You can remove them, or ask for a change."
        case reasons.NoSuchSkill(name):
            return f"This project has no skill or command called {inline_code(name, 100)}."
        case reasons.NoBudget(scope):
            return f"This project has no budget for each {scope}: there is nothing to raise."
        case reasons.NoChannel(project):
            return f"The bridge sees no channel of the project {project}."
        case reasons.ThreadRefused(channel, text):
            return f"The bridge may not open a thread in <#{channel}>: {text}"
        case reasons.WorkerRefused(text):
            return text


def announcement(what: places.Opening | places.Announcement) -> str:
    """What everybody in a place reads about something that somebody did; "" where there is nothing to read."""
    match what:
        case places.SessionStarted(by):
            return f"🧵 **{escaped(by, _NAME)}** started a session"
        case places.SessionForked(by, place, before):
            up_to = f", from before {called(before)}" if before is not None else ""
            return f"🍴 **{escaped(by, _NAME)}** forked <#{place}>{up_to}"
        case places.SessionResumed(by, title, copied):
            did = "took a copy of a session that is open in a terminal" if copied else "resumed a session"
            return f"⏯️ **{escaped(by, _NAME)}** {did}: {escaped(title, 100)}"
        case places.History(messages, total):
            return history(messages, total)
        case places.HistoryUnreadable(why):
            return f"-# What was said before could not be read: {escaped(refusal(why.reason), 300)}"
        case places.Continued(by):
            return f"-# ▶️ {escaped(by, _NAME)} lets Claude go on"
        case places.RunAgain(by):
            return f"-# 🔂 {escaped(by, _NAME)} lets Claude run this again"
        case places.StartedAgain(by):
            return f"-# 🔁 Claude begins anew with a summary of what this thread holds · {escaped(by, _NAME)}"
        case places.Rewound():
            return rewound(what)


def stopped(result: Stopped) -> str:
    """What /stop did."""
    if result.stopping:
        more = f" {counted(result.waiting, 'prompt')} in line here will run next." if result.waiting else ""
        return f"Stopping.{more}"
    done = [f"{counted(result.taken_out, 'prompt')} taken out of the line."] if result.taken_out else []
    if not result.jobs:
        return f"Nothing was running here. {done[0]}" if done else "Nothing is running here."
    jobs = ", ".join(escaped(title, 80) for title in result.jobs[:10])
    return " ".join(["No turn was running here.", *done, f"Background work stopped: {jobs}"])


def queued(result: Queued, text: str) -> str:
    """Where a queued prompt stands."""
    place = "Claude begins with it" if result.waits is None else place_in_queue(result.waits, result.running)
    return f"-# 🕐 {place}\n{block_quote(text, 1600, 40)}"


def sent(result: Sent) -> str:
    """A command that was handed to Claude."""
    later = "\n-# It waits until Claude is done with what it does." if result.waits else ""
    return f"{inline_code(result.text, 1500)}{later}"


def holds(name: str, session: Session, project: Project) -> str:
    """What a session's model, mode or effort is."""
    return f"The {name} here: {held(name, session, project.claude)}"


def chosen(result: Chosen) -> str:
    """What holds in a session from now on."""
    when = "" if result.at_once else ", from the next turn"
    what = inline_code(result.value, 100) if result.value else "the usual one"
    return f"The {result.name} here is now {what}{when}."


def opened(place: PlaceId, otherwise: str = "") -> str:
    """Where a new session is. `otherwise`: what to do there where it has no prompt yet."""
    return f"Here it is: <#{place}>{otherwise}"


WRITE_PROMPT = ". Write there what Claude is to do"
WRITE_ON = ". Write there how to go on"


def resumed(result: Resumed) -> str:
    """Where a session goes on."""
    if result.known:
        return f"It is here already: <#{result.place}>"
    return opened(
        result.place,
        ". It is open in a terminal, so this is a copy: both go on apart." if result.copied else "",
    )


def terminal_command(result: TerminalCommand) -> str:
    """How to go on with a session in a terminal."""
    text = f"In a terminal on that machine:\n```sh\n{result.command}\n```"
    if result.at_work:
        text += "\nClaude is at work here: wait until it is done, or both will write into the same session."
    return text


def channel_reset(result: ChannelReset, channel: PlaceId) -> str:
    """How many sessions of a channel begin anew, and why others do not."""
    failed = [f"- {escaped(session.title, 60)}: {refusal(why.reason)}" for session, why in result.failed]
    left = [f"- and {len(failed) - _LISTED} more"] if len(failed) > _LISTED else []
    head = f"Claude begins anew in {counted(result.done, 'session')} of <#{channel}>."
    return "\n".join([head, *(["Not in:"] if failed else []), *failed[:_LISTED], *left])[:_MOST]


def raised(result: Spending, scope: Scope, dollars: float) -> str:
    """That a budget was raised, and what is left of it."""
    text = next(one.words for one in accounts(result.budgets, result.spent) if one.scope == scope)
    return f"Allowed ${dollars:.2f} more. {text}."


def failed(what: str, hint: str) -> str:
    """That something did not work."""
    return f"{what} did not work. {hint}"


# The slash commands: what each does, and its parameters; at most 100 characters each (Discord's limit).
COMMANDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "stop": ("Stop what Claude is doing here; the session is kept", {}),
    "queue": ("Tell Claude something once it is done with what it does now", {"words": "What Claude is told then"}),
    "compact": (
        "Let Claude sum up the conversation, to make room in its context",
        {"hint": "What the summary must keep"},
    ),
    "clear": ("Let Claude forget this conversation; the thread stays", {}),
    "skill": (
        "Let Claude use a skill or a command of this project",
        {"name": "Its name", "arguments": "What it is told"},
    ),
    "new": (
        "Start a session in a new thread",
        {"prompt": "What Claude is to do first", "project": "Another project than this channel's"},
    ),
    "sessions": (
        "List sessions, of Discord and of the terminal",
        {"origin": "Where they began", "project": "Another project than this channel's", "since": "Used since"},
    ),
    "resume": (
        "Go on with a session, also with one of the terminal",
        {"session": "Which one; type some of its words"},
    ),
    "resume-info": ("How to go on with this session in a terminal", {}),
    "reset": (
        "Let Claude begin anew here, or in every thread of a channel",
        {"channel": "Every session of this channel, instead of the one here"},
    ),
    "fork": (
        "A new thread that knows all of this one, and leaves it as it is",
        {"prompt": "What Claude is to do first there"},
    ),
    "rewind": (
        "Take files, conversation or both back to before a turn",
        {"turn": "Before which one; type some of its words"},
    ),
    "model": (
        "Show or choose the model of this session",
        {"model": "An alias such as opus, a full name, or default"},
    ),
    "mode": ("Show or choose what Claude may do here without asking", {"mode": "What is asked about"}),
    "effort": (
        "Show or choose how hard Claude thinks in this session",
        {"effort": "From low to max; default leaves it to the model"},
    ),
    "cost": ("What was spent: in this thread, by you today, by everybody today", {}),
    "budget": (
        "Show the budgets here; an admin can allow more dollars",
        {
            "scope": "Whose budget is raised",
            "dollars": "How many dollars more",
            "person": "Whose, if not yours (scope member)",
        },
    ),
    "status": ("What the bridge is doing, and the session here: model, mode, cost, place in line", {}),
    "context": ("What fills Claude's context in this session", {}),
    "diff": ("What differs from the last commit in the project's directory", {}),
    "help": ("What the commands do, and what you may do here", {}),
}
# The same sent as messages; templates for str.format.
PICK_COMMAND = "Pick `/{name}` from the list that Discord shows when you type a slash: as a message it does nothing."
NOTHING_TO_QUEUE = "Say what Claude is told then: `/queue fix the typo in the README`."
CHOOSE_ONE_OF = "The {name} can be one of: {values}."
# The menus of messages, at most 32 characters each, and where people find them.
REWIND_TO_HERE = "Rewind to here"
FORK_FROM_HERE = "Fork from here"
IN_MENU = "in the menu of a message, under Apps"

# What somebody is told whose message has nothing for Claude (inbound).
NOTHING_SAID = (
    "There is nothing in this message that Claude could read. Write what Claude should do in the same message, "
    "for example “{me} why does the build fail?”. `/help` lists the commands."
)
NOT_DIRECTLY = (
    "Direct messages do not reach Claude. Write in {channels} instead: each message there opens a thread with a "
    "session of its own."
)

# What Claude is told with a message: what it quotes, that it was missed, what has become of its files (inbound).
OWN_MESSAGE = "your own message"
IN_REPLY_TO = "In reply to {author}:"
FORWARDED = "A forwarded message:"
NO_TEXT = "(no text)"
STICKER = "(a sticker: {name})"
POLL = "A poll: {question}"
QUOTE_CUT = "{text} … (cut here; {more} characters more)"
SENT_WHILE_AWAY = "Sent {ago}, while the bridge was away."
FILE_REMARKS: Mapping[Kind, str] = {
    "audio": "is saved for Claude as a file; it cannot be listened to",
    "other": "is saved for Claude as a file",
}
NOT_FETCHED = "{file} could not be fetched and was not passed on"
FILE_TOO_LARGE = "{file} is over this bridge's limit of {most:g} MB and was not passed on"
TOO_MANY_FILES = "{file} was not passed on: this bridge takes at most {most} files of a message"
FILES_TOO_LARGE = "{file} was not passed on: this bridge takes at most {most:g} MB with one message"
