"""What happens in one round: who writes what, when and where, and what goes wrong meanwhile. A pure function of the
seed."""

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Json = dict[str, Any]

AuditKind = Literal["kill bridge", "freeze bridge", "kill claude", "discord", "gateway"]

_LONGEST_PAUSE = 5.0  # seconds between two messages of a thread
_SHORTEST_FAULT_PAUSE, _LONGEST_FAULT_PAUSE = 0.5, 4.0
_REPEATED = ("sleep 1", "tools 3", "bash: echo chaos")  # what some prompts have done before the answer
# Routes that a bot meets here, and how they fail: before or after the effect, with an answer or without one.
_ROUTES = (
    "POST /channels/*/messages",
    "PATCH /channels/*/messages/*",
    "PUT /channels/*/messages/*/reactions/**",
    "POST /channels/*/messages/*/threads",
    "GET /channels/*/messages",
    "GET /**",
    "* /**",
)
_OUTAGE = (2.0, 8.0)  # seconds


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `number` is its own in the whole round, `pause` the seconds since the last one of its thread."""

    number: int
    thread: int
    author: int
    pause: float
    text: str
    words: tuple[str, ...]  # what the answer must be, each word unique in the round


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, `pause` seconds after the last one. `seconds`: how long it lasts, or until the bridge
    is started again. `details`: as `POST /standin/faults` takes them."""

    deed: AuditKind
    pause: float
    seconds: float
    details: Json
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One round."""

    seed: int
    messages: tuple[Message, ...]
    faults: tuple[Fault, ...]
    while_working: str

    def threads(self) -> list[list[Message]]:
        """The messages of each thread, in order."""
        found: dict[int, list[Message]] = {}
        for one in self.messages:
            found.setdefault(one.thread, []).append(one)
        return list(found.values())


def make(seed: int, messages: int, threads: int, faults: int, people: int) -> Plan:
    """The round of a seed: the same for the same arguments."""
    dice = Random(seed)
    said = tuple(
        _message(dice, n, n % threads if n < threads else dice.randrange(threads), people) for n in range(messages)
    )
    return Plan(seed, said, tuple(_fault(dice) for _ in range(faults)), dice.choice(("steer", "queue")))


def _message(dice: Random, number: int, thread: int, people: int) -> Message:
    length = dice.choice((1, 5, 40, 200))  # words; a message holds 2,000 characters
    words = tuple(f"w{number}x{n};" for n in range(length))
    before = f"{dice.choice(_REPEATED)}\n" if dice.random() < 0.4 else ""
    text = f"{before}say: {' '.join(words)}"
    return Message(number, thread, dice.randrange(people), dice.uniform(0, _LONGEST_PAUSE), text, words)


def _fault(dice: Random) -> Fault:
    pause = dice.uniform(_SHORTEST_FAULT_PAUSE, _LONGEST_FAULT_PAUSE)
    match dice.choices(
        ("kill", "freeze", "claude", "answer", "outage", "drop", "twist", "silent"), (3, 2, 2, 6, 1, 3, 2, 1)
    )[0]:
        case "kill":
            return Fault("kill bridge", pause, dice.uniform(0, 2), {}, "SIGKILL of the bridge")
        case "freeze":
            return Fault("freeze bridge", pause, dice.uniform(0.5, 5), {}, "SIGSTOP, later SIGCONT")
        case "claude":
            return Fault("kill claude", pause, 0, {}, "SIGKILL of a Claude Code")
        case "outage":
            details: Json = {"match": "* /**", "drop": True, "times": 1_000_000}
            return Fault("discord", pause, dice.uniform(*_OUTAGE), details, "Discord is away")
        case "drop":
            whole = dice.random() < 0.5
            name = "gateway drop, to be resumed" if whole else "gateway drop, session lost"
            return Fault("gateway", pause, 0, {"drop_gateway": True, "resumable": whole}, name)
        case "silent":
            return Fault("gateway", pause, dice.uniform(1, 5), {"silent_gateway": True}, "gateway without heartbeats")
        case "twist":
            kind = dice.choice(("double", "swap"))
            return Fault(
                "gateway", pause, 0, {"twist_gateway": kind, "times": dice.randint(1, 4)}, f"dispatches: {kind}"
            )
        case _:
            return _answer(dice, pause)


def _answer(dice: Random, pause: float) -> Fault:
    details: Json = {"match": dice.choice(_ROUTES), "times": dice.randint(1, 4), "after_effect": dice.random() < 0.4}
    status = dice.choice((429, 500, 502, 503, None, "slow"))
    match status:
        case None:
            return Fault("discord", pause, 0, {**details, "drop": True}, "no answer" + _when(details))
        case "slow":
            details = {"match": details["match"], "times": details["times"], "latency_ms": dice.randint(200, 4000)}
            return Fault("discord", pause, 0, details, "slow answers")
        case 429:
            wait = dice.choice((0.3, 1.0, 3.0))
            details |= {"after_effect": False, "headers": {"Retry-After": str(wait)}}
            body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
            return Fault("discord", pause, 0, {**details, "status": 429, "body": body}, "429")
        case _:
            return Fault("discord", pause, 0, {**details, "status": status}, str(status) + _when(details))


def _when(details: Json) -> str:
    return " after the effect" if details["after_effect"] else ""
