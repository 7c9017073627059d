"""Tells systemd how the bridge is, by its own protocol (sd_notify(3)): a datagram to the socket that it names. Does
nothing where there is none."""

import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """What cannot be told is told another time: the bridge goes on in any case."""

    def __init__(self, env: Mapping[str, str]) -> None:
        address = env.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self) -> None:
        """The bridge has begun its work; Discord may be away all the same."""
        self._send("READY=1\nSTATUS=at work: antiphon status")

    def alive(self) -> None:
        """The event loop runs, and the database took our leases: told more often than the watchdog wants it."""
        self._send("WATCHDOG=1")

    def stopping(self, seconds: float) -> None:
        """No new turn begins; those at work have so many seconds."""
        self._send(f"STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC={int((seconds + 30) * 1e6)}")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
                one.setblocking(False)
                one.sendto(state.encode(), self._address)
        except OSError as error:
            log.debug("systemd is not told %r: %s", state, error)
