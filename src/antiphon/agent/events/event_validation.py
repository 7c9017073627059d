"""Checks that an event is what its class promises. The SDK checks little of what Claude Code sends, and a number in
place of a text would only fail where nobody expects it: in a view, in the database, in Discord.

Pure. Looks at the declared types alone, so an event that is new needs nothing here.
"""

from pydantic import ConfigDict, TypeAdapter, ValidationError

from antiphon.core.events import AgentEvent

_EVENTS = TypeAdapter[AgentEvent](
    AgentEvent, config=ConfigDict(strict=True, revalidate_instances="always", allow_inf_nan=False)
)


def is_valid(event: AgentEvent) -> bool:
    """Whether each part is of its declared type, each number finite, and each text fit for UTF-8."""
    try:
        _EVENTS.validate_python(event)
    except ValidationError:
        return False
    return True
