"""Triggers: what repositories and programs set off. Below /api."""

import hashlib
import hmac
from typing import Annotated, Literal
from urllib.parse import unquote_plus

from fastapi import APIRouter, Header, Path, Request

from antiphon.actions.callers import Caller, MachineUser
from antiphon.actions.programs.triggers import fire, may_fire
from antiphon.actions.reasons import Condition, Refused
from antiphon.core.programs.triggers import Event, Trigger
from antiphon.web import wording
from antiphon.web.dependencies import FIRING, Firing, OnceKey, Ports, unauthorized
from antiphon.web.ports import ApiPorts
from antiphon.web.problems import Problem
from antiphon.web.shapes.base import Told


class TriggerTold(Told):
    """What has become of the event: it is run ("started"), or was before ("known"); another run is at work
    ("left_out"); the trigger is for others ("not_wanted")."""

    trigger: str
    outcome: Literal["started", "known", "left_out", "not_wanted"]


class TriggerListed(Told):
    """A trigger that the token may fire."""

    name: str
    project: str
    events: list[str]


class TriggersTold(Told):
    """Those that are configured."""

    triggers: list[TriggerListed]


routes = APIRouter(tags=["triggers"])


@routes.get("/triggers")
async def listed(ports: Ports, caller: Firing) -> TriggersTold:
    """The triggers that the token may fire."""
    mine = [one for one in ports.triggers.all if may_fire(ports.actions, caller, one)]
    return TriggersTold(
        triggers=[TriggerListed(name=one.name, project=one.project, events=sorted(one.events)) for one in mine]
    )


@routes.post("/triggers/{name}", status_code=202)
async def fired(
    ports: Ports,
    request: Request,
    key: OnceKey,
    name: Annotated[str, Path(max_length=40)],
    x_hub_signature_256: Annotated[str | None, Header(max_length=100)] = None,
    x_github_event: Annotated[str | None, Header(max_length=60)] = None,
    x_github_delivery: Annotated[str | None, Header(max_length=200)] = None,
) -> TriggerTold:
    """Fire one, with a token or with a signature of GitHub's over the body. What comes with it is data: Claude gets it
    as a file. The same delivery again runs nothing."""
    body = await request.body()
    trigger = ports.triggers.named(name)
    caller = await _caller(ports, request, trigger, body, x_hub_signature_256)
    assert trigger is not None
    # What is signed is the body alone: the same one again is the same event, whatever its headers say.
    id_ = f"signed {hashlib.sha256(body).hexdigest()}" if x_hub_signature_256 is not None else x_github_delivery or key
    event = Event(id_, x_github_event or "", _json(body, request.headers.get("content-type", "")))
    outcome = await fire(ports.actions, ports.triggers, caller, trigger, event, ports.clock())
    if outcome == "paused":
        raise Problem(409, wording.TRIGGER_PAUSED)
    return TriggerTold(trigger=trigger.name, outcome=outcome)


def _json(body: bytes, content_type: str) -> bytes:
    """The event: GitHub sends it as a form where nobody has chosen otherwise."""
    if not content_type.startswith("application/x-www-form-urlencoded") or not body.startswith(b"payload="):
        return body
    return unquote_plus(body.removeprefix(b"payload=").decode("utf-8", "replace")).encode()


async def _caller(
    ports: ApiPorts, request: Request, trigger: Trigger | None, body: bytes, signature: str | None
) -> Caller:
    """Who fires it. Whoever may not learns nothing of which triggers there are."""
    if signature is not None:
        secret = "" if trigger is None else trigger.secret
        if not _is_signed(secret, body, signature) or trigger is None:
            raise unauthorized(wording.SIGNATURE)
        return MachineUser(f"signed event for {trigger.name}")
    caller = await FIRING(request)
    if trigger is None or not may_fire(ports.actions, caller, trigger):
        raise Refused(Condition.NO_SUCH_TRIGGER)
    return caller


def _is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the body was signed with the secret; takes as long where there is none."""
    expected = "sha256=" + hmac.new((secret or "-").encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) and bool(secret)
