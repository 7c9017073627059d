"""What programs may do that call the API: the scopes of their tokens, and the actions that these stand for. Pure."""

from collections.abc import Iterable
from typing import get_args

from antiphon.core.access import Action
from antiphon.core.values import TokenScope

SCOPES: tuple[TokenScope, ...] = get_args(TokenScope)

_ACTIONS: dict[TokenScope, frozenset[Action]] = {
    "read": frozenset({"prompt"}),  # who may look at a project is who may prompt in it; the API sees to the rest
    "notify": frozenset({"prompt"}),
    "tasks": frozenset({"prompt"}),
    "sessions": frozenset({"prompt", "stop"}),
    "answer": frozenset({"prompt", "answer"}),
    "triggers": frozenset({"prompt"}),
}


def actions_of(scopes: Iterable[TokenScope]) -> frozenset[Action]:
    """The actions that a token with these scopes may ask for."""
    return frozenset(action for scope in scopes for action in _ACTIONS[scope])
