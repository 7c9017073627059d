"""A process that has loaded all that a bridge loads, and forks a bridge for each request of forked_bridge.py.

    python bridge_forker.py PARENT_PID DESCRIPTOR

The descriptor is a socket. A request is one message: the arguments and the environment of a bridge as JSON, with two
descriptors. What the bridge prints goes to the first; its process id and its exit code to the second, a line each. The
end of this process is the end of all its bridges.
"""

import gc
import json
import os
import selectors
import socket
import sys
import threading
from contextlib import suppress

import alembic.command  # this, and the SDK below, a bridge loads only when it needs them
import alembic.config

import antiphon.agent.process.claude
import antiphon.cli.bridge
import antiphon.daemon
from antiphon.agent.process.exec_wrapper import end_with_parent
from antiphon.cli.main import main

__all__ = ["alembic", "antiphon"]
_LARGEST_REQUEST = 100_000  # bytes


def serve(parent: int, requests: socket.socket) -> None:
    """Fork a bridge for each request and tell how it ends. In a fork: be the bridge, and leave by SystemExit."""
    end_with_parent(parent)
    assert threading.active_count() == 1, "what has threads must not be forked"
    gc.freeze()  # what is loaded stays shared
    waiting = selectors.DefaultSelector()
    waiting.register(requests, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.data is not None:
                waiting.unregister(key.fd)
                os.close(key.fd)
                bridge, status = key.data
                _tell(status, os.waitstatus_to_exitcode(os.waitpid(bridge, 0)[1]))
                os.close(status)
                continue
            request, descriptors, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 2)
            if not request:
                return
            output, status = descriptors
            forker, bridge = os.getpid(), os.fork()
            if bridge == 0:
                waiting.close()
                requests.close()
                _be_bridge(forker, request, output)
            os.close(output)
            _tell(status, bridge)
            waiting.register(os.pidfd_open(bridge), selectors.EVENT_READ, (bridge, status))


def _tell(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked is gone
        os.write(descriptor, f"{number}\n".encode())


def _be_bridge(forker: int, request: bytes, output: int) -> None:
    """Take over what a new program would be given, and run."""
    end_with_parent(forker)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    given = json.loads(request)
    os.environ.clear()  # noqa: TID251
    os.environ.update(given["env"])  # noqa: TID251
    main(args=given["arguments"], prog_name="antiphon")


if __name__ == "__main__":
    serve(int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
