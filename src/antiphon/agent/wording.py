"""Every sentence of this package that a person reads: notes, ends of turns, and why something could not be done.

Plain text: whoever shows it escapes it. Where a sentence holds a moment, `TIME` stands in its place, and the moment
goes beside it as a value.
"""

from collections.abc import Sequence
from pathlib import Path

from antiphon.core.blocks import TIME

# Beginnings of sentences that `problem`, `not_within` or `failed` ends

NOT_STARTED = "Claude Code did not start"
GONE = "Claude Code is gone"
NOT_UNDERSTOOD = "Claude Code could not be understood"
ENDED_UNEXPECTEDLY = "Claude Code ended unexpectedly"
REFUSES = "Claude Code refuses"
FILES_NOT_PUT_BACK = "The files could not be put back"
PROMPT_NOT_TAKEN = "Claude Code did not take the prompt"
STOP_NOT_ACKNOWLEDGED = "Claude Code did not acknowledge the stop"
NOT_ANSWERED = "Claude Code did not answer"
GIT_NOT_ANSWERED = "git did not answer"
DISK_SILENT = "The disk did not answer"
LEADS_ELSEWHERE = "it leads to another place"
NOT_REGULAR = "it is not a regular file"
UNREADABLE = "The conversation cannot be read"
NOT_COPIED = "The conversation could not be copied"
GIT_NOT_RUN = "git cannot be run"

# Ends of turns, and notes in them

END_NOT_UNDERSTOOD = "Claude Code has ended the turn in words that this bridge does not understand."
CONVERSATION_CLEARED = "The conversation is cleared: Claude begins anew, with nothing of what was said here."
COMPACTING = "compacting the conversation"
COMPACTED = "Claude Code has compacted the conversation to make room."
STARTED_FRESH = (
    "Claude Code has nothing of this conversation on disk (it was probably killed before it could save it). "
    "Claude starts fresh here and does not know what was said before."
)
GOES_ON_IN_A_COPY = "This session is open in a terminal: here Claude goes on in a copy of it."
BUDGET_REACHED = "Reached the budget of one turn. Write “go on” to let Claude go on from here."
USAGE_LIMIT_REACHED = "Claude's usage limit is reached. Send the prompt again when it has been reset."
TOO_MANY_REQUESTS = "The API takes no more requests for now (status 429). Wait a little, then send the prompt again."
_WINDOWS = {  # the windows of a subscription's usage limit, in the SDK's names
    "five_hour": "the 5-hour window",
    "seven_day": "the week",
    "seven_day_opus": "the week with Opus",
    "seven_day_sonnet": "the week with Sonnet",
    "overage": "extra usage",
}


def api_retry(attempt: int, most: int, delay: float, status: int | None) -> str:
    """`delay`: in seconds; `status`: of HTTP, None where there was no answer."""
    why = "the API is not reachable" if status is None else f"the API answered {status}"
    return f"{why}; attempt {attempt} of {most} in {delay:.0f} s"


def not_compacted(why: str) -> str:
    return f"Claude Code could not compact the conversation: {why or 'no reason'}"


def turns_reached(number: str) -> str:
    """`number`: how many model requests a turn may have, "" where it is not said."""
    many = f"{number} " if number else ""
    return f"Reached the limit of {many}model requests in one turn. Write “go on” to let Claude go on from here."


def usage_limit_refused(resets: bool) -> str:
    """`resets`: it is known when the limit is reset, which is the moment of the sentence."""
    when = f"It is reset {TIME}; send" if resets else "Later, send"
    return f"Claude's usage limit is reached. {when} the prompt again then."


def limited(what: str, original: str) -> str:
    """The text of a turn that a limit ended: what it was and what to do next, then Claude Code's own words."""
    return f"{what} Claude Code says: {original}"


def usage_limit(window: str | None, used: float | None, *, resets: bool, rejected: bool, charged: bool) -> str:
    """The state of a usage limit. `window`: in the SDK's names; `used`: which part of it, 0 to 1; `resets` as above."""
    limit = f"Claude's usage limit for {_WINDOWS.get(window or '', 'now')}"
    when = f"; it is reset {TIME}" if resets else ""
    if rejected:
        return f"{limit} is reached{when}{'. Extra usage is being charged' if charged else ''}."
    return f"{limit} is {'nearly used up' if used is None else f'used to {used:.0%}'}{when}."


