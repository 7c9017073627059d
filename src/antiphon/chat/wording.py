"""What people read when they act by commands, buttons, menus and forms: one sentence for each refusal, result and
announcement, and the labels of what they fill in. Replies that are pages of figures or lists are in `render`. Pure.
"""

from collections.abc import Mapping, Sequence

from antiphon.actions import reasons
from antiphon.actions.budgets import Spending
from antiphon.actions.coordination.worktrees import Back
from antiphon.actions.prompts import Sent
from antiphon.actions.reasons import Condition
from antiphon.actions.reset import ChannelReset
from antiphon.actions.rules import Changed
from antiphon.actions.sessions import Resumed, TerminalCommand
from antiphon.actions.settings import Chosen
from antiphon.actions.stop import Stopped
from antiphon.chat.render.format import counted
from antiphon.chat.render.replies import held
from antiphon.chat.render.text.escape import block_quote, escaped, inline_code
from antiphon.core.access import Action
from antiphon.core.budgets import Scope, accounts
from antiphon.core.coordination.worktrees import Worktree
from antiphon.core.values import NOWHERE, PlaceId, Project, Session
from antiphon.core.wording import LEFT_OUT

_NAME = 32  # characters of a person's name
_SHOWN = 200  # characters of an answer that is shown again
_LISTED = 15  # sessions that are named
_MOST = 2000  # characters of a message (Discord's API documentation, Create Message)

NO_ANSWER = "Discord does not answer."
FILE_GONE = "a file is gone."

RIGHTS: Mapping[Action, str] = {
    "prompt": "ask Claude",
    "answer": "answer Claude's requests",
    "stop": "stop Claude",
    "configure": "change sessions",
    "administer": "raise budgets",
}
MODELS: Mapping[str, str] = {
    "default": "the project's default",
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
    "auto": "decides itself what to ask",
    "dontAsk": "denies whatever no rule allows, without asking",
    "manual": "the newer name for default",
    "bypassPermissions": "never asks",
}
# The forms: title and the label of the field, at most 45 characters each (Discord's limit).
FORMS: Mapping[str, tuple[str, str]] = {
    "words": ("Deny and explain", "What should Claude know, or do instead?"),
    "keep": ("Change the plan", "What should change?"),
    "decline": ("Don't answer", "What should Claude do instead?"),
    "other": ("Something else", "Your answer"),
    "edit": ("Edit the queued prompt", "Prompt"),
}

CHANGED = "Saved."
TAKEN_OUT = "Removed from the queue."
RELEASED = "Claude will run it."
INTERRUPTED = "Claude is interrupted and reads it now."
RESET = "Cleared. Claude starts fresh here."
DONE = "Done."
ANSWER_LOST = "Discord did not deliver the answer to {what}. Please try again."

ANOTHER_VERSION = "This button belongs to another version of Antiphon and does not work any more."
OLD_COMMAND = "This command belongs to another version of Antiphon. Reload Discord and try again in a few minutes."
TOO_LONG = "That is too long for a form. Edit the message itself."
BUSY = "Antiphon is busy. Try again in a moment."
NOT_A_MODERATOR = "You need the Manage Messages permission here for that."
HALF_A_BUDGET = "Give both the budget and how many dollars to add."
BUTTON = "That button"
ASK_OPERATOR = "Whoever runs Antiphon can look it up in the log."

