"""What `antiphon setup` asks and says, in the terminal. What it finds has the doctor's sentences."""

from collections.abc import Sequence
from pathlib import Path

WELCOME = "Set-up asks for a few things and checks each. Ctrl-C leaves; the next `antiphon setup` goes on there."
STOPPED = "Stopped. Run `antiphon setup` again: it goes on there."
AGAIN = "Press Enter to look again"
ONE_OF = "Which one (number or name)"
NOT_A_CHOICE = "Please choose one of these, by number or name."

LOGIN = "Claude Code is not logged in. Log in now?"
LOGIN_NOW, LOGIN_LATER = "yes, in the browser", "later"
LOGGING_IN = "Claude Code takes over for its login."
WITHOUT_LOGIN = "Claude cannot answer before it is logged in"

FETCH = (
    "The bot token is the one thing to fetch: open {portal}, New Application, then Bot > Reset Token > Copy. It is not "
    "shown while you paste it."
)
TOKEN = "Bot token"  # noqa: S105 - a question
TOKEN_EMPTY = "That is no bot token: it is one long word without spaces"  # noqa: S105
TOKEN_WAY = "Copy it from the application's page: Bot > Reset Token > Copy"  # noqa: S105
TOKEN_KEPT = "The token is kept in {path}, for you alone"  # noqa: S105
INTENT_ON = "Message Content Intent was off and is switched on"
INTENT_STAYS_OFF = "Discord does not let the bot switch on Message Content Intent"

INVITE = "Open this link, choose your server, and press Authorize (or scan it with your phone):"
WAITING = "Waiting for the bot to join…"
NOT_JOINED = "The bot is in no server yet"
SERVER = "In which server?"
ANOTHER_SERVER = "another server"

CHANNEL = "In which channel do you want to talk to Claude?"
NEW_CHANNEL = "a new channel"
CHANNEL_NAME = "Name of the new channel"
CHANNEL_MADE = "#{name} is made"
CHANNEL_NOT_MADE = "The bot may not make channels"
CHANNEL_NOT_MADE_WAY = "Make a text channel that the bot sees, then look again; or give it Manage Channels"
HAS_ALL = "The bot may do all that it needs in #{name}"

DIRECTORY = "In which directory does Claude work?"
NO_DIRECTORY = "There is no directory {path}"
NO_DIRECTORY_WAY = "Name one that exists"
PEOPLE = "Who may use it besides {owners}? Names with commas; nobody: just Enter"
NOBODY_NAMED = "Nobody in this server is called {name}"
NOBODY_NAMED_WAY = "Check the name, or leave it out"
WHICH_PERSON = "Which {name}?"
ONLY_OWNERS = "{owners} may use it, nobody else"
THESE_PEOPLE = "{people} may use it"

EXISTS = "There is a configuration already: {path}"
EXISTS_CHECKED = "It is checked, and stays as it is"
CHANGED = "{path} is changed: {keys}"
WRITTEN = "The configuration is written: {path}"
NOT_WRITTEN = "{path} cannot be written: {why}"
MANY_PROJECTS = "It has several projects: change them in the file"
POSTED = "A message in #{name} says that it is ready"
NOT_POSTED = "Discord did not take the message that says it is ready"
SERVICE = "Keep the bridge running, also after a restart of the machine?"
SERVICE_YES, SERVICE_NO = "yes, as a service", "no, I start it myself"
SERVICE_RUNS = "The bridge runs as a service; see `antiphon service status`"
SERVICE_ENDS, SERVICE_STATUS = "The service is installed and does not run", "See `antiphon service status`"
SERVICE_WAY = "See `antiphon service install`"
READY_AND_RUNNING = "Ready: write in the channel."


def ready(command: str, option: str) -> str:
    """`command`: by which this program is started."""
    return f"Ready. Start the bridge: {command} run{option}, or keep it running: {command} service install{option}"


def works_in(path: Path) -> str:
    return f"Claude works in {path}"


def no_directory(path: Path) -> str:
    return NO_DIRECTORY.format(path=path)


def people(names: Sequence[str]) -> str:
    """ "Ada", "Ada and Ben", "Ada, Ben and Cem"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


READY_TITLE = "Antiphon is ready"
READY_MESSAGE = (
    "👋 **Antiphon is set up here.** Once the bridge runs, write what Claude should do: each message opens a thread."
    " `/help` says what else there is."
)
TRY = "Try it"
