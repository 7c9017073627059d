"""Turns to look at: scenes for snapshots, and views folded from random events for the laws that hold for every view."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from antiphon.agent import wording
from antiphon.agent.events.tool_traits import traits_of
from antiphon.core.blocks import (
    AskBlock,
    BudgetBlock,
    EndReason,
    FileBlock,
    FileChange,
    Job,
    NoteBlock,
    Option,
    Question,
    TakenBack,
    ToolBlock,
    Usage,
)
from antiphon.core.events import (
    AgentEvent,
    Delayed,
    JobChanged,
    PermissionProgressed,
    PermissionSettled,
    ReplyStarted,
    SessionStarted,
    TaskChanged,
    TextDelta,
    TextFinished,
    ToolFinished,
    TurnEnded,
)
from antiphon.core.rules import OfferedRule
from antiphon.core.values import ClaudeSessionId, Display, File, MessageId, PersonId, ThinkingStyle, ToolUseId, TurnId
from antiphon.core.view import TurnView, fold

START = 1_700_000_000.0
PROMPT = MessageId(int((START - 1 - 1_420_070_400) * 1000) << 22)
ADA, BEN, OWNER = PersonId(11), PersonId(12), PersonId(99)
OWNERS = frozenset({OWNER, PersonId(100)})
TURN = TurnId("5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6")
FRESH = TurnView(TURN, PROMPT, START, asker=ADA)


def after(*events: AgentEvent, view: TurnView = FRESH, step: float = 1.5) -> TurnView:
    """The view after `events`, `step` seconds apart."""
    for number, event in enumerate(events, 1):
        view = fold(view, event, START + number * step)
    return view


def tool(number: int, name: str, subject: str, detail: str = "") -> ToolBlock:
    return ToolBlock(ToolUseId(f"toolu_{number}"), name, subject, detail=detail, traits=traits_of(name))


def done(number: int, text: str = "ok", *, ok: bool = True, change: FileChange | None = None) -> ToolFinished:
    return ToolFinished(ToolUseId(f"toolu_{number}"), ok, text, change)


SESSION = SessionStarted(ClaudeSessionId("c"), "claude")
SAID = TextFinished("I look at the tests first.")
EDITED = FileChange("src/antiphon/core/view.py", 12, 3, "@@ -1 +1 @@\n-a\n+b")
TEN: Sequence[AgentEvent] = (
    SESSION,
    SAID,
    *(event for n in range(1, 7) for event in (tool(n, "Read", f"src/part_{n}.py"), done(n))),
    tool(7, "Bash", "ls nope", "ls nope"),
    done(7, "Exit code 2\nls: cannot access 'nope': No such file or directory", ok=False),
    tool(8, "Edit", "src/antiphon/core/view.py"),
    done(8, change=EDITED),
    tool(9, "mcp__github__list_issues", "open"),
    done(9, "[]"),
    tool(10, "Bash", "make check 2>&1 | tail -20", "make check 2>&1 | tail -20"),
)
TASKS_AND_JOBS: Sequence[AgentEvent] = (
    SESSION,
    *(TaskChanged(str(n), f"Task number {n}", "completed" if n < 4 else "pending") for n in range(1, 12)),
    TaskChanged("4", None, "in_progress"),
    tool(1, "Agent", "Explore the tests"),
    Job("a", "agent", "Explore the tests"),
    done(1, "runs in the background"),
    ToolBlock(ToolUseId("toolu_2"), "Grep", "def test_", parent=ToolUseId("toolu_1"), traits=traits_of("Grep")),
    JobChanged("a", "Running grep"),
    Job("b", "command", "npm run dev"),
    Job("c", "command", "sleep 1"),
    JobChanged("c", "Exit code 1", "failed"),
)
BASH = traits_of("Bash")
ASKED = AskBlock(
    ToolUseId("toolu_1"), "Bash", "rm -rf build", detail="rm -rf build\necho done",
    reason="This command is not allowed by a rule", traits=BASH,
)  # fmt: skip
WAITING: Sequence[AgentEvent] = (SESSION, SAID, tool(1, "Bash", "rm -rf build"), ASKED)
QUESTIONS = (
    Question("Which database?", "Database", (Option("SQLite", "One file"), Option("PostgreSQL", "A server"))),
    Question("Which *checks*?", "Checks", (Option("Tests"), Option("Types", "Strict")), several=True),
    Question("Which name?"),
)
CALL, SECOND = ToolUseId("toolu_1"), ToolUseId("toolu_2")
QUESTION = AskBlock(CALL, "AskUserQuestion", "Which database?", questions=QUESTIONS, kind="questions")
PLANNED = AskBlock(CALL, "ExitPlanMode", "", detail="# Plan\n\n1. Read\n2. Write\n", kind="plan")
RM = OfferedRule("“rm” commands", ("Bash(rm *)",), "project")
LIB = OfferedRule("access to /lib", ("Directory(/lib)",), "session")
RULED = AskBlock(CALL, "Bash", "rm -rf build", detail="rm -rf build", rules=(RM, LIB), traits=BASH)
DANGER = AskBlock(CALL, "Bash", "rm -rf build", detail="rm -rf build", rules=(RM,), voices=2, traits=BASH)
VOICE = PermissionProgressed(CALL, "Ada", person=ADA)
MONEY = BudgetBlock(ToolUseId("budget-day-100"), "Everybody together has spent $1.02 of $1.00 today", 1.0)
THOUGHT = "First ||I|| look at `x`.\n\nThen I **decide**: " + "words and more words " * 20
ENDS: Sequence[EndReason] = ("done", "failed", "stopped", "timed_out", "limited", "interrupted", "lost")
USAGE = Usage(0.0421, 45_210, 39_800, 1_234, 200_000)
HOSTILE = "``` ` || # x\n> y @everyone <@1> <#2> [a](http://b) **c** ~~d~~ \u202eRTL\u200b\x1b[31mred \\"


def ended(events: Sequence[AgentEvent], reason: EndReason, error: str | None = None) -> TurnView:
    """The turn of `events`, ended some minutes later."""
    view = after(ReplyStarted(68_000), *events)
    return fold(view, TurnEnded(reason, error, USAGE), START + 190)


def scenes() -> dict[str, tuple[tuple[TurnView, float, Display], ...]]:
    """Scene → views, each with the moment at which it is looked at and the display's other settings."""
    soon, card, error = START + 40, Display(), "API Error: 529\n# Overloaded, try `later`"
    styles: tuple[ThinkingStyle, ...] = get_args(ThinkingStyle)
    denied = ToolBlock(
        ToolUseId("toolu_10"), "Bash", "make check", state="denied", text="Not while the release runs.", traits=BASH
    )
    finished = (*TEN, done(10), TextFinished("All is well."))
    settled = [
        PermissionSettled(ToolUseId("toolu_1"), outcome, "ben")
        for outcome in ("allowed", "denied", "withdrawn", "expired")
    ]
    files = FileBlock((File("plot.png", "/x/1/plot.png", 10), File("log.txt", "/x/2/log.txt", 20)), "The **plot**.")
    thoughts = (TextFinished(THOUGHT, thinking=True), TextFinished("So be it."))
    hostile = (
        tool(1, HOSTILE, HOSTILE), done(1, HOSTILE, ok=False), tool(2, "Bash", HOSTILE), NoteBlock(HOSTILE),
        TaskChanged("1", HOSTILE), Job("a", "command", HOSTILE), JobChanged("a", HOSTILE),
        AskBlock(ToolUseId("toolu_2"), "Bash", HOSTILE, detail=HOSTILE, reason=HOSTILE, traits=BASH), Delayed(HOSTILE),
    )  # fmt: skip
    return {
        "began": ((FRESH, START, card), (after(SESSION, TextDelta("Hm", thinking=True)), soon, card)),
        "ten_tools": ((after(*TEN), soon, card), (ended(finished, "done"), START + 200, card)),
        "tasks_and_jobs": ((after(*TASKS_AND_JOBS), soon, card), (ended(TASKS_AND_JOBS, "done"), START + 200, card)),
        "waiting": (
            (after(*WAITING), soon, card),
            (after(*WAITING), START + 400, card),
            (after(*WAITING), START + 700, replace(card, ping="owner")),
            *((after(*WAITING, event), soon, card) for event in settled),
        ),
        "trouble": (
            (after(SESSION, Delayed(wording.api_retry(2, 10, 4.2, 529))), soon, card),
            (after(SESSION, Delayed("Claude Code compacts the conversation")), soon, card),
            (after(SESSION, SAID), START + 90, card),
        ),
        "ends": tuple((ended(finished, reason, error if reason == "failed" else None), 0, card) for reason in ENDS),
        "ends_with_little": (
            (ended((SESSION, SAID), "done"), 0, card),
            (ended((*TEN, denied), "failed", "x"), 0, card),
            (replace(ended((SESSION, SAID), "done"), prompt=None, asker=None), 0, card),
        ),
        "thinking": tuple((after(SESSION, *thoughts), soon, replace(card, thinking=how)) for how in styles),
        "files_and_notes": ((after(SESSION, SAID, files, NoteBlock("Claude Code has compacted.")), soon, card),),
        "hostile": ((after(*hostile), soon, card),),
        "questions": (
            (after(SESSION, QUESTION), soon, card),
            (after(SESSION, QUESTION), START + 400, card),
            (after(SESSION, QUESTION, PermissionProgressed(CALL, "Ada", 1, "Tests, Types", ADA)), soon, card),
            (after(SESSION, QUESTION, PermissionProgressed(CALL, "Ada", 0, "SQLite", ADA),
                   PermissionSettled(CALL, "allowed", "Ben", "Database: SQLite\nChecks: Tests\nWhich name? x")),
             soon, card),
            (after(SESSION, QUESTION, PermissionSettled(CALL, "denied", "Ben", "Decide for yourself.")), soon, card),
            (after(SESSION, QUESTION, PermissionSettled(CALL, "withdrawn")), soon, card),
        ),
        "plan": (
            (after(SESSION, PLANNED), START + 400, card),
            *((after(SESSION, PLANNED, PermissionSettled(CALL, "allowed", "Ada", mode)), soon, card)
              for mode in ("acceptEdits", "default")),
            (after(SESSION, PLANNED, PermissionSettled(CALL, "denied", "Ada", "Smaller steps.")), soon, card),
            (after(SESSION, PLANNED, PermissionSettled(CALL, "withdrawn")), soon, card),
        ),
        "two_voices": (
            (after(SESSION, DANGER), soon, card),
            (after(SESSION, DANGER, VOICE), soon, card),
            (after(SESSION, DANGER, VOICE, PermissionSettled(CALL, "allowed", "Ben")), soon, card),
        ),
        "rules": (
            (after(SESSION, RULED), soon, card),
            (always := after(SESSION, RULED, PermissionSettled(CALL, "allowed", "Ada", rule=0)), soon, card),
            (replace(always, taken_back=(TakenBack(CALL, "Ben"),)), soon, card),
            (after(SESSION, RULED, PermissionSettled(CALL, "allowed", "Ada", rule=1)), soon, card),
        ),
        "budget": (
            (after(MONEY), soon, card),
            *((after(MONEY, PermissionSettled(MONEY.id, outcome, "Ada")), soon, card)
              for outcome in ("allowed", "denied")),
        ),
    }  # fmt: skip


