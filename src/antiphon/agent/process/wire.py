"""Wraps everything private of the SDK that we use, in one place (tests/agent/test_sdk_internals.py fails first when it
moves).

Why private: `ClaudeSDKClient.receive_messages` drops messages of types that it does not know, and ends the stream at
one that it cannot parse. Here both become an `UnknownMessage` event, and the stream goes on. `get_session_info` opens
whatever bears a session's name, a pipe as well, and looks in every project.
"""

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

from claude_agent_sdk import ClaudeSDKClient, ClaudeSDKError
from claude_agent_sdk._errors import MessageParseError
from claude_agent_sdk._internal import sessions
from claude_agent_sdk._internal.message_parser import parse_message
from claude_agent_sdk.types import Message, SDKSessionInfo

from antiphon.agent.json_values import mapping, without_surrogates
from antiphon.core.events import SelfStarted, SteerDelivered, UnknownMessage
from antiphon.core.values import TurnId

# What the parser, which checks little, and whoever reads on may meet in a message that is not what it promises.
GARBLED = (MessageParseError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
_LONGEST_KIND = 60  # characters of a name

# What comes from a process, in the order in which it came.
Received = Message | SteerDelivered | SelfStarted | UnknownMessage


async def messages(client: ClaudeSDKClient) -> AsyncIterator[Received]:
    """All messages of the process, until it ends; raises ClaudeSDKError when it ended badly."""
    async for raw in _query(client).receive_messages():
        yield parsed(raw)


def parsed(raw: dict[str, Any]) -> Received:
    """One wire message, typed; or which kind of message could not be."""
    if raw.get("type") == "command_lifecycle" and raw.get("state") == "started":  # the SDK does not know it
        return SelfStarted() if raw.get("wakeup_source") else SteerDelivered(TurnId(str(raw.get("command_uuid"))))
    try:
        message = parse_message(without_surrogates(raw))
    except GARBLED as error:
        return UnknownMessage(f"{_kind(raw)}: {type(error).__name__}")
    return UnknownMessage(_kind(raw)) if message is None else message


def _kind(raw: dict[str, Any]) -> str:
    """What a message calls itself; short, because kinds are counted."""
    kind = raw.get("type")
    return (
        without_surrogates(kind)[:_LONGEST_KIND]
        if isinstance(kind, str)
        else f"a type that is of {type(kind).__name__}"
    )


async def control(client: ClaudeSDKClient, request: dict[str, Any]) -> dict[str, Any]:
    """A control request that the SDK has no method for; its reply. Bare exceptions with the CLI's words."""
    reply: dict[str, Any] | None = await _query(client)._send_control_request(request)
    return reply or {}


def watch_elicitations(client: ClaudeSDKClient, told: Callable[[str, str], None]) -> None:
    """Have `told` called with the name of an MCP server that asks the person for something, and its words. The SDK
    refuses such requests, which the server is told as "cancel"."""
    query = _query(client)
    handle = query._handle_control_request

    async def watched(request: Any) -> None:
        asked = mapping(mapping(request).get("request"))
        if asked.get("subtype") == "elicitation":
            told(str(asked.get("mcp_server_name")), str(asked.get("message") or ""))
        await handle(request)

    query._handle_control_request = watched


def pid(client: ClaudeSDKClient) -> int | None:
    """The process id of the CLI, None before it has started."""
    transport: Any = client._transport  # pyright: ignore[reportPrivateUsage]
    process = getattr(transport, "_process", None)
    return None if process is None else process.pid


def _query(client: ClaudeSDKClient) -> Any:
    query: Any = client._query  # pyright: ignore[reportPrivateUsage]
    if query is None:
        raise ClaudeSDKError("not connected")
    return query


def session_info(claude: str, status: os.stat_result, head: str, tail: str) -> SDKSessionInfo | None:
    """What the beginning and the end of a transcript tell of its session; None: there is no conversation in it."""
    made = int(status.st_mtime * 1000), status.st_size
    lite = sessions._LiteSessionFile(*made, head, tail)  # pyright: ignore[reportPrivateUsage]
    return sessions._parse_session_info_from_lite(claude, lite)  # pyright: ignore[reportPrivateUsage]
