"""What the scripted model answers: a pure function of the request.

Nothing is remembered between requests, so a session that is resumed, by another CLI and against another instance,
goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from antiphon.standin.model.acts import (
    Act,
    Block,
    Call,
    Calls,
    Fault,
    Json,
    Listen,
    Rate,
    Reply,
    Result,
    Slow,
    StopReason,
    Text,
    Thinking,
)
from antiphon.standin.model.reading import Reading, Round, is_notification, read
from antiphon.standin.model.scene import Play, Scene
from antiphon.standin.model.scripts import remembered, triggers
from antiphon.standin.model.texts import stream_text
from antiphon.standin.model.tour import TOUR

_LOADER = "ToolSearch"
# How the CLI asks for the summary that a compaction leaves.
COMPACT = "create a detailed summary"
_GO_ON = "Go on where you stopped."  # what a turn is continued with
_CUT_LENGTH = 400  # characters, of which the half is sent


def plan(messages: Sequence[Json], tools: Iterable[str], *, system: object = None, faults_served: int = 0) -> Reply:
    """The answer to a request with these messages and the names of these tools; see `answer`."""
    return answer(read(messages, system), tools, faults_served=faults_served)


def answer(reading: Reading, tools: Iterable[str], *, faults_served: int = 0) -> Reply:
    """The answer to a conversation that has been read.

    `faults_served` is how many requests of this turn a fault has already met: the one thing about a turn that the
    messages do not say, because a failed request leaves nothing in them.
    """
    offered = frozenset(tools)
    scene = Scene(offered | (reading.deferred if _LOADER in offered else frozenset[str]()), reading)
    name, play = _choose(scene)
    return _load_first(_replay(name, play, reading, faults_served), offered, reading.rounds)


def _choose(scene: Scene) -> tuple[str, Play]:
    """The scripts of the turn, one after the other; what came in while it ran follows what it began with."""
    names: list[str] = []
    plays: list[Play] = []
    heard: frozenset[str] | None = None
    for part in scene.reading.parts or ("",):
        found = triggers(part)
        if heard is not None and (not found or part in heard):
            continue  # what runs already answers it
        heard = next((script.hears for script, _ in found if script.hears is not None), heard)
        for name, play in _scripts_of(part, scene):
            names.append(name)
            plays.append(play)
    return "+".join(names), _in_order(plays)


def _scripts_of(prompt: str, scene: Scene) -> Iterator[tuple[str, Play]]:
    if COMPACT in prompt:
        yield "compact", _summary(scene.reading)
    elif is_notification(prompt):
        yield "notification", _texts(_finished(prompt))
    elif prompt.strip() == _GO_ON and (before := _last_order(scene.reading)):
        yield from _scripts_of(before, scene)
    elif found := triggers(prompt):
        yield from ((script.name, script.play(scene, match)) for script, match in found)
    else:
        yield "plain", _plain(prompt)


def _last_order(reading: Reading) -> str:
    """What somebody has asked for last in a sentence of the tour. What trigger lines want would only be done twice."""

    def is_tour(text: str) -> bool:
        found = [script for script, _ in triggers(text)]
        return bool(found) and all(script in TOUR for script in found)

    return next((text for text in reversed(reading.said) if is_tour(text)), "")


def _in_order(plays: Iterable[Play]) -> Play:
    for play in plays:
        yield from play


def _finished(note: str) -> str:
    _, _, result = note.partition("<result>")
    return f"The background task has ended: {result.partition('</result>')[0].strip() or 'without a result'}"


def _texts(text: str) -> Play:
    yield Text(text)


def _plain(prompt: str) -> Play:
    words = " ".join(prompt.split()[:12])
    yield Text(
        f"You wrote “{words}”. I am only a script and have no answer to that. "
        "Try a suggestion, or one of these: `bash: ls`, `edit README.md`, `say: hello`."
    )


def _summary(reading: Reading) -> Play:
    # The trigger lines stay lines, so that `recall` still finds them in the summary.
    words = "".join(f"\nremember {word}" for word in remembered(reading))
    yield Text(
        f"<analysis>\nA scripted conversation of {len(reading.said)} texts.\n</analysis>\n\n<summary>\n"
        f"1. Primary Request and Intent:\n   Scripted prompts.\n\nWords to keep:{words or ' none'}\n</summary>"
    )


@dataclass(slots=True)
class _Draft:
    """The answer to one request while it is being put together."""

    blocks: list[Block] = field(default_factory=list[Block])
    fault: Fault | None = None
    slow: Slow | None = None
    rate: Rate | None = None


def _replay(name: str, play: Play, reading: Reading, faults_served: int) -> Reply:
    """Play a script through the rounds that have happened, and return what it does next."""
    rounds, heard = _without_loading(reading)
    draft, position = _Draft(), 0
    stop: StopReason = "end_turn"
    act = next(play, None)
    while act is not None:
        results: tuple[Result, ...] = ()
        match act:
            case Text() | Thinking():
                draft.blocks.append(act)
            case Listen():
                results = tuple(Result(text, is_error=False) for after, text in heard if after <= position)
                heard = heard[len(results) :]
            case Slow():
                draft.slow = act
            case Rate():
                draft.rate = act
            case Fault(times=times) if times is not None and faults_served >= times:
                faults_served -= times
            case Fault():
                # A fault with rounds behind it is history, also for an instance that has not seen it.
                draft.fault = act if position == len(rounds) else None
                if draft.fault:
                    break
            case Calls(calls) if position == len(rounds):
                draft.blocks += calls
                stop = "tool_use"
                break
            case Calls():
                results, draft = rounds[position].results, _Draft()
                position += 1
        act = _resume(play, results)
    if draft.fault and draft.fault.kind == "cut":
        draft.blocks.append(Text(stream_text(_CUT_LENGTH)))
    blocks = tuple(draft.blocks) or (Text("Done."),)
    return Reply(name, blocks, stop, draft.fault, draft.slow, draft.rate)


def _without_loading(reading: Reading) -> tuple[Sequence[Round], Sequence[tuple[int, str]]]:
    """The rounds of a turn but those that load tools, and what came in meanwhile, after so many of these rounds."""
    loading = [entry.tools == (_LOADER,) for entry in reading.rounds]
    rounds = [entry for entry, is_loading in zip(reading.rounds, loading, strict=True) if not is_loading]
    came_in = zip(reading.after[1:], reading.parts[1:], strict=True)
    return rounds, [(after - sum(loading[:after]), text) for after, text in came_in]


def _resume(play: Play, results: tuple[Result, ...]) -> Act | None:
    try:
        return play.send(results)
    except StopIteration:
        return None


def _load_first(reply: Reply, offered: frozenset[str], rounds: Sequence[Round]) -> Reply:
    """Put a ToolSearch before the call of a tool that the CLI has announced without its schema."""
    wanted = [block.tool for block in reply.blocks if isinstance(block, Call) and block.tool not in offered]
    if not wanted or (rounds and rounds[-1].tools == (_LOADER,)):
        return reply
    call = Call(_LOADER, {"query": f"select:{','.join(dict.fromkeys(wanted))}", "max_results": len(wanted)})
    return Reply(reply.script, (call,), "tool_use", reply.fault)
