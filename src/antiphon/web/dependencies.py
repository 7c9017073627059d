"""What routes get of a request: who calls, under which key it counts once, and what they work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from antiphon.actions.callers import Caller, maker_of
from antiphon.core.values import TokenScope
from antiphon.web import wording
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem


@dataclass(frozen=True, slots=True)
class Who:
    """The holder of a token, or of a session's key. `name`: for the log; `is_good`: whether it is so still."""

    name: str
    caller: Caller
    scopes: frozenset[TokenScope]
    is_good: Callable[[], bool]

    @property
    def id(self) -> str:
        """Which token, or key, it is: one of the same name is another one."""
        return maker_of(self.caller)


def unauthorized(detail: str) -> Problem:
    """What somebody is answered whom nobody knows."""
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


class Needs(HTTPBearer):
    """A dependency: the caller, who has a token with a scope. To the API's document it is a bearer token."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__(scheme_name="token", description="A token of `antiphon token create NAME`", auto_error=False)
        self.scope: TokenScope = scope

    async def __call__(self, request: Request) -> Caller:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Raises Problem unless the guard has found somebody who may."""
        who: Who | None = request.scope["who"]
        if who is None:
            raise unauthorized(wording.UNAUTHORIZED)
        if self.scope not in who.scopes:
            raise Problem(403, wording.NOT_IN_SCOPE.format(scope=self.scope))
        return who.caller


Reading = Annotated[Caller, Depends(Needs("read"))]
Notifying = Annotated[Caller, Depends(Needs("notify"))]
Scheduling = Annotated[Caller, Depends(Needs("tasks"))]
Steering = Annotated[Caller, Depends(Needs("sessions"))]
Answering = Annotated[Caller, Depends(Needs("answer"))]
FIRING = Needs("triggers")
Firing = Annotated[Caller, Depends(FIRING)]


# Coroutines all: FastAPI would give each other function a thread.
async def _ports(request: Request) -> ApiPorts:
    return request.app.state.ports


async def _key(request: Request) -> str:
    return request.scope["key"]


Ports = Annotated[ApiPorts, Depends(_ports)]
OnceKey = Annotated[str, Depends(_key)]
"""The same for a request and its repetition: what it does is done once under it."""


async def _who(request: Request) -> Who:
    who: Who | None = request.scope["who"]
    if who is None:
        raise unauthorized(wording.UNAUTHORIZED)
    return who


Holder = Annotated[Who, Depends(_who)]