_NOT_ALLOWED: Mapping[Action, str] = {
    "prompt": "use this project",
    "answer": "answer Claude's requests in this project",
    "stop": "stop Claude in this project",
    "configure": "change a session of this project",
    "administer": "decide that in this project",
}
_CONDITIONS: Mapping[Condition, str] = {
    Condition.NO_PROJECT: "No project belongs to this channel.",
    Condition.PROJECT_UNCLEAR: "Choose a project, or use this in its channel.",
    Condition.ONLY_DIRECTLY: "That is for direct messages to the bot. In a server each channel has its project.",
    Condition.NO_SESSION: "There is no session here. Write a message or use /new, then try again in its thread.",
    Condition.AT_WORK: "Claude is working here. Stop it first, or wait until it is done.",
    Condition.NO_SUCH_TURN: "This thread has no such turn.",
    Condition.NOT_IN_HISTORY: "This thread has no such turn. Choose one of those offered while you type.",
    Condition.NO_TURN_AT_MESSAGE: "This message belongs to no turn. Choose a prompt, or one of Claude's messages.",
    Condition.TURN_OVER: "This turn is already over.",
    Condition.TURN_NOT_OVER: "This turn is not over yet.",
    Condition.HOSTED_ALREADY: "This session runs here already.",
    Condition.LEFT_OUT: LEFT_OUT,
    Condition.NEWER_TURN: "There has been another turn since. Write here what Claude should do.",
    Condition.NOTHING_TO_CONTINUE: "There is nothing left to continue in this turn.",
    Condition.NOTHING_TO_RUN_AGAIN: "There is nothing to run again in this turn.",
    Condition.SESSION_NOT_LOST: "This session is not lost. Just write on.",
    Condition.CONTINUED_ALREADY: "Somebody has just pressed this.",
    Condition.NOTHING_TO_COPY: "Claude has not answered here yet, so there is nothing to copy. Use /new.",
    Condition.NOTHING_TO_RESUME: "Claude has not answered here yet, so there is nothing to continue.",
    Condition.NOT_REWOUND: "Claude Code could not undo that.",
    Condition.NO_SUCH_REQUEST: "This turn has no such request.",
    Condition.NO_SUCH_ANSWER: "That request has no such button.",
    Condition.EMPTY_ANSWER: "The form was empty, so nothing was sent.",
    Condition.WITHDRAWN: "This answer is not needed any more: Claude has moved on.",
    Condition.REQUEST_EXPIRED: "This request has expired: nobody answered in time, and its turn was stopped.",
    Condition.NOT_AWAITED: "This answer is not needed any more: the turn is over.",
    Condition.ANOTHER_PERSON_NEEDED: "You have already allowed this. Somebody else has to allow it too.",
    Condition.NOT_QUEUED: "That is not in the queue any more: it is running, has run, or was removed.",
    Condition.NOT_PENDING: "Claude has already read that, or it was taken back.",
    Condition.EMPTY_PROMPT: "The prompt is empty now. To take it out of the queue, press Remove.",
    Condition.BYPASS_NOT_ALLOWED: "Nobody may switch this project to bypassPermissions.",
    Condition.WORKER_SILENT: "The machine that holds the code does not respond. Try again in a moment.",
    Condition.NO_SUCH_RULE: "That rule is already gone: Claude asks.",
    Condition.TAKEN_BACK_ALREADY: "Somebody has already taken this back.",
    Condition.CHANNEL_OF_OTHERS: "That channel does not belong to this project.",
    Condition.EMPTY_MESSAGE: "There is nothing to send.",
    Condition.NO_PLACE_YET: "This session has no thread yet. Try again in a minute.",
    Condition.NOT_SENT_BY_CLAUDE: "Only messages that Claude has sent can be edited.",
    Condition.NO_SUCH_SCHEDULE: "There is no such schedule. `/schedules` lists them.",
    Condition.SCHEDULE_CONFIGURED: "This schedule is set in Antiphon's configuration. Change it there.",
    Condition.SCHEDULE_OF_OTHERS: "Only whoever made this schedule, or an admin of the project, may change it.",
    Condition.SCHEDULE_OVER: "This schedule has no next run. Change its time first.",
    Condition.CLAUDE_SCHEDULES_HERE: "Claude's own schedules run in its own session, as that is.",
    Condition.NO_SUCH_NOTICE: "There is no such notice, or it is not waiting any more.",
    Condition.PERSON_OF_OTHERS: "The project does not name this person.",
    Condition.WHOLE_BRIDGE: "These figures are of the whole bridge.",
    Condition.NOT_KEPT: "The disk takes nothing at the moment. Try again later.",
    Condition.NO_SUCH_TRIGGER: "There is no such trigger.",
    Condition.NOT_GOING_ON: "Claude Code does not go on by itself here.",
    Condition.GOING_ON_SWITCHED_OFF: "Going on by itself is switched off. An admin switches it on in `/status`.",
    Condition.NOTHING_NAMED: "Name what you mean.",
    Condition.TOO_MANY_CLAIMS: "This session has claimed as much as it may.",
    Condition.NO_WORKTREE: "This session has no working tree of its own. Use `/worktree` to give it one.",
    Condition.BOT_NOT_INVITED: "Bots cannot be invited. A program gets a token: `antiphon token create`.",
    Condition.NO_SUCH_OFFER: "There is nothing to let in here any more.",
    Condition.GUESTS_ALLOW_ONCE: "As a guest you can allow this once. Always would count in other sessions too.",
    Condition.NOT_OF_ALL: "You may not change which projects there are: that is for admins of every project.",
    Condition.MARK_OF_OURS: "Antiphon uses this emoji as a mark of its own. Choose another one.",
}


