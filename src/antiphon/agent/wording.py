"""Every sentence of this package that a person reads: notes, ends of turns, and why something could not be done.

Plain text: whoever shows it escapes it. Where a sentence holds a moment, `TIME` stands in its place, and the moment
goes beside it as a value.
"""

from collections.abc import Sequence
from pathlib import Path

from antiphon.core.blocks import TIME

# Beginnings of sentences that `problem`, `not_within` or `failed` ends

NOT_STARTED = "Claude Code did not start"
GONE = "Claude Code is not running any more"
NOT_UNDERSTOOD = "Claude Code sent something that Antiphon cannot read"
ENDED_UNEXPECTEDLY = "Claude Code ended unexpectedly"
REFUSES = "Claude Code refuses"
FILES_NOT_PUT_BACK = "The files could not be restored"
PROMPT_NOT_TAKEN = "Claude Code did not accept the prompt"
STOP_NOT_ACKNOWLEDGED = "Claude Code did not acknowledge the stop"
NOT_ANSWERED = "Claude Code did not respond"
NO_SIDE_ANSWER = "Claude did not answer the side question"
DISK_SILENT = "The disk did not respond"
LEADS_ELSEWHERE = "it links to a file elsewhere"
NOT_REGULAR = "it is not a regular file"
UNREADABLE = "The conversation cannot be read"
NOT_COPIED = "The conversation could not be copied"

# Ends of turns, and notes in them

END_NOT_UNDERSTOOD = "Claude Code ended the turn with a message that Antiphon cannot read."
CONVERSATION_CLEARED = "Cleared. Claude starts fresh here."
COMPACTING = "Summarizing the conversation"
COMPACTED = "The conversation was summarized to free up context."
STARTED_FRESH = (
    "Claude Code has not saved this conversation (it was probably killed too early). "
    "Claude starts fresh here and does not know what was said before."
)
A_FAILURE = "The request to Anthropic failed."
STOPPED_FROM_DISCORD = "Stopped from Discord."
SWITCHED_OFF = "Discord does not see this session any more. /antiphon on shows it again."
SWITCHED_ON = "Discord sees this session again, from now on. /antiphon off leaves it out."
SWITCH_HOW = "/antiphon off leaves this session out of Discord, /antiphon on shows it again."
SWITCH_LATE = "Antiphon is busy and will do that in a moment. Type it once more to be sure."
SWITCH_NOT_OURS = "Discord does not see this session: its directory belongs to no project of Antiphon's."
NOT_ATTACHED = "Terminals are not attached any more. Run antiphon attach to switch that on."
NOT_IN_A_TERMINAL = "The session is not open in a terminal."
CHOOSE_IN_THE_TERMINAL = "The session is open in a terminal. Change this there."
GOES_ON_IN_A_COPY = "This session is open in a terminal, so Claude continues here in a copy of it."
BUDGET_REACHED = "This turn has used up its budget. Press Continue to let Claude carry on from here."
USAGE_LIMIT_REACHED = "Claude's usage limit is reached. Press Continue once it has been reset."
TOO_MANY_REQUESTS = "Too many requests to Anthropic right now. Wait a minute, then press Continue."
_STATUS = {429: "Anthropic has had too many requests", 529: "Anthropic is overloaded"}
_WINDOWS = {  # the windows of a subscription's usage limit, in the SDK's names
    "five_hour": "the 5-hour window",
    "seven_day": "the week",
    "seven_day_opus": "the week with Opus",
    "seven_day_sonnet": "the week with Sonnet",
    "overage": "extra usage",
}


def undecided(text: str) -> str:
    """Of a prompt that was given to a terminal's Claude Code."""
    cut = text if len(text) <= 100 else f"{text[:100]}…"
    return f"Antiphon cannot tell whether Claude has read “{cut}”. It is not sent again by itself."


def api_retry(attempt: int, most: int, delay: float, status: int | None) -> str:
    """`delay`: in seconds; `status`: of HTTP, None where there was no answer."""
    why = "Anthropic cannot be reached" if status is None else _STATUS.get(status, f"Anthropic answered {status}")
    return f"{why}. Trying again in {delay:.0f} s ({attempt} of {most})"


