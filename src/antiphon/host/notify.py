"""What a service manager that speaks systemd's protocol is told (sd_notify(3)): datagrams to a socket of its own.

Nothing waits and nothing fails here: whether the manager listens changes nothing for the bridge.
"""

import logging
import socket

log = logging.getLogger(__name__)

_SECOND = 1_000_000  # microseconds
_LONGEST_STATUS = 200  # characters


class Notifier:
    """Tells the manager, if there is one."""

    def __init__(self, address: str, watchdog: float | None = None) -> None:
        """`address`: a path, or "@" and a name of Linux's abstract sockets; "": nobody listens. `watchdog`: seconds of
        silence after which the manager ends this process, None: it does not."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._failed = False
        self.watchdog = watchdog

    @property
    def is_heard(self) -> bool:
        """Whether there is somebody to tell."""
        return bool(self._address)

    def tell(
        self,
        *,
        ready: bool = False,
        stopping: bool = False,
        alive: bool = False,
        status: str | None = None,
        needs: float | None = None,
    ) -> None:
        """One message. `ready`: prompts are served; `stopping`: that is over; `alive`: no hang; `needs`: seconds that
        starting or stopping may still take from now on."""
        lines = [word for said, word in ((ready, "READY=1"), (stopping, "STOPPING=1"), (alive, "WATCHDOG=1")) if said]
        if status is not None:
            lines.append(f"STATUS={' '.join(status.split())[:_LONGEST_STATUS]}")
        if needs is not None:
            lines.append(f"EXTEND_TIMEOUT_USEC={int(needs * _SECOND)}")
        if lines and self._address:
            self._send("\n".join(lines).encode())

    def _send(self, message: bytes) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(message, self._address)
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.warning("the service manager does not listen: %s", error)
            self._failed = True
