"""What `antiphon service` says in the terminal."""

from pathlib import Path

WILL_WRITE = "This writes {path}, starts the bridge, and starts it again whenever it ends or hangs."
PROCEED = "Go on?"
NOTHING_CHANGED = "Nothing was changed."
INSTALLED = "The service runs. See `antiphon service status` and `antiphon service logs`."
UNCHANGED = "The service is installed as it should be, and runs."
REMOVED = "The service is stopped and removed."
NOT_INSTALLED = "No service is installed. Run: antiphon service install"
LINGERS = "It goes on when you log out."
NO_LINGER = "It ends when you log out: an administrator can run `loginctl enable-linger {user}`"
NOT_IN_FILE = (
    "the bot token is in DISCORD_BOT_TOKEN, which a service does not have: put it into a file of its own, as "
    "`antiphon setup` does"
)
NO_LOGIN = "Claude Code's login is in {names}, which a service does not have: run `antiphon login`."
NO_FILE = "there is no configuration file for the service to start with; run: antiphon setup"
NO_SYSTEMD = "there is no systemd here: run `antiphon run` under what this machine has, or in a container"
NO_BUS = "systemd does not answer for this user ({why}): log in directly (not by su or sudo), then try again"
RUNNING = "a bridge runs already (process {pid}): stop it first"
SOMEBODY_ELSES = "{path} was not made by Antiphon: move it away first"
NOT_TAKEN = "{program} does not take the service: {why}"


def will_write(path: Path, content: str) -> str:
    return f"{WILL_WRITE.format(path=path)}\n\n{content}"
