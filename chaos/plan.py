"""What happens in one round: who writes what, when and where, what people do with it, which requests they answer how,
and what goes wrong meanwhile. A pure function of the seed."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Json = dict[str, Any]

FaultKind = Literal["kill bridge", "freeze bridge", "kill claude", "discord", "gateway", "permission", "kick"]
ActKind = Literal["edit", "delete", "react", "stop"]

_LONGEST_PAUSE = 5.0  # seconds between two messages of a thread
_LONGEST_THOUGHT = 4.0  # seconds until somebody answers a request, or does something with a message
_SHORTEST_FAULT_PAUSE, _LONGEST_FAULT_PAUSE = 0.5, 4.0
_REPEATED = ("sleep 1", "tools 3", "bash: echo chaos")  # what some prompts have done before the answer
ASKS = "bash: perl -e 1"  # what nobody has allowed: people are asked
# Files of the project that somebody means harm with, by what they are.
PIPES = (".claude/commands/pipe.md", ".claude/skills/pipe/SKILL.md", "notes/pipe.txt")
LINKS = (".claude/commands/credentials.md", ".claude/skills/outside", "notes/passwd.txt")
FILES = ("notes/a\nb.txt", "notes/\u202egpj.exe", "notes/\x07bell.txt", "notes/" + "\u00e9" * 120, "notes/-rf")
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
_GONE = (1.0, 6.0)  # seconds without a permission, or without the bot
_PERMISSIONS = (
    ("add reactions", 1 << 6),
    ("view channel", 1 << 10),
    ("send messages", 1 << 11),
    ("attach files", 1 << 15),
    ("read message history", 1 << 16),
    ("create public threads", 1 << 35),
    ("send messages in threads", 1 << 38),
)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does `after` so many seconds with a message that was written, or in its thread."""

    kind: ActKind
    after: float
    person: int


@dataclass(frozen=True, slots=True)
class Press:
    """How a request is answered, `after` so many seconds."""

    button: Literal["allow", "deny"]
    after: float
    person: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `number` is its own in the whole round, `pause` the seconds since the last one of its thread."""

    number: int
    thread: int
    author: int
    pause: float
    text: str
    words: tuple[str, ...]  # what the answer must be, each word unique in the round
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, `pause` seconds after the last one. `seconds`: how long it lasts, or until the bridge
    is started again. `details`: as `POST /standin/faults` takes them."""

    deed: FaultKind
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
    presses: tuple[Press, ...] = ()  # the first request, the second …, and from the beginning

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
        _message(dice, n, n % threads if n < threads else dice.randrange(threads), people, opens=n < threads)
        for n in range(messages)
    )
    harm = tuple(_fault(dice) for _ in range(faults))
    presses = tuple(
        Press("allow" if dice.random() < 0.7 else "deny", dice.uniform(0, _LONGEST_THOUGHT), dice.randrange(people))
        for _ in range(16)
    )
    return Plan(seed, said, harm, dice.choice(("steer", "queue")), presses)


def _message(dice: Random, number: int, thread: int, people: int, *, opens: bool) -> Message:
    length = dice.choice((1, 5, 40, 200))  # words; a message holds 2,000 characters
    words = tuple(f"w{number}x{n};" for n in range(length))
    chance = dice.random()
    if chance < 0.35:
        before = f"{dice.choice(_REPEATED)}\n"
    elif chance < 0.5:
        before = f"{ASKS}\n"
    elif chance < 0.57:
        paths = {"paths": dice.sample((*PIPES, *LINKS, *FILES), 3)}
        before, words = f"call mcp__antiphon__send_file {json.dumps(paths, ensure_ascii=False)}\n", words[:40]
    else:
        before = ""
    text = f"{before}say: {' '.join(words)}"
    pause, author = dice.uniform(0, _LONGEST_PAUSE), dice.randrange(people)
    return Message(number, thread, author, pause, text, words, _act(dice, author, people, opens=opens))


def _act(dice: Random, author: int, people: int, *, opens: bool) -> Act | None:
    """What opens a thread is not deleted: everybody goes on to write there."""
    after = dice.uniform(0, _LONGEST_THOUGHT)
    match dice.choices(("", "edit", "delete", "react", "stop"), (70, 10, 0 if opens else 7, 6, 7))[0]:
        case "edit" | "delete" as kind:
            return Act(kind, after, author)
        case "react" | "stop" as kind:
            return Act(kind, after, dice.randrange(people))
        case _:
            return None


def _fault(dice: Random) -> Fault:
    pause = dice.uniform(_SHORTEST_FAULT_PAUSE, _LONGEST_FAULT_PAUSE)
    match dice.choices(
        ("kill", "freeze", "claude", "answer", "outage", "drop", "twist", "silent", "refuse", "permission", "kick"),
        (3, 2, 2, 6, 1, 3, 2, 1, 4, 3, 1),
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
        case "refuse":
            code, status = dice.choice(((50035, 400), (200000, 400), (40005, 413), (20009, 403)))
            details = {
                "match": "POST /channels/*/messages",
                "status": status,
                "code": code,
                "times": dice.randint(1, 3),
            }
            return Fault("discord", pause, 0, details, f"posts refused for good ({code})")
        case "permission":
            name, bit = dice.choice(_PERMISSIONS)
            return Fault("permission", pause, dice.uniform(*_GONE), {"deny": str(bit)}, f"permission taken: {name}")
        case "kick":
            return Fault("kick", pause, dice.uniform(*_GONE), {}, "kicked, and invited again")
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
