"""Listening to a client that may not be ours: what was added is taken off again."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from discord.ext import commands

Listener = Callable[..., Coroutine[Any, Any, None]]


class EventListeners:
    """One part's listeners. `listeners`: event (as discord.py names it, "on_message") → what is called."""

    def __init__(self, client: commands.Bot, listeners: Mapping[str, Listener]) -> None:
        self._client = client
        self._listeners = dict(listeners)

    def attach(self) -> None:
        """Listen. Events that the client has seen before are not repeated."""
        for event, listener in self._listeners.items():
            self._client.add_listener(listener, event)

    def detach(self) -> None:
        """Listen no more; what has begun goes on."""
        for event, listener in self._listeners.items():
            self._client.remove_listener(listener, event)