def refusal(reason: reasons.Reason) -> str:
    """Why something was refused, for the person who asked."""
    match reason:
        case Condition():
            return _CONDITIONS[reason]
        case reasons.NotAllowed(action):
            return f"You may not {_NOT_ALLOWED[action]}. Ask whoever runs Antiphon."
        case reasons.NoSuchProject(name):
            return f"There is no project called {escaped(name, 60)}."
        case reasons.AnsweredAlready(by, outcome, text):
            answer = f": “{escaped(text, _SHOWN)}”" if text else ""
            return f"{by or 'Somebody'} has already {outcome} this{answer}."
        case reasons.AnsweredMeanwhile(by):
            return f"{by or 'Somebody'} has just answered this."
        case reasons.NotYours(author):
            return f"{author} wrote this. You can remove it, but only {author} can edit it."
        case reasons.NoSuchSkill(name):
            return f"This project has no skill or command called {inline_code(name, 100)}."
        case reasons.NoBudget(scope):
            return f"This project has no budget per {scope}, so there is nothing to raise."
        case reasons.NoChannel(project):
            return f"I see no channel of the project {project}."
        case reasons.ThreadRefused(channel, text):
            return f"I may not open a thread in <#{channel}>: {text}"
        case reasons.NoSuchChannel(wanted):
            return f"This project has no channel called {inline_code(wanted, 100)}."
        case reasons.ChatRefused(text):
            return f"Discord says: {escaped(text, 300)}"
        case reasons.SessionUnclear(wanted):
            return f"There is no session, or more than one, called {inline_code(wanted, 100)}."
        case reasons.NotATimeGiven(text):
            return escaped(text, 300)
        case reasons.TooManySchedules(most):
            return f"There are {most:,} schedules already. Remove one first."
        case reasons.TooManyPrompts(most) | reasons.TooManyNotices(most):
            what = "prompts" if isinstance(reason, reasons.TooManyPrompts) else "notices"
            return f"{most:,} {what} are waiting already. Try again later."
        case reasons.MayAnyway(name):
            return f"{escaped(name, _NAME)} may do that here anyway."
        case reasons.InvitedAlready(name):
            return f"{escaped(name, _NAME)} is already a guest here."
        case reasons.OfferDecided(by):
            return f"{escaped(by, _NAME)} has already decided this." if by else "The message was deleted."
        case reasons.NotInvited(name):
            return f"{escaped(name, _NAME)} is not a guest here."
        case reasons.ProjectExists(name):
            return f"There is a project called {escaped(name, _NAME)} already."
        case reasons.ProjectOfFile(name):
            return f"{escaped(name, _NAME)} is set in Antiphon's configuration. Change it there."
        case reasons.ProjectUnusable(problems):
            return "\n".join(("That does not work:", *(f"- {escaped(one, 300)}" for one in problems[:9])))
        case reasons.ProjectChangedMeanwhile(name, by):
            return f"{escaped(by, _NAME) or 'Somebody'} has changed {escaped(name, _NAME)} meanwhile. Look at it again."
        case reasons.WorkerRefused(text) | reasons.BudgetUsedUp(text):
            return text


