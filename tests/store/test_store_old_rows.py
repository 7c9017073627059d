"""Rows as the version before asks, files and tasks wrote them (literally): the bridge of today goes on with them."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from store_samples import WORKER, Clock, pending, prompt_of

from antiphon.core.blocks import End, NoteBlock, TextBlock, ThinkingBlock, ToolBlock, ToolTraits, Usage
from antiphon.core.records import Room
from antiphon.core.stored_turn import assemble
from antiphon.core.values import Asker, PlaceId, Prompt, ToolUseId, session_at
from antiphon.store import open_store
from antiphon.store.versions import upgrade

# ruff: noqa: E501 - as they stood in the file
_ROWS = r"""
insert into "inbox" VALUES(1,'11','here','1','turn','{"turn": "9739648c-ae15-5269-ae8d-b873272e5327", "text": "hello", "author": "ann", "message": 11}','done',1,1000.0,1000.0);
insert into "inbox" VALUES(2,'21','here','2','turn','{"turn": "41fab2d9-fcc8-5a86-bb6f-d256e658bebd", "text": "hello", "author": "ann", "message": 21}','running',1,1000.0,NULL);
insert into "inbox" VALUES(3,'31','here','3','turn','{"turn": "3c44cf0e-0d17-5fa9-b0c7-25624e671ffb", "text": "hello", "author": "ann", "message": 31}','running',1,1000.0,NULL);
insert into "inbox" VALUES(4,'22','here','2','turn','{"turn": "a6586c43-3781-500d-b9aa-b4b1c6cc624d", "text": "later", "author": "ann", "message": 22}','queued',NULL,1000.0,NULL);
insert into "inbox" VALUES(5,'900','here','2','stop','{"by": "ann"}','queued',NULL,1000.0,NULL);
insert into "lease" VALUES('worker:here','old',1,1000.0,1010.0);
insert into "outbox" VALUES(1,'here','1',0,'9739648c-ae15-5269-ae8d-b873272e5327','begin','{"prompt": 11, "started": 1.0}','todo',1000.0);
insert into "outbox" VALUES(2,'here','1',1,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "thinking", "text": "hm", "settled": true}','todo',1000.0);
insert into "outbox" VALUES(3,'here','1',2,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "text", "text": "I look.", "settled": true}','todo',1000.0);
insert into "outbox" VALUES(4,'here','1',3,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "tool", "id": "t1", "name": "Bash", "subject": "ls", "started": 4.0, "state": "ok", "ended": 5.0, "text": "a\nb", "parent": null}','todo',1000.0);
insert into "outbox" VALUES(5,'here','1',4,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "tool", "id": "t2", "name": "Read", "subject": "x", "started": 6.0, "state": "failed", "ended": 7.0, "text": "no", "parent": "t0"}','todo',1000.0);
insert into "outbox" VALUES(6,'here','1',5,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "tool", "id": "denied-4", "name": "Write", "subject": "y", "started": 8.0, "state": "denied", "ended": 8.0, "text": "not allowed", "parent": null}','todo',1000.0);
insert into "outbox" VALUES(7,'here','1',6,'9739648c-ae15-5269-ae8d-b873272e5327','block','{"block": "note", "text": "a note", "settled": true}','todo',1000.0);
insert into "outbox" VALUES(8,'here','1',7,'9739648c-ae15-5269-ae8d-b873272e5327','end','{"reason": "done", "at": 10.0, "error": null, "usage": {"cost": 0.25, "tokens_in": 100, "tokens_cached": 50, "tokens_out": 7}}','todo',1000.0);
insert into "outbox" VALUES(9,'here','2',0,'41fab2d9-fcc8-5a86-bb6f-d256e658bebd','begin','{"prompt": 21, "started": 1.0}','todo',1000.0);
insert into "outbox" VALUES(10,'here','2',1,'41fab2d9-fcc8-5a86-bb6f-d256e658bebd','block','{"block": "text", "text": "first", "settled": true}','todo',1000.0);
insert into "preview" VALUES('2','41fab2d9-fcc8-5a86-bb6f-d256e658bebd','{"from": 1, "blocks": [{"block": "tool", "id": "t3", "name": "Bash", "subject": "sleep 9", "started": 3.0, "state": "running", "ended": null, "text": "", "parent": null}, {"block": "text", "text": "half a", "settled": false}]}',1,1000.0);
insert into "session" VALUES('1',1,'site','here','14d29648-d9d0-5e5e-adf6-634543875c34','place 1',NULL,NULL,0.25,1000.0,1000.0);
insert into "session" VALUES('2',2,'site','here','9ee0b5de-e7c3-5f1a-a633-0d2295941ee1','place 2',NULL,NULL,0.0,1000.0,1000.0);
insert into "session" VALUES('3',3,'site','here','0bfbdaf2-0fe9-5ed7-a643-4a06e3582e94','place 3',NULL,NULL,0.0,1000.0,1000.0);
"""


def _tool(id_: str, *told: Any, traits: ToolTraits) -> ToolBlock:
    return ToolBlock(ToolUseId(id_), *told, traits=traits)


async def test_what_the_version_before_wrote_is_shown_ended_and_run(file: Path, clock: Clock) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        upgrade(connection, revision="0001")
    engine.dispose()
    with sqlite3.connect(file) as old:
        old.executescript(_ROWS)
    async with open_store(file, clock) as store:
        hub, me = await store.hold("hub", "new", 10), await store.hold(f"worker:{WORKER}", "new", 10)
        assert hub is not None
        assert me is not None
        whole, cut = (assemble(story) for story in await pending(store, hub))
        items = await store.claim(me, frozenset(), Room(10))

    assert whole.blocks == (
        ThinkingBlock("hm", settled=True),
        TextBlock("I look.", settled=True),
        _tool("t1", "Bash", "ls", 4.0, "ok", 5.0, "a\nb", traits=ToolTraits("execute", language="bash")),
        _tool("t2", "Read", "x", 6.0, "failed", 7.0, "no", "t0", traits=ToolTraits("read")),
        _tool("denied-4", "Write", "y", 8.0, "denied", 8.0, "not allowed", traits=ToolTraits("edit")),
        NoteBlock("a note"),
    )
    assert whole.end == End("done", 10.0, None, Usage(0.25, 100, 50, 7))
    assert (whole.prompt, whole.started, whole.asker) == (11, 1.0, None)

    assert cut.end is not None
    assert cut.end.reason == "stopped"  # as somebody had asked before the old version was killed
    assert [block.state for block in cut.blocks if isinstance(block, ToolBlock)] == ["cut"]
    assert [block.text for block in cut.blocks if isinstance(block, TextBlock)] == ["first", "half a"]

    assert [(type(item.content), item.key) for item in items] == [(Prompt, "31"), (Prompt, "22")]
    again, later = (prompt_of(item) for item in items)
    assert (again.text, again.asker, again.attachments.files) == ("hello", Asker("ann"), ())
    assert (later.text, later.message) == ("later", 22)
    assert [item.session.id for item in items] == [session_at(PlaceId(3)), session_at(PlaceId(2))]
