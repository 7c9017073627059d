"""What rows hold: what was written is read again, by this version and by its neighbours."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from store_samples import TRANSCRIPT, WORKER, Clock, a_call, a_prompt, a_session, a_steer, claim_all, hold_worker, keys

from antiphon.core import requests as asks
from antiphon.core.blocks import (
    AskBlock,
    End,
    FileBlock,
    FileChange,
    NoteBlock,
    Option,
    Question,
    SteerBlock,
    TakenBack,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
    Usage,
)
from antiphon.core.coordination import requests as trees
from antiphon.core.coordination.worktrees import Worktree, WorktreeState
from antiphon.core.records import InboxContent, InboxEntry, OutboxContent, Tail, TurnBegun, UnknownBlock, Withdrawal
from antiphon.core.requests import Reply, Request, RequestFailed
from antiphon.core.rules import OfferedRule, StandingRule
from antiphon.core.values import (
    Answer,
    Asker,
    Attachments,
    Change,
    ClaudeSessionId,
    File,
    Interrupt,
    MessageId,
    PersonId,
    Prompt,
    SessionId,
    Steer,
    ToolUseId,
    TurnId,
)
from antiphon.store import Store, open_store
from antiphon.store.encoding import _REQUESTS as ENCODED
from antiphon.store.encoding import (
    inbox_body,
    inbox_content,
    outbox_body,
    outbox_content,
    reply_body,
    reply_to,
    request_body,
    request_of,
    stored_tail,
)

PROMPT = Prompt(
    TurnId("t"),
    "look at this \ud83e",  # half a character, as Discord may send it
    Asker("änn", PersonId(1 << 62)),
    MessageId(1 << 61),
    attachments=Attachments((File("a.png", "/files/a.png", 9),), ("big.zip was not passed on",)),
    may_answer=True,
    own="this",
    late="Sent 2 h ago.",
    edited=5.5,
    revised=True,
)
CONTENTS: list[InboxContent] = [
    PROMPT,
    Steer(PROMPT, now=True),
    Steer(PROMPT),
    Interrupt("ann"),
    Interrupt("ann", turn=TurnId("t")),
    Answer(ToolUseId("one"), allowed=False, by="ann", words="no", person=PersonId(7)),
    Answer(ToolUseId("one"), allowed=True, by="ann", rule=0, question=1, mode="plan", answers=("a", "b")),
    Change(MessageId(3), PROMPT),
    Change(MessageId(3), None),
]


@pytest.mark.parametrize("content", CONTENTS)
def test_what_was_written_is_read_again_also_with_fields_of_a_newer_version(content: InboxContent):
    kind, body = inbox_body(content)
    body = {**json.loads(json.dumps(body)), "new": {"to": "us"}}
    read = inbox_content(kind, body, 0)
    assert read == content
    assert inbox_body(read)[1] == {key: value for key, value in body.items() if key != "new"}


@pytest.mark.parametrize("content", CONTENTS)
def test_the_number_of_the_row_comes_from_the_row(content: InboxContent):
    kind, body = inbox_body(content)
    match inbox_content(kind, body, 9):
        case Prompt(inbox=n) | Steer(Prompt(inbox=n)) | Interrupt(inbox=n) | Answer(inbox=n) | Change(inbox=n):
            assert n == 9


FLAT = {"turn": "t", "text": "hello", "author": "ann", "asker": 7, "message": 3, "now": True, "edited": 2.0}
FILES = {"files": [{"name": "a", "path": "/a", "size": 1}], "notes": ["b was left out"]}
SAID = Prompt(TurnId("t"), "hello", Asker("ann", PersonId(7)), MessageId(3), 9, edited=2.0)


def test_what_earlier_versions_wrote_is_read():
    assert inbox_content("turn", FLAT, 9) == SAID
    assert inbox_content("steer", FLAT, 9) == Steer(SAID, now=True)
    with_files = replace(SAID, attachments=Attachments((File("a", "/a", 1),), ("b was left out",)))
    assert inbox_content("turn", {**FLAT, **FILES}, 9) == with_files
    assert inbox_content("change", {"message": 3, "prompt": FLAT}, 9) == Change(MessageId(3), SAID, 9)
    assert inbox_content("change", {"message": 3}, 9) == Change(MessageId(3), None, 9)
    assert inbox_content("stop", {"by": "ann"}, 9) == Interrupt("ann", 9)
    answered = {"request": "one", "allowed": True, "by": "ann", "person": 7, "rule": 1}
    assert inbox_content("answer", answered, 9) == Answer(
        ToolUseId("one"), allowed=True, by="ann", inbox=9, rule=1, person=PersonId(7)
    )


QUESTION = Question("Which?", "Pick", (Option("a", "the first"), Option("b")), several=True)
DATE = OfferedRule("“date”", ("Bash(date)",), "project")
EDITS = OfferedRule("all edits", ("Mode(acceptEdits)",), "of a scope that only a newer version knows")
OUTBOX: list[OutboxContent] = [
    TurnBegun(MessageId(3), 1.5, PersonId(7), TurnId("u")),
    TurnBegun(None, 1.5),
    TextBlock("so it is \ud83e", settled=True),
    ThinkingBlock("hm", settled=True),
    ToolBlock(
        ToolUseId("x"), "Edit", "a.py", 1.0, "ok", 2.0, "done", ToolUseId("p"), "in full", FileChange("a.py", 1, 2, "+")
    ),
    AskBlock(ToolUseId("x"), "Bash", "date", 1.0, rules=(DATE,), allowed_by=(PersonId(7),), given_by=("ann",)),
    AskBlock(ToolUseId("x"), "Bash", "date", 1.0, outcome="allowed", rules=(DATE, EDITS), rule=1),
    TakenBack(ToolUseId("x"), "ann"),
    AskBlock(ToolUseId("x"), "Ask", "?", 1.0, outcome="allowed", by="ann", questions=(QUESTION,), chosen=("a",)),
    FileBlock((File("a.png", "/a.png", 9),), "a picture"),
    SteerBlock(TurnId("t"), MessageId(3), "and this", "ann"),
    NoteBlock("a note"),
    End("failed", 2.0, "no", Usage(0.5, 1, 2, 3, 4), 5),
    End("done", 2.0, usage=Usage(0.5, billed=False)),
    ToolBlock(ToolUseId("x"), "Bash", "sleep 9", 1.0, "cut", 2.0),
]


@pytest.mark.parametrize("content", OUTBOX)
def test_what_a_turn_has_said_is_read_again_also_with_fields_of_a_newer_version(content: OutboxContent):
    kind, body = outbox_body(content)
    assert outbox_content(kind, {**json.loads(json.dumps(body)), "new": [1]}) == content


@pytest.mark.parametrize(
    "body",
    [
        {"v": 3, "block": "dream", "text": "of sheep"},
        {"v": 3, "block": "text", "words": "named anew"},
        {"v": 3, "block": "tool", "id": "x", "name": "Bash", "subject": "date", "started": 1.0, "state": "dreaming"},
    ],
)
def test_a_block_that_only_a_newer_version_can_read_is_an_unknown_one(body: dict[str, Any]):
    assert outbox_content("block", body) == UnknownBlock()
    tail = stored_tail({"from": 1, "blocks": [body, {"block": "text", "text": "live"}]})
    assert tail == Tail(1, (UnknownBlock(), TextBlock("live")))


TREE = Worktree(Path("/p/.claude/worktrees/é"), Path("/p"), "antiphon/é", "main", "a1")
REQUESTS: list[tuple[Request[Any], Reply]] = [
    (asks.ListSkills(), asks.SkillList((asks.Skill("review", "Reviews", "[file]", "user"),))),
    (asks.ReadDiff(), asks.DiffText("+ é", 1, 1, 0, ("new",), cut=True)),
    (asks.ListSessions(9), asks.SessionList((asks.SessionInfo(ClaudeSessionId("c"), "a title", "hello", 5.5),))),
    (
        asks.DescribeSession("c"),
        asks.SessionInfo(ClaudeSessionId("c"), "", "", 5.5, "main", "/p", "terminal", True, "x"),
    ),
    (asks.ForkSession("c", TurnId("t")), asks.ForkedSession(ClaudeSessionId("d"))),
    (asks.ReadTranscript("c", 3), asks.TranscriptTail((asks.TranscriptMessage("user", "hi", "2026"),), 7)),
    (asks.AskAside("c1", "Which *one*?", "opus"), asks.SideAnswer("This one 🦑", 0.25)),
    (asks.ReadContext(), asks.ContextUsage(1, 2, 50.5, "opus", (asks.ContextPart("Messages", 1),), ("/CLAUDE.md",))),
    (asks.Choose({"model": "opus", "effort": None}), asks.ChoicesMade(at_once=False)),
    (asks.SwitchConversation(ClaudeSessionId("d"), begun=True), asks.ConversationSwitched(ClaudeSessionId("c"))),
    (asks.Rewind(TurnId("t"), files=True, dry=True), asks.Rewound(("a.py",), 1, 2, 3, done=True)),
    (asks.InterruptFor(TurnId("t")), asks.StepInterrupted(stopped=True)),
    (asks.StopJobs(), asks.JobsStopped(("npm run dev",))),
    (
        asks.ListRules(("Read(//a/**)",)),
        asks.RuleList((StandingRule("Read(//a/**)", "reading in /a", "session"),), (), ".claude/x", 1, 2, 3, ("y",)),
    ),
    (asks.RemoveRules("project", ("Bash(date)",), awaited=True), asks.RulesChanged(("Bash(date)",))),
    (asks.AddRules(("Bash(date)",)), asks.RulesChanged(("Bash(date)",))),
    (asks.ChangeRules(("Bash(date)",), ("Bash(ls)",)), asks.ChoicesMade(at_once=True)),
    (
        asks.TakeBackAnswer(TurnId("t"), ToolUseId("x"), "ann", ("Bash(date)",), done=False),
        asks.ChoicesMade(at_once=False),
    ),
    (asks.TakeOver(), asks.SessionTaken()),
    (asks.LeaveOut(out=True, told=True), asks.SessionLeftOut(changed=True)),
    (trees.ReadWorktrees((TREE,)), trees.WorktreesRead((WorktreeState("a1", ("x é",), ("a1 Add",)), None), True)),
    (
        trees.ChangeWorktree(SessionId("s"), "merge"),
        trees.WorktreeChanged(TREE, 2, ("a.txt",), "https://x/1", ("a note",)),
    ),
    (trees.RenewProcess(), trees.ProcessRenewed()),
]


@pytest.mark.parametrize(("request_", "reply"), REQUESTS)
def test_a_request_and_its_reply_are_read_again_also_with_fields_of_a_newer_version(
    request_: Request[Any], reply: Reply
):
    name, body = request_body(request_)
    assert request_of(name, {**json.loads(json.dumps(body)), "new": 1}) == request_
    told = json.loads(json.dumps(reply_body(reply)))
    assert reply_to(request_, {**told, "new": 1}) == reply
    assert reply_to(request_, reply_body(RequestFailed("no"))) == RequestFailed("no")


def test_every_request_there_is_has_a_name_and_the_reply_of_its_type():
    for request, reply in ENCODED.values():
        assert [get_args(base) for base in vars(request)["__orig_bases__"]] == [(reply,)]
    assert {request.__name__ for request, _ in ENCODED.values()} == {one.__name__ for one in Request.__subclasses__()}
    assert [(request, reply) for request, reply in ENCODED.values()] == [(type(a), type(b)) for a, b in REQUESTS]


OLD = {"block": "ask", "id": "x", "name": "Bash", "subject": "date", "asked": 1.0, "kind": "permission"}


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ("Bash(date), in this project", OfferedRule("Bash(date)", ("Bash(date)",), "project")),
        ("Bash(a, b), in this session", OfferedRule("Bash(a, b)", ("Bash(a, b)",), "session")),
        ("WebFetch, in all projects", OfferedRule("WebFetch", ("WebFetch",), "user")),
        (
            "mcp__x-y__z, in this project, for everybody who has it",
            OfferedRule("mcp__x-y__z", ("mcp__x-y__z",), "shared"),
        ),
        ("files in /tmp/a, in this session", OfferedRule("files in /tmp/a", ("Directory(/tmp/a)",), "session")),
        ("files in /tmp/a, /b, in this session", OfferedRule("files in /tmp/a, /b", (), "session")),
        ("all edits of files, in this session", OfferedRule("all edits of files", ("Mode(acceptEdits)",), "session")),
        ("Bash(a), Bash(b), in this project", OfferedRule("Bash(a), Bash(b)", (), "project")),
        ("something else", OfferedRule("something else", (), "")),
    ],
)
def test_a_rule_that_an_earlier_version_had_as_a_string_is_a_value(told: str, rule: OfferedRule):
    block = outbox_content("block", {**OLD, "rules": ["Bash(ls), in this project", told]})
    assert isinstance(block, AskBlock)
    assert (block.rules[1], block.rule) == (rule, None)
    block = outbox_content("block", {**OLD, "rules": [told], "outcome": "allowed", "words": told})
    assert isinstance(block, AskBlock)
    assert (block.always, block.words) == (rule, "")
    block = outbox_content("block", {**OLD, "rules": [told], "outcome": "denied", "words": told})
    assert isinstance(block, AskBlock)
    assert (block.always, block.words) == (None, told)


def test_a_rule_of_a_newer_version_that_cannot_be_read_hides_its_request_alone():
    assert outbox_content("block", {**OLD, "rules": [7]}) == UnknownBlock()
    block = outbox_content("block", {**OLD, "rules": [{"label": "x", "until": "tomorrow"}]})
    assert isinstance(block, AskBlock)
    assert block.rules == (OfferedRule("x"),)


async def test_rows_of_a_kind_that_a_newer_version_knows_are_left_alone(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        worker = await hold_worker(store)
        await store.accept(InboxEntry("new 1", WORKER, a_session(), Interrupt("ann")))
        await store.accept(InboxEntry("new 2", WORKER, a_session(), Interrupt("ann")))
        await store.accept(a_call(1))
        await claim_all(store, worker)
    with closing(sqlite3.connect(file)) as other, other:
        change = "update inbox set kind = 'dream', state = ?, body = '{\"v\": 7}' where key = ?"
        other.execute(change, ("queued", "new 1"))
        other.execute(change, ("running", "new 2"))
    async with open_store(file, clock) as store:
        worker = await hold_worker(store, "b", TRANSCRIPT)
        await store.accept(a_call(2))
        assert keys(await claim_all(store, worker)) == ["message:1"]
        assert await store.withdraw("message:2", Withdrawal("removed", "Ada"))
    with closing(sqlite3.connect(file)) as other:
        left = other.execute("select key, state from inbox where kind = 'dream' order by n").fetchall()
    assert left == [("new 1", "queued"), ("new 2", "running")]


async def test_a_prompt_that_reads_differently_is_taken_up_when_it_would_have_been(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [turn] = await claim_all(store, worker)
    await store.accept(replace(a_steer(2), content=Steer(a_prompt(2), now=True)))
    assert await store.revise("message:2", a_prompt(2, "other words"))
    [steer] = await claim_all(store, worker, [turn.n])
    assert steer.content == Steer(replace(a_prompt(2, "other words"), inbox=steer.n), now=True)
