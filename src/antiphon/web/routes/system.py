"""How the bridge is: for whoever watches it."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from antiphon import __version__
from antiphon.actions.context import open_projects
from antiphon.web import shapes
from antiphon.web.caller import Reading
from antiphon.web.ports import ApiPorts


class Health(shapes.Told):
    """Whether the bridge does its work; what is wrong, its operator sees by `antiphon status`."""

    status: Literal["ok", "degraded"]
    timestamp: str
    version: str


def health_router(ports: ApiPorts) -> APIRouter:
    """Below /api and /api/v1: without a token."""
    routes = APIRouter(tags=["system"])

    @routes.get("/health")
    async def health() -> Health:
        """Whether the bridge does its work. Needs no token."""
        well = all(one.minor for one in ports.problems())
        at = datetime.fromtimestamp(ports.clock()).astimezone().isoformat(timespec="seconds")
        return Health(status="ok" if well else "degraded", timestamp=at, version=__version__)

    return routes


def router(ports: ApiPorts) -> APIRouter:
    """Below /api/v1."""
    routes = APIRouter(tags=["system"])
    actions = ports.actions

    @routes.get("/projects")
    async def projects(caller: Reading) -> shapes.ProjectsTold:
        """The projects that the token is good for."""
        found = open_projects(actions, caller, "prompt")
        return shapes.ProjectsTold(projects=[shapes.project(one) for one in found])

    @routes.get("/usage")
    async def usage(_: Reading) -> shapes.UsageTold:
        """Counts and cost, of the whole bridge."""
        seen, spent = await actions.bus.overview(), await actions.bus.spent(shapes.NO_SESSION, None)
        return shapes.UsageTold(
            sessions=seen.sessions,
            turns_ended=seen.ended,
            turns_at_work=seen.running,
            prompts_waiting=seen.queued,
            cost=seen.cost,
            cost_today=spent.day,
        )

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics(_: Reading) -> Response:
        """The same for Prometheus."""
        seen, spent = await actions.bus.overview(), await actions.bus.spent(shapes.NO_SESSION, None)
        figures = {
            ("antiphon_up_seconds", "Since the bridge was started"): ports.clock() - ports.since,
            ("antiphon_sessions", "Sessions that are known"): seen.sessions,
            ("antiphon_turns_ended", "Turns that have ended"): seen.ended,
            ("antiphon_turns_at_work", "Turns at work, or waiting for a person"): seen.running,
            ("antiphon_prompts_waiting", "Prompts in line"): seen.queued,
            ("antiphon_cost_dollars", "Claude Code's own estimate, in all"): seen.cost,
            ("antiphon_cost_today_dollars", "The same, today"): spent.day,
            ("antiphon_problems", "What keeps the bridge from working as it should"): len(ports.problems()),
        }
        registry = CollectorRegistry()
        for (name, what), value in figures.items():
            Gauge(name, what, registry=registry).set(value)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