def not_compacted(why: str) -> str:
    return f"The conversation could not be summarized: {why or 'Claude Code does not say why.'}"


def turns_reached(number: str) -> str:
    """`number`: how many model requests a turn may have, "" where it is not said."""
    many = f"{number} " if number else ""
    return f"This turn has reached its limit of {many}model requests. Press Continue to let Claude carry on from here."


def usage_limit_refused(resets: bool) -> str:
    """`resets`: it is known when the limit is reset, which is the moment of the sentence."""
    when = f"It resets {TIME}." if resets else "Press Continue once it has been reset."
    return f"Claude's usage limit is reached. {when}"


def limited(what: str, original: str) -> str:
    """The text of a turn that a limit ended whose reset nobody knows: Claude Code's own words may tell."""
    return f"{what} Claude Code says: {original}"


def usage_limit(window: str | None, used: float | None, *, resets: bool, rejected: bool, charged: bool) -> str:
    """The state of a usage limit. `window`: in the SDK's names; `used`: which part of it, 0 to 1; `resets` as above."""
    limit = f"Claude's usage limit for {_WINDOWS.get(window or '', 'now')}"
    when = f"; it resets {TIME}" if resets else ""
    if rejected:
        return f"{limit} is reached{when}{'. Extra usage is being charged' if charged else ''}."
    return f"{limit} is {'nearly used up' if used is None else f'{used:.0%} used'}{when}."


def prompt_blocked(reason: str) -> str:
    """Of a prompt that Claude has not seen."""
    return f"A hook in Claude Code's settings blocked this prompt: {reason or 'it gives no reason.'}"


def stopped_by_hook(reason: str) -> str:
    return f"A hook in Claude Code's settings stopped Claude here: {reason or 'it gives no reason.'}"


def stop_hook(words: str) -> str:
    return f"A Stop hook in Claude Code's settings told Claude to continue: {words or 'it gives no reason.'}"


def broken_settings(file: str) -> str:
    return f"Claude Code ignores its settings in {file}, and the rules there, because that file cannot be read."


MCP_SERVERS = {  # those that do not work, by Claude Code's name for their state
    "failed": "These MCP servers did not start, so Claude works without them: {names}",
    "needs-auth": "These MCP servers need a login, so Claude works without them (run claude in the project's "
    "directory and type /mcp): {names}",
}
_MOST_NAMES, _LONGEST_NAME, _LONGEST_QUESTION = 10, 60, 300


def mcp_servers(state: str, names: Sequence[str]) -> str:
    shown = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
    return MCP_SERVERS[state].format(names=shown + (" …" if len(names) > _MOST_NAMES else ""))


def mcp_asked(server: str, question: str) -> str:
    """Of a question that nobody has seen."""
    asked = f": {question[:_LONGEST_QUESTION]}" if question else "."
    return f"The MCP server {server[:_LONGEST_NAME]} asked something that cannot be answered here yet{asked}"


# Why a turn failed

CONTEXT_FULL = (
    "The conversation has grown too long for the model. /compact summarizes it, /clear starts fresh; then try again."
)
REQUEST_TOO_LARGE = (
    "The images and files in this conversation are too large for one request. /compact summarizes them away, "
    "/clear starts fresh; then try again."
)
OVERLOADED = "Anthropic is overloaded right now. Try again in a few minutes."
NO_CREDIT = "The Anthropic account has no credit left. Whoever runs Antiphon can add some; then try again."


def server_error(status: int) -> str:
    return f"Anthropic had a problem (status {status}). It is usually over soon: try again in a few minutes."


def not_reached(why: str) -> str:
    """`why`: in Claude Code's words."""
    return f"Claude Code could not reach Anthropic. Check the machine's network, then try again. ({why})"


