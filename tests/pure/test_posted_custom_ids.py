"""Ids that stand below messages for ever: each one that a version of the bridge has made means today what it meant
then."""

import pytest

from antiphon.chat.render import custom_ids
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
    Page,
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
from antiphon.core.values import ToolUseId, TurnId

UUID = "5b0f3b0e-6d0c-5a8e-9d3b-a1f2c3d4e5f6"
TOOL = "toolu_01A2b3C4d5E6f7G8h9J0k1L2"
T, R = TurnId(UUID), ToolUseId(TOOL)

# Written out, not made: what is below depends on nothing that may change. Never edit a line, only add some.
EVER: list[tuple[str, Control]] = [
    (f"a1:stop:{UUID}", OnTurn("stop", T)),
    (f"a1:details:{UUID}", OnTurn("details", T)),
    (f"a1:allow:{UUID}:{TOOL}", OnRequest("allow", T, R)),
    (f"a1:deny:{UUID}:{TOOL}", OnRequest("deny", T, R)),
    (f"a1:always:{UUID}:{TOOL}:0", Always(T, R, 0)),
    (f"a1:always:{UUID}:{TOOL}:9", Always(T, R, 9)),
    (f"a1:words:{UUID}:{TOOL}", OnRequest("words", T, R)),
    (f"a1:say:{UUID}:{TOOL}", OnRequest("say", T, R)),
    (f"a1:continue:{UUID}", OnTurn("continue", T)),
    (f"a1:rerun:{UUID}", OnTurn("rerun", T)),
    (f"a1:again:{UUID}", OnTurn("again", T)),
    (f"a1:now:{UUID}", OnTurn("now", T)),
    ("a1:queued:12:edit", Queued(12, "edit")),
    ("a1:queued:12:edited", Queued(12, "edited")),
    ("a1:queued:12:remove", Queued(12, "remove")),
    ("a1:queued:12:now", Queued(12, "now")),
    ("a1:queued:0:pick", Queued(0, "pick")),
    ("a1:queued:12:run", Queued(12, "run")),
    (f"a1:rewind:{UUID}:files", RewindTo(T, "files")),
    (f"a1:rewind:{UUID}:both", RewindTo(T, "both")),
    (f"a1:rewind:{UUID}:conversation", RewindTo(T, "conversation")),
    ("a1:page:2:terminal:week:site", Page(2, "terminal", "week", "site")),
    ("a1:sync:pick:7:all:site", Sync("pick", 7, "all", "site")),
    ("a1:sync:all:365:terminal:my.site", Sync("all", 365, "terminal", "my.site")),
    (f"a1:keep:{UUID}:{TOOL}", OnRequest("keep", T, R)),
    (f"a1:decline:{UUID}:{TOOL}", OnRequest("decline", T, R)),
    (f"a1:go:{UUID}:{TOOL}:acceptEdits", Go(T, R, "acceptEdits")),
    (f"a1:go:{UUID}:{TOOL}:default", Go(T, R, "default")),
    (f"a1:pick:{UUID}:{TOOL}:1:3", Pick(T, R, 1, 3)),
    (f"a1:choose:{UUID}:{TOOL}:1", OnQuestion("choose", T, R, 1)),
    (f"a1:other:{UUID}:{TOOL}:1", OnQuestion("other", T, R, 1)),
    (f"a1:reply:{UUID}:{TOOL}:1", OnQuestion("reply", T, R, 1)),
    (f"a1:undo:{UUID}:{TOOL}", Undo(T, R)),
    ("a1:rules:page:2", Rules("page", 2)),
    ("a1:rules:remove:0", Rules("remove", 0)),
    ("a1:addrule:1576821507512860672:1", AddRule("1576821507512860672", 1)),
    ("a1:schedule:resume:5b0f3b0e-6d0c-5a8e", OnSchedule("resume", "5b0f3b0e-6d0c-5a8e")),
    ("a1:schedule:made:new_thread", OnSchedule("made", "new_thread")),
    ("a1:projects:added:0:0", OnProject("added", "0", 0)),
    ("a1:projects:changed:web:3", OnProject("changed", "web", 3)),
    ("a1:projects:removed:web:3", OnProject("removed", "web", 3)),
    ("a1:schedule:pick:0", OnSchedule("pick", "0")),
    (f"a1:later:{UUID}", OnTurn("later", T)),
    (f"a1:stay:{UUID}", OnTurn("stay", T)),
    ("a1:limit:off", AfterLimit("off")),
    ("a1:limit:on", AfterLimit("on")),
    ("a1:tree:merge:1576821507512860672", OnWorktree("merge", 1576821507512860672)),
    (f"a1:letwrite:{UUID}:{TOOL}", LetWrite(T, R)),
    ("a1:project:1443300000000000001", PickProject(1443300000000000001)),
    ("a1:offer:12:let_in", OnOffer(12, "let_in")),
    ("a1:offer:12:always", OnOffer(12, "always")),
    ("a1:offer:12:declined", OnOffer(12, "declined")),
    ("a1:try:example", TryOut("example")),
    ("a1:tree:list:0", OnWorktree("list", 0)),
    ("a1:losetree:1576821507512860672:0a1b2c3d4e5f-2", LoseWorktree(1576821507512860672, "0a1b2c3d4e5f-2")),
]


@pytest.mark.parametrize(("custom_id", "control"), EVER, ids=lambda value: str(value)[:24])
def test_an_id_means_what_it_always_meant(custom_id: str, control: Control) -> None:
    assert parse(custom_id) == control
    assert control_id(control) == custom_id


def test_every_kind_of_control_is_written_down_here() -> None:
    kinds = {
        name
        for name, value in vars(custom_ids).items()
        if isinstance(value, type) and value.__module__ == custom_ids.__name__
    }
    assert kinds == {type(control).__name__ for _, control in EVER}
