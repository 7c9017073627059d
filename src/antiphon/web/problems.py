"""What a program is answered when something is not done: problem+json (RFC 9457), without anything of our inside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from antiphon.actions import reasons
from antiphon.actions.reasons import Condition, Reason
from antiphon.web import wording

MEDIA_TYPE = "application/problem+json"
_SOON, _LATER = 2, 60  # seconds after which it makes sense to try again


@dataclass(slots=True)
class Problem(Exception):
    """`errors`: the fields that are wrong, each with why; `retry`: seconds after which it makes sense to try again."""

    status: int
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    retry: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def body(self, request_id: str) -> bytes:
        """What is sent."""
        told: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "error": self.detail,  # where scripts look that were written for others
            "request_id": request_id,
        }
        if self.errors:
            told["errors"] = list(self.errors)
        return json.dumps(told, ensure_ascii=False).encode()


_NOT_FOUND = frozenset({
    Condition.NO_SESSION, Condition.NO_SUCH_TURN, Condition.NO_SUCH_SCHEDULE, Condition.NO_SUCH_NOTICE,
    Condition.NO_SUCH_REQUEST, Condition.NO_PROJECT, Condition.NO_SUCH_TRIGGER, Condition.LEFT_OUT,
})  # fmt: skip
_FORBIDDEN = frozenset({
    Condition.CHANNEL_OF_OTHERS, Condition.SCHEDULE_OF_OTHERS, Condition.PERSON_OF_OTHERS,
    Condition.BYPASS_NOT_ALLOWED, Condition.WHOLE_BRIDGE,
})  # fmt: skip
_INVALID = frozenset({
    Condition.EMPTY_PROMPT, Condition.EMPTY_MESSAGE, Condition.EMPTY_ANSWER, Condition.NO_SUCH_ANSWER,
    Condition.PROJECT_UNCLEAR,
})  # fmt: skip


def of_refusal(reason: Reason) -> Problem:
    """How a refused action is told."""
    detail = wording.refusal(reason)
    match reason:
        case reasons.NotAllowed():
            return Problem(403, detail)
        case reasons.NoSuchProject():
            return Problem(404, detail)
        case reasons.NotATimeGiven() | reasons.NoSuchChannel():
            return Problem(422, detail)
        case reasons.TooManySchedules() | reasons.TooManyNotices() | reasons.TooManyPrompts():
            return Problem(429, detail, retry=_LATER)
        case reasons.ChatRefused() | reasons.NoChannel() | Condition.WORKER_SILENT | Condition.NOT_KEPT:
            return Problem(503, detail, retry=_SOON)
        case Condition() if reason in _NOT_FOUND:
            return Problem(404, detail)
        case Condition() if reason in _FORBIDDEN:
            return Problem(403, detail)
        case Condition() if reason in _INVALID:
            return Problem(422, detail)
        case _:
            return Problem(409, detail)