def refused(status: int, error: str) -> str:
    """For reasons that are not among the usual. `error`: in Claude Code's words."""
    told = error if str(status) in error else f"{error} (status {status})"
    return f"Anthropic refused the request. Claude Code says: {told}"


# The process


def no_executable(path: Path) -> str:
    return f"There is no Claude Code executable at {path}."


LOGGED_IN = "Claude Code is logged in now"
LOGIN_REFUSED = (
    "Anthropic does not accept Claude Code's login. Whoever runs Antiphon has to log in again on its machine "
    "(claude auth login); until then trying again does not help."
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

NO_BYPASS = "Nobody may switch this project to bypassPermissions."
MESSAGE_NOT_IN_CONVERSATION = "That message is no longer in the conversation."
CLAUDE_AT_WORK = "Claude is working here. Stop it first, or wait until it is done."
ONLY_A_LIVE_SESSION = "This works only while the session is running."
GONE_ON_SINCE = "The conversation has moved on meanwhile. Try again."


def no_effort(effort: str, known: str) -> str:
    return f"There is no effort called {effort}. Choose one of {known}."


def files_cannot_be_put_back(why: str) -> str:
    return f"The files cannot be restored: {why or 'Claude Code does not say why.'}"


# What lies on disk

SESSION_EMPTY = "Nothing has been said in that session yet."
NOT_A_SESSION_ID = "That is not a session's ID."
NO_SUCH_SESSION = "This project has no such session."
NOTHING_BEFORE = "There is nothing before that message. Start a new session instead."
UNTITLED = "A conversation"
RULES_NOT_CHANGED = "The rules could not be read or changed"
RULE_REDACTED = "That rule contains a secret of Antiphon's, so it is not written down again."


def forked(title: str) -> str:
    return f"{title or UNTITLED} (fork)"


def not_settings(file: str) -> str:
    return f"{file} is not valid JSON, or no settings: correct it in an editor first."


def settings_too_large(file: str, megabytes: int) -> str:
    return f"{file} is too large to be changed here ({megabytes} MB at most)."


def settings_busy(file: str) -> str:
    return f"{file} is being changed by somebody else. Try again."


def conversation_too_long(megabytes: int) -> str:
    return f"The conversation is too long to read ({megabytes} MB at most)."


# Tool calls and requests

IN_BACKGROUND = "runs in the background"
EVERY_OCCURRENCE = "(every occurrence)"
A_QUESTION = "Claude has a question."


def hidden_files(names: str) -> str:
    """Why people are asked before files are sent to the thread."""
    return f"Hidden, or ignored by git: {names}"


# What a rule allows, as in "Always allow …"

EDITS_OF_FILES = "all edits of files"
THIS_PROJECT = "this project"
WHOLE_TOOLS = {  # a rule that names a tool and nothing more
    "Bash": "all commands",
    "Read": "reading all files",
    "Edit": "edits of all files",
    "Write": "edits of all files",
    "WebFetch": "all web pages",
    "WebSearch": "web searches",
}


def listed(labels: Sequence[str]) -> str:
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def command(line: str) -> str:
    return f"“{line}”"


def commands(beginning: str) -> str:
    return f"“{beginning}” commands"


def access_to(directory: str) -> str:
    return f"access to {directory}"


def reading(file: str) -> str:
    return f"reading {file}"


def reading_in(directory: str) -> str:
    return f"reading in {directory}"


def edits_of(file: str) -> str:
    return f"edits of {file}"


def edits_in(directory: str) -> str:
    return f"edits in {directory}"


def skill(name: str) -> str:
    return f"the skill {name}"


def sub_agents(kind: str) -> str:
    return f"{kind} sub-agents"


def tool(name: str) -> str:
    return f"the tool {name}"


def server_tool(name: str, server: str) -> str:
    return f"{name} of {server}"


def server_tools(server: str) -> str:
    return f"all tools of {server}"


def scheduled(name: str, when: str) -> str:
    """That Claude has made a schedule."""
    cut = name if len(name) <= 100 else f"{name[:100]}…"
    return f"Claude scheduled this for itself ({when}): {cut}. /schedules lists it."