def why(error: Exception) -> str:
    """What went wrong, for the log: a refusal in our words, all else in its own."""
    return refusal(error.reason) if isinstance(error, reasons.Refused) else str(error)


def stopped(result: Stopped) -> str:
    """What /stop did."""
    if result.stopping:
        more = f" {counted(result.waiting, 'queued prompt')} will run next." if result.waiting else ""
        return f"Stopping.{more}"
    done = [f"{counted(result.taken_out, 'prompt')} removed from the queue."] if result.taken_out else []
    if result.stays:
        done.append("Claude Code does not go on by itself.")
    if not result.jobs:
        return " ".join(["Nothing was running here.", *done]) if done else "Nothing is running here."
    jobs = ", ".join(escaped(title, 80) for title in result.jobs[:10])
    return " ".join(["No turn was running here.", *done, f"Background work stopped: {jobs}"])


def left_out(changed: bool, *, out: bool) -> str:
    """That a terminal's session is not shown any more, or is again."""
    if out:
        return f"This session is {'' if changed else 'already '}left out. `/antiphon on` shows it again."
    return "This session is shown from now on." if changed else "This session is shown already."


def schedule_removed(name: str) -> str:
    """That a schedule is gone."""
    return f"Removed: {escaped(name, 100)}."


def queued(text: str) -> str:
    """A queued prompt, in words that stay true: where it stands, the queue's own message says."""
    return f"-# For when Claude is done:\n{block_quote(text, 1600, 40)}"


def sent(result: Sent) -> str:
    """A command that was handed to Claude, in words that stay true."""
    later = "\n-# For when Claude is done." if result.waits else ""
    return f"{inline_code(result.text, 1500)}{later}"


def holds(name: str, session: Session, project: Project) -> str:
    """What a session's model, mode or effort is."""
    return f"{name.capitalize()}: {held(name, session, project.claude)}"


def chosen(result: Chosen) -> str:
    """What holds in a session from now on."""
    when = "" if result.at_once else " (from the next turn)"
    what = inline_code(result.value, 100) if result.value else "default"
    return f"{result.name.capitalize()}: {what}{when}"


def removed(result: Changed) -> str:
    """That a rule was taken away, and from when on Claude asks."""
    return f"Removed: {escaped(result.label, _SHOWN)}. Claude asks again{_from_when(result)}."


def added_again(result: Changed) -> str:
    """That such a rule is there again."""
    return f"Added again: {escaped(result.label, _SHOWN)}. Claude no longer asks{_from_when(result)}."


def taken_back(result: Changed) -> str:
    """That what an answer had allowed for good is not any more."""
    return f"Claude asks again{_from_when(result)}: {escaped(result.label, _SHOWN)}. Nothing else was undone."


def _from_when(result: Changed) -> str:
    return "" if result.at_once else ", from the next turn"


def opened(place: PlaceId, otherwise: str = "") -> str:
    """Where a new session is. `otherwise`: what to do there where it has no prompt yet."""
    return f"Opened <#{place}>.{otherwise}"


def answered_in(place: PlaceId) -> str:
    """Where the answer to a side question is."""
    return f"Answered in <#{place}>."


NOT_PUBLIC = "Not everybody in the channel may read this session. Ask for your eyes alone, or in another thread."
EXAMPLE_PROMPT = "Say hello, and tell me in two sentences what is in this directory."
WRITE_PROMPT = " Write there what Claude should do."
WRITE_ON = " Write there what to do next."


def resumed(result: Resumed) -> str:
    """Where a session continues."""
    if result.place == NOWHERE:
        return "Its thread opens in a moment."
    if result.known:
        return f"Already open in <#{result.place}>."
    copied = " It is open in a terminal, so this is a copy: the two continue separately."
    return opened(result.place, copied if result.copied else "")


def forked(place: PlaceId, *, prompted: bool) -> str:
    """Where a fork is."""
    return f"Forked into <#{place}>.{'' if prompted else WRITE_ON}"


