"""A button's meaning is in its custom_id, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_samples import TURN

from antiphon.chat.render.custom_ids import (
    AddRule,
    AfterLimit,
    Always,
    Control,
    Go,
    LetWrite,
    LoseWorktree,
    OnOffer,
    OnProject,
    OnQuestion,
    OnRequest,
    OnSchedule,
    OnTurn,
    OnWorktree,
    Pick,
    PickProject,
    Queued,
    RewindTo,
    Rules,
    Sync,
    TryOut,
    Undo,
    control_id,
    parse,
)
from antiphon.core.values import MessageId, ToolUseId, TurnId, turn_of

REQUEST = ToolUseId("toolu_01A2b3C4d5E6f7G8h9J0k1L2")
CONTROLS: list[Control] = [
    *(OnTurn(what, TURN) for what in ("stop", "details", "continue", "rerun", "again", "now", "later", "stay")),
    *(AfterLimit(what) for what in ("on", "off")),
    *(Queued(n, what) for n in (0, 7, 10**17) for what in ("edit", "edited", "remove", "now", "pick", "run")),
    *(RewindTo(TURN, what) for what in ("files", "both", "conversation")),
    *(OnRequest(what, TURN, REQUEST) for what in ("allow", "deny", "words", "keep", "decline", "say")),
    *(Always(TURN, REQUEST, rule) for rule in (0, 1)),
    Undo(TURN, REQUEST),
    *(Sync(what, 7, "all", "my.site") for what in ("pick", "all")),
    *(Rules(what, n) for what in ("page", "remove") for n in (0, 7)),
    *(OnSchedule("edited", id_) for id_ in ("0", "x" * 60, "config.nightly-2", str(TURN))),
    *(OnSchedule(what, "0") for what in ("resume", "pause", "run", "remove", "edit", "made", "pick")),
    *(OnWorktree(what, n) for what in ("pick", "merge", "publish", "remove") for n in (0, 10**18)),
    LetWrite(TURN, REQUEST),
    PickProject(10**19),
    *(OnProject(what, "web-2.0", 7) for what in ("changed", "removed")),
    OnProject("added", "0", 0),
    OnOffer(12, "let_in"),
    TryOut("example"),
    LoseWorktree(10**18, "0a1b2c3d4e5f-2"),
    *(AddRule(key, n) for key in ("1", "9" * 20) for n in (0, 7)),
    *(Go(TURN, REQUEST, mode) for mode in ("acceptEdits", "default")),
    *(Pick(TURN, REQUEST, question, option) for question in range(4) for option in range(4)),
    *(OnQuestion(what, TURN, REQUEST, n) for what in ("choose", "other", "reply") for n in range(4)),
]
# Ids that an earlier version has posted: they mean the same for ever.
POSTED: dict[str, Control] = {
    "a1:stop:t": OnTurn("stop", TurnId("t")),
    "a1:details:t": OnTurn("details", TurnId("t")),
    "a1:allow:t:x": OnRequest("allow", TurnId("t"), ToolUseId("x")),
    "a1:deny:t:x": OnRequest("deny", TurnId("t"), ToolUseId("x")),
    "a1:always:t:x:1": Always(TurnId("t"), ToolUseId("x"), 1),
    "a1:words:t:x": OnRequest("words", TurnId("t"), ToolUseId("x")),
    "a1:say:t:x": OnRequest("say", TurnId("t"), ToolUseId("x")),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_comes_back_from_its_id(control: Control) -> None:
    id_ = control_id(control)
    assert id_ is not None
    assert len(id_) <= 100
    assert parse(id_) == control


def test_each_control_has_an_id_of_its_own() -> None:
    more = [OnTurn("stop", turn_of(MessageId(5))), OnRequest("allow", TURN, ToolUseId("t"))]
    ids = {control_id(control) for control in [*CONTROLS, *more]}
    assert len(ids) == len(CONTROLS) + 2


@pytest.mark.parametrize("custom_id", POSTED)
def test_what_was_posted_once_keeps_its_meaning(custom_id: str) -> None:
    assert parse(custom_id) == POSTED[custom_id]
    assert control_id(POSTED[custom_id]) == custom_id


@given(st.text(), st.text())
def test_an_id_that_is_given_always_comes_back_the_same_whatever_its_parts_say(turn: str, request_id: str) -> None:
    ids = TurnId(turn), ToolUseId(request_id)
    for control in (
        OnTurn("stop", ids[0]),
        OnRequest("allow", *ids),
        Always(*ids, 0),
        Undo(*ids),
        Go(*ids, "default"),
        Pick(*ids, 3, 3),
    ):
        id_ = control_id(control)
        assert id_ is None or (len(id_) <= 100 and parse(id_) == control)


PARTS = st.sampled_from(
    ["a1", "stop", "queued", "rewind", "go", "pick", "edit", "both", "t", "x", "0", "1", "01", "-1", "٣", ""]
)


@given(st.lists(PARTS, max_size=6).map(":".join) | st.text(alphabet="a1:stopdeilwny_-\n\0é", max_size=120))
def test_whatever_is_parsed_was_made_by_us(custom_id: str) -> None:
    control = parse(custom_id)
    assert control is None or control_id(control) == custom_id


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "stop:t",
        "a2:stop:t",
        "a1:stop",
        "a1:stop:",
        "a1:stop:t:x",
        "a1:stop:t\n",
        " a1:stop:t",
        "a1:allow:t",
        "a1:allow:t:",
        "a1:allow::x",
        "a1:allow:t:x:y",
        "a1:grant:t:x",
        f"a1:stop:{'t' * 41}",
        f"a1:deny:t:{'x' * 49}",
        "a1:stop:é",
        "a1:always:t:x:10",
        "a1:always:t:x:٣",
        "a1:undo:t",
        "a1:rules:page:-1",
        "a1:addrule::0",
        "a1:addrule:x:0",
        "a1:queued:01:edit",
        "a1:queued:-1:edit",
        "a1:queued:1:both",
        "a1:rewind:t:edit",
        "a1:go:t:x:bypassPermissions",
        "a1:go:t:x:plan",
        "a1:pick:t:x:0",
        "a1:pick:t:x:0:12",
        f"a1:pick:{'t' * 40}:{'x' * 48}:0:00",
    ],
)
def test_strangers_ids_mean_nothing(custom_id: str) -> None:
    assert parse(custom_id) is None
