"""`antiphon inbox` and `antiphon say`: ask the bridge that runs, and what is printed then.

Whatever goes wrong is a line and an exit code: 1 the bridge refuses, or does not answer; 2 the session is unclear;
3 none runs, or nothing is attached.
"""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

from antiphon.attach import state, wording
from antiphon.attach.headers import SECRET, SESSION

_TRIES, _LIMIT = 3, 15.0  # how often a request is sent whose reply is lost; seconds for each reply
_LISTED = 20  # sessions that may be meant
REFUSED, UNCLEAR, DOWN = 1, 2, 3

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is printed, and the exit code; what is not 0 is an error's."""

    text: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Asker:
    """Where the bridge is looked for, and who asks: `claude` is the session of Claude's in whose shell we are, "" for
    none."""

    directory: Path
    claude: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said to whom. `session`: as somebody names it; `key`: a UUID that makes it happen once."""

    session: str
    text: str
    key: str


def inbox(asker: Asker, *, as_json: bool, now: float) -> Outcome:
    """What waits for which session."""
    found = _asked(asker, "/inbox", None)
    if isinstance(found, Outcome):
        return found
    return Outcome(json.dumps(found) if as_json else "\n".join(listed(found["sessions"], now)))


def say(asker: Asker, what: Utterance) -> Outcome:
    """Say something to a session."""
    if not what.text.strip():
        return Outcome(wording.NOTHING_TO_SAY, UNCLEAR)
    said = {"session": what.session, "text": what.text, "key": what.key}
    found = _asked(asker, "/say", said, wording.perhaps_said(what.key))
    if isinstance(found, Outcome):
        return found
    to, again, waits, shown = (found[name] for name in ("session", "again", "waits", "shown"))
    until = _until(to) if waits else ""
    return Outcome(wording.said(to["title"], to["project"], again=again, until=until, shown=shown))


@dataclass(frozen=True, slots=True)
class Told:
    """What is told to all sessions of a project, "" for the own or only one. `key`: a UUID that makes it happen
    once."""

    text: str
    key: str
    project: str = ""


def post_event(asker: Asker, what: Told) -> Outcome:
    """Tell the sessions on a project something."""
    if not what.text.strip():
        return Outcome(wording.NOTHING_TO_SAY, UNCLEAR)
    told = {"text": what.text, "key": what.key, "project": what.project}
    found = _asked(asker, "/events", told, wording.perhaps_said(what.key))
    return found if isinstance(found, Outcome) else Outcome(wording.told(found["project"]))


def read_events(asker: Asker, project: str, after: int, most: int, *, as_json: bool) -> Outcome:
    """What was told."""
    query = urlencode({"project": project, "after": after, "limit": most})
    found = _asked(asker, f"/events?{query}", None)
    if isinstance(found, Outcome):
        return found
    lines = (wording.event(one["n"], one["at"], one["by"], one["told"]) for one in found["events"])
    return Outcome(json.dumps(found) if as_json else "\n".join(lines) or wording.NOTHING_TOLD)


def listed(sessions: Sequence[Json], now: float) -> list[str]:
    """What waits, for people."""
    lines: list[str] = []
    for one in sessions:
        until = _until(one)
        lines.append(_named(one))
        lines += (
            "  " + wording.waiting(it["by"], it["text"], it["since"], it["state"], now, until=until)
            for it in one["waiting"]
        )
        if not one["waiting"]:
            lines.append("  " + wording.NOTHING_WAITS)
    return lines or [wording.NOTHING_THERE]


def _until(session: Json) -> str:
    """Until when what is said to a session waits; "" where it does not."""
    terminal = session["terminal"]
    if terminal is None or terminal["open"]:
        return ""
    return wording.UNTIL_SHOWN if terminal.get("left_out") else wording.UNTIL_OPEN


def _named(session: Json) -> str:
    terminal, place = session["terminal"], session["thread"]
    where = (
        []
        if terminal is None
        else [wording.terminal(terminal["name"], is_open=terminal["open"] or bool(terminal.get("left_out")))]
    )
    where += [] if place is None else [wording.thread(place)]
    return wording.session(session["title"], session["project"], session["claude"], where)


def _asked(asker: Asker, path: str, given: Json | None, lost_text: str = wording.NO_ANSWER) -> Json | Outcome:
    """The bridge's answer, or what is to be said in its place. A reply that is lost is asked for again: what is asked
    for has a key. `given`: what is sent along; None: nothing, something is only asked."""
    told = state.read(asker.directory)
    if told is None:
        return Outcome(wording.ATTACH_FIRST, DOWN)
    lost = Outcome(lost_text, REFUSED)
    for n in range(_TRIES):
        try:
            return _understood(told, *_sent(told, path, asker.claude, given))
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ConnectionRefusedError):
                return lost if n else Outcome(wording.NONE_RUNS, DOWN)
    return lost


def _sent(told: state.AttachState, path: str, claude: str, given: Json | None) -> tuple[int, Json | None]:
    """The status of the reply, and what it says; None: that is no JSON object. OSError, HTTPException: none came."""
    headers = {SECRET: told.secret, "Content-Type": "application/json"}
    headers |= {SESSION: quote(claude, errors="replace")} if claude else {}
    data, method = (None, "GET") if given is None else (json.dumps(given).encode(), "POST")
    request = urllib.request.Request(f"http://127.0.0.1:{told.port}{path}", data, headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_LIMIT) as reply:
            return reply.status, _object(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _object(error.read())


def _object(body: bytes) -> Json | None:
    with suppress(ValueError):
        found = json.loads(body)
        if isinstance(found, dict):
            return cast("Json", found)
    return None


def _understood(told: state.AttachState, status: int, body: Json | None) -> Json | Outcome:
    if status == 200 and body is not None:
        return body
    if body is None or "error" not in body:
        return Outcome(wording.FAILED, REFUSED) if status == 500 else Outcome(wording.not_ours(told.port), DOWN)
    lines = [wording.plain(str(body["error"]), 500)]
    if (candidates := body.get("candidates")) is not None:
        lines += (f"  {_named(one)}" for one in candidates[:_LISTED])
        lines += [f"  {wording.more(len(candidates) - _LISTED)}"] if len(candidates) > _LISTED else []
    return Outcome("\n".join(lines), REFUSED if candidates is None else UNCLEAR)