_PIECES = st.sampled_from(
    [
        *(
            "`",
            "```",
            "||",
            "|",
            "*",
            "**",
            "_",
            "__",
            "~~",
            "#",
            "> ",
            "-# ",
            "\n",
            "\r",
            "\\",
            "[a](b)",
            "<@1>",
            "{",
            " ",
        ),
        *("@everyone", "\u202e", "\u200b", "\u200d", "\x1b[1m", "\ud800", "\0", "👨\u200d👧", "é", "a", "word ", "%"),
        *("Exit code 3\n", "TOKEN=abc"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.lists(_PIECES, max_size=15).map("".join),
    st.tuples(_PIECES, st.sampled_from([50, 300, 5000])).map(lambda found: found[0] * found[1]),
)
_IDS = st.integers(0, 3).map(lambda number: ToolUseId(f"toolu_{number}")) | st.just(ToolUseId("odd:id " * 20))
_NAMES = (
    st.sampled_from(["Bash", "ExitPlanMode", "Budget", "Read", "Agent", "TaskCreate", "mcp__a__b", "mcp____"]) | TEXTS
)
_PARENTS = st.none() | _IDS
_CHANGES = st.none() | st.builds(FileChange, TEXTS, st.integers(0, 10**6), st.integers(0, 10**6), TEXTS)
_FILES = st.lists(st.just(File("a.txt", "/a", 1)), max_size=23).map(tuple)
_JOBS = st.sampled_from("abcdefg")
_SCOPES = st.sampled_from(["session", "project", "shared", "user"]) | TEXTS
_TEXTS = st.lists(TEXTS | st.just("Mode(acceptEdits)"), max_size=3).map(tuple)
_RULES = st.lists(st.builds(OfferedRule, TEXTS, _TEXTS, _SCOPES), max_size=2).map(tuple)
_OPTIONS = st.lists(st.builds(Option, TEXTS.filter(str.strip), TEXTS), max_size=4).map(tuple)
_QUESTIONS = st.just(()) | st.lists(st.builds(Question, TEXTS, TEXTS, _OPTIONS, st.booleans()), max_size=4).map(tuple)
EVENTS = st.one_of(
    st.builds(TextDelta, TEXTS),
    st.builds(TextFinished, TEXTS),
    st.builds(TextDelta, TEXTS, thinking=st.just(True)),
    st.builds(TextFinished, TEXTS, thinking=st.just(True)),
    st.builds(ReplyStarted, st.integers(0, 10**7)),
    st.builds(ToolBlock, _IDS, _NAMES, TEXTS, parent=_PARENTS, detail=TEXTS),
    st.builds(ToolFinished, _IDS, st.booleans(), TEXTS, _CHANGES),
    st.builds(ToolBlock, _IDS | st.just(ToolUseId("")), _NAMES, TEXTS, state=st.just("denied"), text=TEXTS),
    st.builds(
        AskBlock,
        _IDS,
        _NAMES,
        TEXTS,
        detail=TEXTS,
        reason=TEXTS,
        by_agent=st.booleans(),
        rules=_RULES,
        questions=_QUESTIONS,
        voices=st.integers(1, 2),
    ),
    st.builds(PermissionProgressed, _IDS, TEXTS, st.integers(0, 3) | st.none(), TEXTS, st.sampled_from([ADA, BEN])),
    st.builds(
        PermissionSettled,
        _IDS,
        st.sampled_from(["allowed", "denied", "withdrawn", "expired"]),
        TEXTS,
        TEXTS,
        st.none() | st.integers(0, 2),
    ),
    st.builds(
        TaskChanged, st.integers(0, 20).map(str), TEXTS, st.sampled_from(["pending", "in_progress", "completed"])
    ),
    st.builds(Job, _JOBS, st.sampled_from(["agent", "command"]), TEXTS),
    st.builds(JobChanged, _JOBS, TEXTS),
    st.builds(JobChanged, _JOBS, TEXTS, st.sampled_from(["ok", "failed", "stopped"])),
    st.builds(FileBlock, _FILES, TEXTS),
    st.builds(Delayed, TEXTS),
    st.builds(NoteBlock, TEXTS),
)
_USAGES = st.builds(Usage, st.none() | st.floats(0, 10**6), *([st.integers(0, 10**9)] * 4))
_LASTS = st.none() | st.builds(TurnEnded, st.sampled_from(ENDS), st.none() | TEXTS, _USAGES)
DISPLAYS = st.builds(
    Display,
    st.sampled_from(["card", "compact", "legacy"]),
    st.sampled_from(["off", "summary", "full"]),
    st.sampled_from(["asker", "owner", "nobody"]),
    st.floats(0, 1000),
    st.floats(0, 1000),
)


@st.composite
def views(draw: st.DrawFn) -> TurnView:
    """A turn as random events left it."""
    asker = draw(st.none() | st.just(ADA))
    view = replace(FRESH, asker=asker, prompt=PROMPT if asker is not None else None)
    now = START
    for event in draw(st.lists(EVENTS, max_size=15)):
        now += draw(st.floats(0, 400))
        view = fold(view, event, now)
    view = replace(view, taken_back=tuple(draw(st.lists(st.builds(TakenBack, _IDS, TEXTS), max_size=2))))
    last = draw(_LASTS)
    return view if last is None else fold(view, last, now + draw(st.floats(0, 10**5)))
