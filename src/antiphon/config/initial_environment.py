"""Keeps the bot token out of the environment that a process begins with: Linux shows that to everybody of the same
user, and to root, for as long as the process lives (/proc/PID/environ; elsewhere `ps e`).

Taking a variable out of `os.environ` does not change what is shown there: the process has to begin anew without it. It
keeps its id. The token goes through a pipe, which is empty and closed when the new program has read it. Standard
library only, and little of it: this comes before everything else.
"""

import os
import sys
from pathlib import Path

TOKEN = "DISCORD_BOT_TOKEN"  # noqa: S105 - a name
_PIPE = "ANTIPHON_TOKEN_PIPE"  # the descriptor of the pipe's end; set by ourselves alone
_MOST = 4096  # bytes: every pipe holds so many without a reader, and no token of Discord's is so long


def hide_token() -> None:
    """Begin this program anew where its initial environment holds the token: does not return then. Afterwards the token
    is in `os.environ` all the same, for whoever reads the settings."""
    environ = os.environ  # noqa: TID251
    if (pipe := environ.pop(_PIPE, None)) is not None:
        with os.fdopen(int(pipe), "rb") as end:
            environ[TOKEN] = os.fsdecode(end.read())
    elif _is_shown() and sys.executable:
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as end:
            end.write(os.fsencode(environ.pop(TOKEN))[:_MOST])
        os.set_inheritable(reading, True)
        environ[_PIPE] = str(reading)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves, without a shell


def _is_shown() -> bool:
    """Whether others can read the token in the environment that this process has begun with."""
    token = os.environ.get(TOKEN, "").encode()  # noqa: TID251
    if not token.strip():
        return False
    try:
        return token in Path("/proc/self/environ").read_bytes()
    except OSError:  # not Linux: what is set was there from the beginning, but for what we have put there ourselves
        return True
