"""What the API needs of the rooms around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from antiphon.actions.context import ActionContext
from antiphon.actions.programs.triggers import Triggers
from antiphon.core.health import Problem
from antiphon.core.ports import Clock
from antiphon.core.programs.api_store import ApiStore
from antiphon.web.events import Streams


@dataclass(frozen=True, slots=True)
class ApiPorts:
    """`since`: when the bridge was started; `per_minute`: how often a token may ask; `problems`: what is wrong with the
    bridge now."""

    actions: ActionContext
    store: ApiStore
    clock: Clock
    since: float
    per_minute: float
    triggers: Triggers
    streams: Streams
    problems: Callable[[], Sequence[Problem]]