def prompt_blocked(reason: str) -> str:
    """Of a prompt that Claude has not seen."""
    return f"A hook of Claude Code's settings blocked this prompt: {reason or 'it gives no reason.'}"


def stopped_by_hook(reason: str) -> str:
    return f"A hook of Claude Code's settings stopped Claude here: {reason or 'it gives no reason.'}"


def stop_hook(words: str) -> str:
    return f"A Stop hook of Claude Code's settings lets Claude go on: {words or 'it gives no reason.'}"


def broken_settings(file: str) -> str:
    return f"Claude Code works without its settings in {file}, and without the rules there: that file cannot be read."


MCP_SERVERS = {  # those that do not work, by Claude Code's name for their state
    "failed": "Claude works without these MCP servers, because they did not start: {names}",
    "needs-auth": "Claude works without these MCP servers, because they want a login (run claude in the project's "
    "directory, and type /mcp): {names}",
}
_MOST_NAMES, _LONGEST_NAME, _LONGEST_QUESTION = 10, 60, 300


def mcp_servers(state: str, names: Sequence[str]) -> str:
    shown = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    return MCP_SERVERS[state].format(names=shown + (" …" if len(names) > _MOST_NAMES else ""))


def mcp_asked(server: str, question: str) -> str:
    """Of a question that nobody has seen."""
    asked = f": {question[:_LONGEST_QUESTION]}" if question else "."
    return f"The MCP server {server[:_LONGEST_NAME]} wanted to ask you something, which is not possible here yet{asked}"


# The process


def no_executable(path: Path) -> str:
    return f"There is no Claude Code executable at {path}."


LOGGED_IN = "Claude Code is logged in now"
LOGIN_REFUSED = (
    "Anthropic does not accept Claude Code's login (status 401). Whoever runs the bridge has to log in again on its "
    "machine; trying again does not help before that."
)


def not_logged_in(executable: Path) -> str:
    """For the operator."""
    return f"Claude Code is not logged in: run `{executable} auth login` as this user, or set ANTHROPIC_API_KEY"


def no_directory(path: Path) -> str:
    return f"The project's directory {path} does not exist."


def problem(what: str, why: str = "") -> str:
    """`why`: what Claude Code or the system says of it, "" for nothing."""
    return f"{what}: {why}" if why else f"{what}."


def not_within(seconds: float, what: str) -> str:
    return f"{what} within {seconds:.0f} s."


def failed(what: str, why: str) -> str:
    return f"{what} ({why})."


# Requests to a live process

NO_BYPASS = "This project does not let anybody switch to bypassPermissions."
MESSAGE_NOT_IN_CONVERSATION = "That message is not in the conversation any more."
CLAUDE_AT_WORK = "Claude is at work: stop it first, or wait until it is done."
ONLY_A_LIVE_SESSION = "Only a live session answers that."
GONE_ON_SINCE = "The conversation has gone on since; try again."


def no_effort(effort: str, known: str) -> str:
    return f"There is no effort {effort}; there are {known}."


def files_cannot_be_put_back(why: str) -> str:
    return f"The files cannot be put back: {why or 'Claude Code does not say why.'}"


# What lies on disk

SESSION_EMPTY = "Nothing was said in that session yet."
NOT_A_SESSION_ID = "That is not the id of a session."
NO_SUCH_SESSION = "This project has no such session."
NOTHING_BEFORE = "There is nothing before that message: start a new session instead."
UNTITLED = "A conversation"
NOT_COMPARED = "git could not compare the working tree with the last commit."
NO_REPOSITORY = "The project's directory is not in a git repository."


def forked(title: str) -> str:
    return f"{title or UNTITLED} (fork)"


def conversation_too_long(megabytes: int) -> str:
    return f"The conversation is too long to be read ({megabytes} MB at most)."


# Tool calls and requests

IN_BACKGROUND = "runs in the background"
EVERY_OCCURRENCE = "(every occurrence)"
A_QUESTION = "Claude asks something."
EDITS_OF_FILES = "all edits of files"
RULE_SCOPES = {  # where a rule holds, in the SDK's names
    "session": "in this session",
    "localSettings": "in this project",
    "projectSettings": "in this project, for everybody who has it",
    "userSettings": "in all projects",
}


def hidden_files(names: str) -> str:
    """Why people are asked before files are sent to the thread."""
    return f"To be posted, though hidden or ignored by git: {names}"


def files_in(directories: str) -> str:
    return f"files in {directories}"
