"""The MCP server of Claude's own tools in a terminal: run for each session by Claude Code, it hands calls on.

A script of its own (`python -I -S tools.py STATE-FILE TOOLS-FILE SWITCH HOSTED`) that lives as long as its session. It
knows the few messages that a server of tools needs, and answers while no bridge runs, too. A call whose answer does not
come is made again under the same key; a question to people waits for the bridge as long as it takes.
"""

import http.client
import json
import os
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import Any

Json = dict[str, Any]
VERSION = "2025-06-18"
_PATIENCE = 20.0  # seconds for which a call is made again while no bridge answers
_PAUSE = 0.5
_LONGEST = 45.0  # seconds for a call that waits for nobody: files take their time
_UNKNOWN = -32601  # JSON-RPC: method not found


class Server:
    """One session's. Calls wait in threads of their own."""

    def __init__(self, state: str, tools: Json) -> None:
        self._state = state
        self._tools = tools
        self._lock = threading.Lock()
        self._open: dict[Any, http.client.HTTPConnection | None] = {}  # of calls that wait; None: none at the moment

    def serve(self) -> None:
        """Answer until the session is over."""
        for line in sys.stdin:
            try:
                self._receive(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        with self._lock:
            self._open.clear()

    def _receive(self, message: Json) -> None:
        method, id_ = message.get("method"), message.get("id")
        given: Json = message.get("params") or {}
        if method == "notifications/cancelled":
            self._cancel(given.get("requestId"))
        elif id_ is None:
            return
        elif method == "initialize":
            about = {"name": "antiphon", "version": "1"}
            known = given.get("protocolVersion") or VERSION
            self._say(id_, {"protocolVersion": known, "capabilities": {"tools": {}}, "serverInfo": about})
        elif method == "ping":
            self._say(id_, {})
        elif method == "tools/list":
            self._say(id_, {"tools": self._tools["tools"]})
        elif method == "tools/call":
            with self._lock:
                self._open[id_] = None
            threading.Thread(target=self._call, args=(id_, given), daemon=True).start()
        else:
            self._say(id_, error={"code": _UNKNOWN, "message": f"unknown method: {method}"})

    def _call(self, id_: Any, given: Json) -> None:
        name = given.get("name")
        about: Json = given.get("_meta") or {}
        key = about.get("claudecode/toolUseId") or uuid.uuid4().hex
        call: Json = {"pid": os.getppid(), "name": name, "arguments": given.get("arguments") or {}, "key": key}
        ends = None if name in self._tools["waits"] else time.monotonic() + _PATIENCE
        told: Json | None = None
        while told is None and id_ in self._open:
            try:
                told = self._asked(id_, call)
            except (OSError, ValueError, KeyError, http.client.HTTPException):
                if ends is not None and time.monotonic() > ends:
                    told = {"text": "Not done: Antiphon does not answer. It may not be running.", "failed": True}
                else:
                    time.sleep(_PAUSE)
        with self._lock:
            if id_ not in self._open or told is None:
                return
            del self._open[id_]
        self._say(id_, {"content": [{"type": "text", "text": told["text"]}], "isError": told["failed"]})

    def _asked(self, id_: Any, call: Json) -> Json | None:
        with open(self._state, encoding="utf-8") as file:
            state = json.load(file)
        waits = call["name"] in self._tools["waits"]
        connection = http.client.HTTPConnection("127.0.0.1", int(state["port"]), timeout=None if waits else _LONGEST)
        try:
            with self._lock:
                if id_ not in self._open:
                    return None
                connection.connect()  # so that a cancellation finds something to close
                self._open[id_] = connection
            headers = {"X-Antiphon-Secret": state["secret"], "Content-Type": "application/json"}
            connection.request("POST", "/tool", json.dumps(call), headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= 500:
                raise ValueError(answer.status)
            if answer.status != 200:
                return {"text": "Not done: another version of Antiphon runs. Start this session again.", "failed": True}
            return json.loads(body)
        finally:
            connection.close()

    def _cancel(self, id_: Any) -> None:
        with self._lock:
            connection = self._open.pop(id_, None)
        if connection is not None and connection.sock is not None:
            with suppress(OSError):  # it is closed already
                connection.sock.shutdown(2)

    def _say(self, id_: Any, result: Json | None = None, error: Json | None = None) -> None:
        told = {"error": error} if error else {"result": result}
        with self._lock:
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": id_, **told}) + "\n")
            sys.stdout.flush()


def main() -> None:
    """A session that is hosted, or left out (ANTIPHON=off), has none of these tools."""
    state, file, switch, hosted = sys.argv[1:5]
    tools: Json = {"tools": [], "waits": []}
    if switch.lower() != "off" and not hosted:
        with open(file, encoding="utf-8") as content:
            tools = json.load(content)
    Server(state, tools).serve()


if __name__ == "__main__":
    main()
