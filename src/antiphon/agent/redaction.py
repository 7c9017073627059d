"""Takes our own secrets, by their exact values, out of what Claude Code says, before anybody stores or shows it.

Claude runs as our user and may come across them. Other forms of a secret (encoded, spelt out, cut into pieces) are not
found: this keeps accidents from becoming public, it holds nobody back who means to. Secrets of others, of known shapes,
are `chat`'s.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from antiphon.core.events import AgentEvent, TextDelta
from antiphon.core.values import ToolUseId

T = TypeVar("T")

GONE = "[redacted]"
_SHORTEST = 8  # characters; what is shorter is a word, and no secret


class Redaction:
    """Knows the secrets. `text`, `value` and what `posting` posts are free of them."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._secrets = tuple(one for one in secrets if len(one) >= _SHORTEST)

    def text(self, text: str) -> str:
        """The text with `[redacted]` in place of each secret."""
        for secret in self._secrets:
            text = text.replace(secret, GONE)
        return text

    def in_bytes(self, content: bytes) -> bool:
        """Whether a file's content holds a secret."""
        return any(secret.encode() in content for secret in self._secrets)

    def value(self, value: T) -> T:
        """The same for every text in a value: a dataclass or a tuple, and what is in it."""
        changed: object = value
        match value:
            case str():
                changed = self.text(value)
            case tuple():
                changed = tuple(map(self.value, cast("tuple[object, ...]", value)))
            case _ if is_dataclass(value) and not isinstance(value, type):
                parts = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
                others = {name: new for name, old in parts.items() if (new := self.value(old)) != old}
                changed = replace(cast("Any", value), **others) if others else value
            case _:
                pass
        return cast("T", changed)

    def posting(self, post: Callable[[AgentEvent], None]) -> Callable[[AgentEvent], None]:
        """What to call in place of `post`. A text that comes in pieces is held back as long as its end may be the
        beginning of a secret."""
        if not self._secrets:
            return post
        held: dict[tuple[ToolUseId | None, bool], str] = {}

        def redacted(event: AgentEvent) -> None:
            for one in self._in_time(held, event):
                post(one)

        return redacted

    def _in_time(self, held: dict[tuple[ToolUseId | None, bool], str], event: AgentEvent) -> Iterator[AgentEvent]:
        if isinstance(event, TextDelta):
            stream = event.parent, event.thinking
            text = self.text(held.pop(stream, "") + event.text)
            if rest := self._begun(text):
                held[stream] = text[-rest:]
            if shown := text[: len(text) - rest]:
                yield replace(event, text=shown)
            return
        for (parent, thinking), text in held.items():
            yield TextDelta(text, parent, thinking)
        held.clear()
        yield self.value(event)

    def _begun(self, text: str) -> int:
        """How many characters at the end of a text are the beginning of a secret."""
        return max(
            (n for secret in self._secrets for n in range(1, len(secret)) if text.endswith(secret[:n])), default=0
        )
