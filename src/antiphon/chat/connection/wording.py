"""What is wrong around the bridge, for whoever runs it: in the log, in /status, in the terminal, by direct message.

Plain text: whoever shows it escapes it.
"""

from collections.abc import Iterable

from antiphon.chat.permissions import Missing, Obstacle, Permission, Slowed, Unseen, Unsupported
from antiphon.chat.render.text.escape import one_line

_NAME = 50  # characters of a channel's, a server's or a role's name

# What is wrong around the bridge, while it lasts and when it is over (connection); templates for str.format.
NOT_READY = "Discord is not ready yet, waiting for it: {why}"
READY = "Discord is ready"
NEVER_CONNECTED = "not yet connected to Discord's gateway"
NOT_CONNECTED = "not connected to Discord's gateway: {why}"
CONNECTED_ANEW = "connected to Discord's gateway with a new session"
CONNECTED_AGAIN = "connected to Discord's gateway again, nothing was missed"
ENDED_BY_DISCORD = "Discord ended the connection"
NOTHING_ACKNOWLEDGED = "it stopped acknowledging heartbeats, reconnecting"
MACHINE_SLEPT = "this machine has slept, reconnecting"
MANY_IDENTIFIES = "{count} gateway sessions were started in half an hour: the next one in {seconds:.0f} s"
IDENTIFIES_USED_UP = "today's gateway sessions are used up: Discord allows new ones in {minutes:.0f} min"
IDENTIFIES_LEFT = "a new gateway session may be started again"
REQUESTS_FAIL = "Discord is failing requests ({why})"
REQUESTS_WORK = "Discord answers requests again"
COMMANDS_SLOW = "Discord is slow to register the slash commands: trying again, the earlier ones still work"
COMMANDS_REFUSED = "Discord rejects the slash commands: trying again later, the earlier ones still work ({why})"
COMMANDS_REGISTERED = "the slash commands are registered"
ANOTHER_BRIDGE = "another program uses this bot token: it sent a message in the bot's name"
NO_COORDINATION_CHANNEL = (
    "the coordination channel #{name} cannot be made: give the bot the permission Manage Channels, or make the channel "
    "({why})"
)
UNSEEN_COORDINATION_CHANNEL = (
    "the bot does not see the coordination channel {channel}: let it see the channel, or correct the id in the "
    "configuration"
)
CLOSED_COORDINATION_CHANNEL = "the bot may not write in the coordination channel #{name}: allow it Send Messages there"
TO_OWNER = "⚠️ **Antiphon needs your attention**"


def obstacle(one: Obstacle) -> str:
    """Why the bridge cannot work as it should in a channel, and where that is mended: plain text on one line."""
    match one:
        case Missing():
            roles = f"Server Settings > Roles > {one_line(one.role, _NAME)} > Permissions"
            there = "Edit Channel > Permissions > Advanced permissions"
            ways = [(one.by_roles, roles), (one.by_channel, there)]
            told = [f"{_named(lacking)}: turn on in {where}" for lacking, where in ways if lacking]
            place = f"#{one_line(one.name, _NAME)} of the server {one_line(one.server, _NAME)}"
            return f"the bot lacks permissions in {place}. {'; '.join(told)}"
        case Unseen(channel, project):
            seen = f"the bot does not see channel {channel} of {project}"
            return f"{seen}: invite the bot to the channel's server, or correct the id in the configuration"
        case Unsupported(_, name, project, kind):
            place = f"#{one_line(name, _NAME)} of {project} is a {kind} channel"
            return f"{place}: name channels in which people can write, or forums"
        case Slowed(_, name, seconds):
            place = f"slow mode lets the bot write in #{one_line(name, _NAME)} every {seconds} s only"
            return f"{place}: give it Bypass Slowmode, or turn slow mode off"


def no_obstacle(one: Obstacle) -> str:
    """That it is mended."""
    name = str(one.channel) if isinstance(one, Unseen) else f"#{one_line(one.name, _NAME)}"
    return f"the bot has all that it needs in channel {name}"


def _named(permissions: Iterable[Permission]) -> str:
    return ", ".join(f"{one.name} ({one.purpose})" for one in permissions)


# Why the bridge cannot go on until somebody mends it.
BAD_TOKEN = "Discord does not accept the bot token."  # noqa: S105 - a sentence
TOKEN_REVOKED = "Discord does not accept the bot token any more."  # noqa: S105 - a sentence
NO_MESSAGE_CONTENT = "The application may not read message content."
CLOSED_FOR_GOOD = "Discord closed the gateway for good (code {code})."
ODD_ANSWER = "Discord does not answer as it should: {why}"
NO_SERVER = "No Discord-compatible server answers at {api} ({error})."

# What stands at the bot's name, for everybody.
LOGGED_OUT = "Claude Code is not logged in"
TROUBLED = "Something is wrong: /status says what"
IDLE = "idle"


def at_work(working: int, waiting: int) -> str:
    """`working`, `waiting`: turns that Claude works on, and that wait for a person."""
    waits = f"{waiting} {'waits' if waiting == 1 else 'wait'} for you"
    return ", ".join([f"{working} at work"] * bool(working) + [waits] * bool(waiting))
