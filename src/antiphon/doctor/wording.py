"""What `antiphon doctor` and `antiphon setup` say of what they find: for whoever runs the bridge, in the terminal."""

from collections.abc import Iterable, Mapping, Sequence

from antiphon.chat.permissions import INVITED_WITH, Permission
from antiphon.chat.render.text.escape import one_line
from antiphon.core.health import Finding, Grade

_NAME = 50  # characters of a name that somebody has chosen
_MARKS: Mapping[Grade, str] = {"well": "✓", "note": "·", "warning": "!", "failure": "✗"}
PORTAL = "https://discord.com/developers/applications"

# What is well
BOT = "The bot token works: {name}"
INTENT = "Message Content Intent is on"
CLAUDE = "Claude Code {version} is here: {path}"
LOGGED_IN = "Claude Code is logged in ({how})"
CLOCK = "The clock is right"
STATE = "The state directory can be written: {path}"
DISK = "{free:.0f} GB are free"
DATABASE = "The database is sound"
NO_DATABASE = "No database yet: the first start makes one"
FONTS = "Fonts for pictures of tables are here"
ALONE = "No other bridge uses this bot token"
PORT = "Port {port} for the HTTP API is free"
SERVICE = "The service runs"
NO_SERVICE = "No service is installed: the bridge runs as long as its terminal"
LINGERS = "The service goes on when you log out"
CONFIG = "The configuration is fine: {path}"
DIRECTORY = "{project} works in {path}"

# What is not
NO_INTENT = "Message Content Intent is off: the bot gets messages without their text"
NO_SERVER = "The bot is in no server"
NO_CHANNEL_WAY = "Let the bot see the channel, or correct `channels` in the configuration"
SLOW_WAY = "Give the bot Bypass Slowmode there, or turn slow mode off"
NO_COMMANDS = "Discord has {count} of the slash commands"
RUN_ONCE = "Start the bridge once: antiphon run"
TOKEN_REJECTED = "Discord does not accept the bot token"  # noqa: S105 - a sentence
NEW_TOKEN = "Copy a fresh one from the application's Bot page (Reset Token): antiphon setup"  # noqa: S105
NO_CLAUDE = "There is no Claude Code at {path}"
NO_CLAUDE_WAY = "Leave `[claude] command` out to use the one that Antiphon brings along, or correct it"
CLAUDE_SILENT = "Claude Code at {path} does not answer"
CLAUDE_SILENT_WAY = "Run `{path} --version` and look what it says"
OLD_CLAUDE = "Claude Code {version} is older than the one that Antiphon is tested with ({known})"
OLD_CLAUDE_WAY = "Update it (claude update), or leave `[claude] command` out"
NOT_LOGGED_IN = "Claude Code is not logged in"
NOT_LOGGED_IN_WAY = "Run: antiphon login"
LOGIN_ENDS = "Claude Code's login ends in {days} days"
LOGIN_ENDED = "Claude Code's login has ended"
CLOCK_OFF = "This machine's clock is {seconds:.0f} s {direction} Discord's"
CLOCK_WAY = "Turn on time synchronization (timedatectl set-ntp true)"
NO_STATE = "The state directory cannot be written: {path}"
NO_STATE_WAY = "Give this user the right to, or set ANTIPHON_STATE_DIR"
DISK_FULL = "Only {free:.1f} GB are free where the state lies ({path})"
DISK_WAY = "Free some space"
DATABASE_WAY = "Restore it from a backup, or move it away: the next start makes a new one"
NO_FONTS = "There are no fonts for pictures of tables: they are attached as text only"
FONTS_WAY = "Install fonts-dejavu-core, and fonts-noto-cjk and fonts-noto-color-emoji for those scripts"
ANOTHER = "Another bridge uses this bot token (process {pid})"
ANOTHER_WAY = "Stop that one, or give this one a bot of its own"
RUNS = "The bridge runs (process {pid})"
PORT_TAKEN = "Port {port} for the HTTP API is taken by another program"
PORT_WAY = "Choose another one: [api] port"
SERVICE_DOWN = "The service is installed and does not run ({state})"
SERVICE_WAY = "See why: antiphon service logs"
NO_LINGER = "The service ends when you log out"
LINGER_WAY = "Run: loginctl enable-linger"
SLEEPS = "This machine may go to sleep when nobody uses it"
SLEEP_WAY = "Let it stay awake while it is plugged in; Antiphon keeps it awake while Claude works"
NO_DIRECTORY = "The directory of {project} is not there: {path}"
UNREACHABLE_WAY = "Check the network, and ANTIPHON_DISCORD_API if it is set"
BUNDLED = "{path} is written. It holds the log's end: look through it before you send it to somebody."
SETUP = "Run: antiphon setup"


def line(finding: Finding) -> str:
    """A finding in the terminal, with the way out below it where something is wrong."""
    way = f"\n    {finding.way_out}" if finding.way_out and finding.grade != "well" else ""
    return f"{_MARKS[finding.grade]} {finding.text}{way}"


def one(name: str) -> str:
    """A name that somebody has chosen, on one line."""
    return one_line(name, _NAME)


def servers(names: Iterable[str]) -> str:
    shown = [one(name) for name in names]
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return f"The bot is in {', '.join(shown[:3])}{more}"


def channel(name: str, server: str, kind: str) -> str:
    return f"The bot can work in #{one(name)} of {one(server)} ({kind})"


def no_channel(id_: int, project: str) -> str:
    return f"The bot does not see channel {id_} of {one(project)}, or it is none in which people write"


def lacking(name: str, server: str, permissions: Sequence[Permission]) -> str:
    told = ", ".join(f"{p.name} ({p.purpose})" for p in permissions)
    return f"In #{one(name)} of {one(server)} the bot lacks {told}"


def permissions_way(role: str, by_roles: Sequence[Permission], there: Sequence[Permission]) -> str:
    """Where to click."""
    ways = [
        (by_roles, f"Server Settings > Roles > {one(role)} > Permissions"),
        (there, "Edit Channel > Permissions > Advanced permissions"),
    ]
    return "; ".join(
        f"turn on {', '.join(p.name for p in permissions)} in {where}" for permissions, where in ways if permissions
    )


def slow(name: str, seconds: int) -> str:
    return f"Slow mode lets the bot write in #{one(name)} every {seconds} s only"


def commands(count: int) -> str:
    return f"Discord has the {count} slash commands"


def intent_page(application: int) -> str:
    return f"Turn on Message Content Intent: {PORTAL}/{application}/bot (or let `antiphon setup` do it)"


def invitation(application: int, permissions: int = INVITED_WITH) -> str:
    """The link by which somebody lets the bot into a server."""
    scope = "bot+applications.commands"
    return f"https://discord.com/oauth2/authorize?client_id={application}&scope={scope}&permissions={permissions}"


def invite(application: int) -> str:
    return f"Invite it: {invitation(application)}"