def terminal_command(result: TerminalCommand) -> str:
    """How to continue a session in a terminal."""
    text = f"To continue in a terminal on that machine:\n```sh\n{result.command}\n```"
    if result.at_work:
        text += "\nClaude is working here: wait until it is done, or both will write into the same session."
    return text


def channel_reset(result: ChannelReset, channel: PlaceId) -> str:
    """How many sessions of a channel start fresh, and why others do not."""
    failed = [f"- {escaped(session.title, 60)}: {refusal(why.reason)}" for session, why in result.failed]
    left = [f"- and {len(failed) - _LISTED} more"] if len(failed) > _LISTED else []
    head = f"Cleared {counted(result.done, 'session')} in <#{channel}>. Claude starts fresh there."
    return "\n".join([head, *(["Not cleared:"] if failed else []), *failed[:_LISTED], *left])[:_MOST]


def raised(result: Spending, scope: Scope, dollars: float) -> str:
    """That a budget was raised, and what is left of it."""
    text = next(one.words for one in accounts(result.budgets, result.spent) if one.scope == scope)
    return f"${dollars:.2f} added. {text}."


def failed(what: str, hint: str) -> str:
    """That something did not work."""
    return f"{what} did not work. {hint}"


SHARES_NOW = "This session works in the project's directory from now on."
COMMITS_NOW = "Claude is asked to commit its changes. Come back when it is done."
TREE_REMOVED = "Removed, with its branch."


def isolated(tree: Worktree, notes: Sequence[str]) -> str:
    """That a session has a working tree of its own."""
    where = f"From the next turn on this session works in {inline_code(tree.root.name, 60)}, "
    said = f"{where}branch {inline_code(tree.branch, 100)}."
    return "\n".join((said, *(escaped(note, 300) for note in notes)))


def merged(result: Back) -> str:
    """That commits were merged back, or what is in the way."""
    target = inline_code(result.tree.target, 100)
    if not result.conflicts:
        done = f"Merged {counted(result.commits, 'commit')} into {target}."
        return "\n".join((done, *(escaped(note, 300) for note in result.notes)))
    files = counted(len(result.conflicts), "file")
    return f"Not merged: {target} has changed the same places in {files}. Claude resolves that now; then try again."


def stopping(place: PlaceId) -> str:
    """That a turn is being stopped in another place."""
    return f"Stopping Claude in <#{place}>."


def may_write(name: str) -> str:
    """That a held edit may be made."""
    return f"Claude may write {inline_code(name, 80)} for 15 minutes, and is told so."


def published(url: str) -> str:
    """That there is a pull request."""
    return f"The pull request is open: {url}" if url else "The pull request is open."


# Commands that are sent as messages; templates for str.format.
PICK_COMMAND = "To use `/{name}`, pick it from the list that Discord shows when you type a slash."
NOTHING_TO_QUEUE = "Add what Claude should do then: `/queue fix the typo in the README`."
CHOOSE_ONE_OF = "The {name} can be one of: {values}."
# The menus of messages, at most 32 characters each, and where people find them.
REWIND_TO_HERE = "Rewind to here"
FORK_FROM_HERE = "Fork from here"
IN_MENU = "in a message's menu, under Apps"

# /help
SIGNS = (
    "**Signs on your message**\n"
    "👀 received · 🤔 ✍️ 📖 ✏️ 💻 🌐 🤖 🔧 at work · ✋ needs you · 🕐 queued · 📥 read meanwhile · ✅ done · "
    "❌ ⌛ 🚦 ⚠️ ⏹️ ended early · ✖️ not run"
)
GUEST_HELP = (
    "**You are a guest in this session**\n"
    "Write in this thread: Claude reads it. `/queue`, `/skill`, `/btw`, `/stop` and `/whoami` work here as well."
)
YOU_MAY = "-# You may {actions} here."
YOU_MAY_NOTHING = "-# You may not use Claude here. Ask whoever runs Antiphon."
