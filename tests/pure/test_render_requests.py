"""Requests as messages: what a person decides upon can be read whole, and each part has its control."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from render_samples import ADA, DANGER, HOSTILE, MONEY, OWNER, OWNERS, PLANNED, QUESTION, QUESTIONS, TURN, VOICE, after

from antiphon.agent.events.tool_traits import traits_of
from antiphon.chat.render.custom_ids import Control, Go, OnQuestion, OnRequest, Pick, parse
from antiphon.chat.render.message import Menu, MessageSpec, TextUpload
from antiphon.chat.render.notifications import escalations, needed
from antiphon.chat.render.requests import request_specs
from antiphon.core.blocks import AskBlock, BudgetBlock, NoteBlock, Option, Question, ToolBlock
from antiphon.core.events import AgentEvent, PermissionProgressed, PermissionSettled, TextFinished
from antiphon.core.values import Asker, Display, MessageId, Prompt, ToolUseId, TurnId
from antiphon.core.view import TurnView, fold, said

LONG = "a long word " * 200


def specs(*events: AgentEvent) -> list[MessageSpec]:
    """The messages of the last request that the events are about."""
    return specs_of(after(*events))


def specs_of(view: TurnView) -> list[MessageSpec]:
    """The messages of the last request of a turn."""
    index, need = [(n, one) for n, one in enumerate(view.blocks) if isinstance(one, AskBlock | BudgetBlock)][-1]
    return request_specs(view, index, need, ADA)


def asking(*questions: Question) -> AskBlock:
    return replace(QUESTION, questions=questions)


def controls(spec: MessageSpec) -> list[list[Control | None]]:
    """What can be done, row by row."""
    ids = [[row.custom_id] if isinstance(row, Menu) else [one.custom_id for one in row] for row in spec.rows]
    return [[parse(one) for one in row] for row in [*ids, [one.custom_id for one in spec.buttons]] if row]


def attached(spec: MessageSpec) -> str:
    """What the file of a message says."""
    (upload,) = spec.uploads
    assert isinstance(upload, TextUpload)
    return upload.text


def test_each_question_has_its_row_and_below_them_is_the_way_to_refuse() -> None:
    (spec,) = specs(QUESTION)
    id_ = QUESTION.id
    assert controls(spec) == [
        [Pick(TURN, id_, 0, 0), Pick(TURN, id_, 0, 1), OnQuestion("other", TURN, id_, 0)],
        [OnQuestion("choose", TURN, id_, 1)],
        [OnQuestion("other", TURN, id_, 2)],
        [OnRequest("decline", TURN, id_)],
    ]
    (menu,) = [row for row in spec.rows if isinstance(row, Menu)]
    assert menu.most == 2
    assert [entry.value for entry in menu.entries] == ["0", "1", "else"]


def test_a_question_with_its_answer_has_no_row_and_says_who_gave_it() -> None:
    (spec,) = specs(QUESTION, PermissionProgressed(QUESTION.id, "Ada", 0, "SQLite"))
    assert len(controls(spec)) == 3
    assert "→ **SQLite** · Ada" in spec.content
    assert "PostgreSQL" not in spec.content


def test_one_question_of_its_own_has_no_numbers() -> None:
    (spec,) = specs(asking(QUESTIONS[0]))
    assert [button.label for button in spec.rows[0]] == ["SQLite", "PostgreSQL", "Something else…"]  # type: ignore[union-attr]
    assert "**Database** Which database?" in spec.content
    assert spec.content.endswith("-# Or write your answer here.")


@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize(
    "text", [LONG, HOSTILE * 20, "`" * 3000, "||" * 700], ids=["words", "hostile", "ticks", "bars"]
)
def test_four_long_questions_fit_a_message_and_a_file_has_all_of_them(text: str, several: bool) -> None:
    questions = [Question(text, text, (Option(text, text),) * 4, several)] * 4
    (spec,) = specs(asking(*questions))
    assert len(spec.content) <= 2000
    assert len(controls(spec)) == 5
    assert attached(spec).count(text[:10].strip()) >= 4
    assert "All of it is in the file." in spec.content


def test_short_questions_need_no_file() -> None:
    assert specs(QUESTION)[0].uploads == ()


def test_a_plan_stays_readable_when_it_is_decided() -> None:
    plan, decision = specs(PLANNED)
    assert plan.content == "# Plan\n\n1. Read\n2. Write"
    id_ = PLANNED.id
    assert controls(decision) == [
        [Go(TURN, id_, "acceptEdits"), Go(TURN, id_, "default"), OnRequest("keep", TURN, id_)]
    ]
    again, settled = specs(PLANNED, PermissionSettled(PLANNED.id, "allowed", "Ada", "acceptEdits"))
    assert again == plan
    assert (settled.slot, controls(settled), settled.ping) == (decision.slot, [], None)


def test_a_long_plan_begins_in_the_thread_and_is_a_file() -> None:
    whole = "\n".join(f"{n}. Do the thing with the number {n}" for n in range(1, 400))
    beginning, decision = specs(replace(PLANNED, detail=whole))
    assert beginning.content.startswith("1. Do the thing")
    assert len(beginning.content) <= 2000
    assert attached(beginning) == whole
    assert controls(decision)


def test_a_plan_without_text_can_be_decided() -> None:
    (decision,) = specs(replace(PLANNED, detail=""))
    assert len(controls(decision)[0]) == 3


def test_a_request_names_its_file_beside_the_tool_and_whole_in_the_file_where_it_is_long() -> None:
    write = replace(
        DANGER, name="Write", subject="src/notes.txt", detail="hello\n", voices=1, traits=traits_of("Write")
    )
    (spec,) = specs(write)
    assert spec.content.splitlines()[0].endswith("wants to write** `src/notes.txt`")
    assert spec.uploads == ()
    long = "deep/" * 60 + "notes.txt"
    (spec,) = specs(replace(write, subject=long))
    assert "/deep/notes.txt`" in spec.content
    assert attached(spec) == f"{long}\n\nhello"
    assert "notes.txt`" not in specs(replace(write, detail='{"path": "src/notes.txt"}'))[0].content


def test_a_request_tells_what_claude_said_last_and_for_which_task_a_sub_agent_asks() -> None:
    said = TextFinished("A first line.\n\nNow it goes *away*.")
    (spec,) = specs(said, NoteBlock("Something stands between."), DANGER)
    assert "-# 💬 Now it goes \\*away\\*.\n" in spec.content
    assert "💬" not in specs(said, DANGER)[0].content  # right above
    agent, below = ToolUseId("toolu_agent"), replace(DANGER, by_agent=True)
    events = (ToolBlock(agent, "Agent", "Tidy up"), ToolBlock(below.id, "Bash", "rm -rf build", parent=agent), below)
    (spec,) = specs(TextFinished("I let somebody look."), *events)
    assert "For its task: Tidy up" in spec.content
    assert "💬" not in spec.content
    (spec,) = specs(below)  # its turn is over, and what it was called for is told there
    assert "**A sub-agent wants to run a command**\n" in spec.content


def test_two_voices_are_asked_for_and_nothing_for_good_is_offered() -> None:
    (spec,) = specs(DANGER)
    assert "two people have to allow this" in spec.content
    assert [button.label for button in spec.buttons] == ["Allow", "Deny", "Deny and explain…"]
    assert "1 of 2 so far, Ada" in specs(DANGER, VOICE)[0].content


def test_money_is_asked_of_an_owner_with_the_sum_on_the_button() -> None:
    (spec,) = specs(MONEY)
    assert [button.label for button in spec.buttons] == ["Allow $1.00 more", "Not now"]
    view = after(MONEY)
    assert needed(view, Display(), OWNERS, view.needs[0]) == OWNER
    assert needed(view, Display(), OWNERS, after(DANGER).needs[0]) == ADA


@pytest.mark.parametrize(
    ("asked", "words"),
    [(QUESTION, "“Which database?”"), (PLANNED, "the plan"), (MONEY, MONEY.text), (DANGER, "Bash `rm -rf build`")],
)
def test_a_reminder_says_what_is_wanted(asked: AskBlock | BudgetBlock, words: str) -> None:
    view = after(asked)
    reminders: Sequence[MessageSpec] = escalations(view, Display(), OWNERS, view.started + 10_000)
    assert [spec.content.partition("\n")[0].endswith(words) for spec in reminders] == [True, True]


def test_what_is_kept_of_a_request_says_what_is_missing() -> None:
    whole = "x" * 300_000 + "!"
    (spec,) = specs(replace(DANGER, detail=whole))
    assert [one.text for one in spec.uploads if isinstance(one, TextUpload)] == [whole]
    view = fold(after(), replace(DANGER, detail="x" * 1_000_500), 1.0)
    (block,) = view.blocks
    assert isinstance(block, AskBlock)
    assert block.detail.endswith("x\n… 500 more characters were not kept")


COMMAND = AskBlock(ToolUseId("run"), "Bash", "make", detail="make", traits=traits_of("Bash"))


def test_a_permission_request_says_that_one_may_write_instead() -> None:
    (spec,) = specs(COMMAND)
    assert "Or write here what Claude should do instead" in spec.content
    assert OnRequest("tell", TURN, COMMAND.id) not in controls(spec)[0]


def test_what_is_written_while_a_permission_is_asked_for_is_offered_as_the_denial() -> None:
    written = Prompt(TurnId("later"), "no, look at the *README* instead", Asker("Ada"), MessageId(5))
    (spec,) = specs_of(said(after(COMMAND), written))
    assert "Ada: “no, look at the \\*README\\* instead”" in spec.content
    assert "Claude reads this after your decision" in spec.content
    assert OnRequest("tell", TURN, COMMAND.id) in controls(spec)[0]
    labels = [button.label for button in spec.buttons]
    assert "Deny and tell Claude this" in labels
    assert len(spec.content) <= 2000
