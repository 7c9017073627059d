"""How the bridge is: for whoever watches it."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from antiphon import __version__
from antiphon.actions.context import open_projects
from antiphon.actions.programs import begin
from antiphon.web.dependencies import Ports, Reading
from antiphon.web.shapes.base import Told
from antiphon.web.shapes.sessions import ProjectsTold, project

health = APIRouter(tags=["system"])  # below /api and /api/v1
routes = APIRouter(tags=["system"])  # below /api/v1


class Health(Told):
    """Whether the bridge does its work; what is wrong, its operator sees by `antiphon status`."""

    status: Literal["ok", "degraded"]
    timestamp: str
    version: str


class UsageTold(Told):
    """Counts since the database was made, and dollars: Claude Code's own estimate."""

    sessions: int
    turns_ended: int
    turns_at_work: int
    prompts_waiting: int
    cost: float
    cost_today: float


@health.get("/health")
async def well(ports: Ports) -> Health:
    """Whether the bridge does its work. Needs no token."""
    is_well = all(one.minor for one in ports.problems())
    at = datetime.fromtimestamp(ports.clock()).astimezone().isoformat(timespec="seconds")
    return Health(status="ok" if is_well else "degraded", timestamp=at, version=__version__)


@routes.get("/projects")
async def projects(ports: Ports, caller: Reading) -> ProjectsTold:
    """The projects that the token is good for."""
    found = open_projects(ports.actions, caller, "prompt")
    return ProjectsTold(projects=[project(one) for one in found])


@routes.get("/usage")
async def usage(ports: Ports, caller: Reading) -> UsageTold:
    """Counts and cost, of the whole bridge: for tokens that are good for all of it."""
    seen, spent = await begin.usage(ports.actions, caller)
    return UsageTold(
        sessions=seen.sessions,
        turns_ended=seen.ended,
        turns_at_work=seen.running,
        prompts_waiting=seen.queued,
        cost=seen.cost,
        cost_today=spent.day,
    )


@routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(ports: Ports, caller: Reading) -> Response:
    """The same for Prometheus."""
    told = await usage(ports, caller)
    registry = CollectorRegistry()
    for name, what, value in (
        ("up_seconds", "Since the bridge was started", ports.clock() - ports.since),
        ("sessions", "Sessions that are known", told.sessions),
        ("turns_ended", "Turns that have ended", told.turns_ended),
        ("turns_at_work", "Turns at work, or waiting for a person", told.turns_at_work),
        ("prompts_waiting", "Prompts in line", told.prompts_waiting),
        ("cost_dollars", "Claude Code's own estimate, in all", told.cost),
        ("cost_today_dollars", "The same, today", told.cost_today),
        ("problems", "What keeps the bridge from working as it should", len(ports.problems())),
    ):
        Gauge(f"antiphon_{name}", what, registry=registry).set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
