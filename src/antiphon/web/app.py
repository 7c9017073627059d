"""The application: its routes, and how what goes wrong in them is told."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from antiphon import __version__
from antiphon.actions.reasons import Refused
from antiphon.web import wording
from antiphon.web.page import page
from antiphon.web.problems import MEDIA_TYPE, Problem, of_refusal
from antiphon.web.routes import notices, schedules, scripts, sessions, system, triggers
from antiphon.web.shapes.base import ProblemTold

_NOT_ALLOWED = 405
_PROBLEM: dict[str, Any] = {"model": ProblemTold, "content": {MEDIA_TYPE: {}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {**_PROBLEM, "description": "The request cannot be read"},
    401: {**_PROBLEM, "description": "There is no token, or it is not known"},
    403: {**_PROBLEM, "description": "The token is not good for this"},
    404: {**_PROBLEM, "description": "There is no such thing"},
    408: {**_PROBLEM, "description": "The body did not come in time"},
    409: {**_PROBLEM, "description": "It cannot be done as things stand"},
    413: {**_PROBLEM, "description": "The body is too large"},
    422: {**_PROBLEM, "description": "Some fields cannot be as they are"},
    429: {**_PROBLEM, "description": "Too much is asked"},
    503: {**_PROBLEM, "description": "It cannot be done at the moment"},
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # of the page: nothing comes from elsewhere
_ABOUT = "Antiphon: Claude Code in Discord, for programs. docs/api.md shows how it is used."
_Handler = Callable[[Request, Exception], Awaitable[Response]]


def application(transient: tuple[type[Exception], ...]) -> FastAPI:
    """All routes. It expects the guard around it, and in its state the `ports`. `transient`: errors of the store that
    pass by themselves."""
    app = FastAPI(
        title="Antiphon", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", responses=_PROBLEMS, redirect_slashes=False,
    )  # fmt: skip
    for routes in (system.health, scripts.routes, triggers.routes):
        app.include_router(routes, prefix="/api")
    for routes in (system.health, system.routes, sessions.routes, schedules.routes, notices.routes):
        app.include_router(routes, prefix="/api/v1")

    @app.get("/api/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(app.openapi()), headers={"Content-Security-Policy": _POLICY})

    for kind, handler in _handlers(transient).items():
        app.add_exception_handler(kind, handler)
    return app


def _handlers(transient: tuple[type[Exception], ...]) -> dict[type[Exception], _Handler]:
    async def problem(request: Request, error: Exception) -> Response:
        return _told(request, cast(Problem, error))

    async def refused(request: Request, error: Exception) -> Response:
        return _told(request, of_refusal(cast(Refused, error).reason))

    async def waits(request: Request, error: Exception) -> Response:
        return _told(request, Problem(503, wording.WAITS, retry=2))

    async def invalid(request: Request, error: Exception) -> Response:
        found = cast(RequestValidationError, error).errors()
        if any(one["type"] == "json_invalid" for one in found):
            return _told(request, Problem(400, wording.NOT_JSON))
        wrong = [{"field": ".".join(map(str, one["loc"][1:])), "why": str(one["msg"])} for one in found]
        return _told(request, Problem(422, wording.NOT_VALID, wrong))

    async def http(request: Request, error: Exception) -> Response:
        status = cast(HTTPException, error).status_code
        told = {404: wording.NOT_FOUND, 405: wording.NOT_ALLOWED.format(method=request.method)}
        headers = dict(cast(HTTPException, error).headers or {})
        if status == _NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods(request))
        return _told(request, Problem(status, told.get(status, wording.NOT_JSON), headers=headers))

    async def broken(request: Request, error: Exception) -> Response:
        error.add_note(f"in request {request.scope['request_id']}")  # it goes on to the server, which logs it
        return _told(request, Problem(500, wording.BROKEN))

    handlers: dict[type[Exception], _Handler] = {
        Problem: problem,
        Refused: refused,
        RequestValidationError: invalid,
        HTTPException: http,
        Exception: broken,
    }
    return handlers | dict.fromkeys(transient, waits)


def _methods(request: Request) -> list[str]:
    """Those that an address takes: it may have a route for each."""
    routes = [one for one in request.app.routes if isinstance(one, Route)]
    found = [one.methods or set[str]() for one in routes if one.matches(request.scope)[0] is not Match.NONE]
    return sorted(set[str]().union(*found))


def _told(request: Request, problem: Problem) -> Response:
    headers = dict(problem.headers)
    if problem.retry is not None:
        headers["Retry-After"] = str(problem.retry)
    return Response(problem.body(request.scope["request_id"]), problem.status, headers=headers, media_type=MEDIA_TYPE)
