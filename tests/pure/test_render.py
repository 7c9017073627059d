"""What a turn looks like: scenes as readable files, and what holds for every view."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render_samples import (
    ADA,
    ASKED,
    DISPLAYS,
    FRESH,
    OWNER,
    OWNERS,
    START,
    THOUGHT,
    WAITING,
    after,
    ended,
    scenes,
    tool,
    views,
)

from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import parse
from antiphon.chat.render.message import Card, Menu, MessageSpec, Priority, TextUpload
from antiphon.chat.render.page import next_change, nonce, render
from antiphon.chat.render.phase import mark
from antiphon.core.blocks import FileBlock, NoteBlock
from antiphon.core.events import TextDelta, TextFinished
from antiphon.core.values import Display, File, ProgressStyle, ThinkingStyle
from antiphon.core.view import TurnView

WAYS_ON = {wording.TRY_AGAIN, wording.CONTINUE, wording.RUN_AGAIN, wording.START_AGAIN}
SNAPSHOTS = Path(__file__).parent / "snapshots"
STYLES: tuple[ProgressStyle, ...] = get_args(ProgressStyle)
SLOW = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def page(view: TurnView, now: float = START + 40, **display: object) -> tuple[MessageSpec, ...]:
    return render(view, replace(Display(), **display), OWNERS, now)  # type: ignore[arg-type]


def readable(spec: MessageSpec) -> str:
    """A message as lines that people can read."""
    head = [f"== {spec.slot}", spec.priority.name.lower(), *(["live"] if spec.live else [])]
    head += [f"rings for {spec.ping}"] if spec.ping is not None else []
    head += [f"direct message to {spec.direct}"] if spec.direct is not None else []
    lines = [" · ".join(head)]
    if spec.content:
        lines.append(spec.content)
    if spec.card is not None:
        box = "no box" if spec.card.color is None else f"box {spec.card.color:06X}"
        lines.append(f"[{box}{', inline' if spec.card.beside else ''}]")
        lines.append("\n----\n".join(spec.card.texts))
    for row in spec.rows:
        if isinstance(row, Menu):
            entries = (
                f"{entry.label} ({entry.description})" if entry.description else entry.label for entry in row.entries
            )
            lines.append(f"[menu {row.placeholder}, at most {row.most}: {', '.join(entries)}]")
        else:
            lines.append(" ".join(f"({button.label}: {button.style})" for button in row))
    buttons = spec.card.controls if spec.card is not None else spec.buttons
    if buttons:
        lines.append(" ".join(f"({button.label}: {button.style})" for button in buttons))
    lines += [
        f"[file {upload.name}]" + (f"\n{upload.text}" if isinstance(upload, TextUpload) else "")
        for upload in spec.uploads
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scene", scenes())
def test_a_scene_looks_as_its_file_says(scene: str, style: ProgressStyle) -> None:
    parts: list[str] = []
    for view, now, display in scenes()[scene]:
        specs = render(view, replace(display, progress=style), OWNERS, now)
        parts.append("\n".join([f"#### {mark(view, now)}", *(readable(spec) for spec in specs)]))
    text = "\n\n".join(parts) + "\n"
    file = SNAPSHOTS / f"{scene}.{style}.txt"
    if not file.exists():  # to renew a snapshot: remove it, run this, and read what it wrote
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        pytest.fail(f"{file.name} was not there and is now: read it")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("scene", sorted(set(scenes()) - {"hostile"}))
def test_no_page_says_a_thing_twice_and_every_bad_end_has_a_way_on(scene: str) -> None:
    for view, now, display in scenes()[scene]:
        specs = [spec for spec in render(view, replace(display, progress="card"), OWNERS, now) if spec.direct is None]
        texts = [text for spec in specs for text in ((spec.card.texts if spec.card else ()) or (spec.content,))]
        lines = [
            line for text in texts for line in text.removeprefix("✋ ").splitlines() if len(line) > len("-# **x**")
        ]
        assert [line for line, count in Counter(lines).items() if count > 1 and "```" not in line] == []
        if view.end is not None and view.end.reason not in ("done", "withdrawn"):
            assert any(one.label in WAYS_ON for spec in specs if spec.card for one in spec.card.controls)


def total(card: Card) -> int:
    return sum(map(len, card.texts))


@SLOW
@given(views(), DISPLAYS, st.floats(0, 2000))
def test_every_message_of_every_view_is_one_that_discord_takes(view: TurnView, display: Display, later: float) -> None:
    specs = render(view, display, OWNERS, START + later)
    assert len({spec.slot for spec in specs}) == len(specs)
    for spec in specs:
        assert len(spec.content) <= 2000, spec.slot
        assert spec.content.strip() or spec.card or spec.uploads, spec
        assert len(spec.uploads) <= 10
        if spec.card is not None:
            assert (spec.content, spec.buttons, spec.uploads) == ("", (), ())
            assert 1 <= len(spec.card.texts) <= 10  # with box, row and buttons far from 40 components
            assert all(text.strip() for text in spec.card.texts)
            assert total(spec.card) <= 4000
        buttons = spec.card.controls if spec.card is not None else spec.buttons
        assert len(buttons) <= 5
        assert len(spec.rows) + bool(buttons) <= 5
        for row in spec.rows:
            if isinstance(row, Menu):
                assert 1 <= row.most <= len(row.entries) <= 25
                assert 1 <= len(row.placeholder) <= 150
                assert len({entry.value for entry in row.entries}) == len(row.entries)
                assert all(1 <= len(entry.label) <= 100 and len(entry.description) <= 100 for entry in row.entries)
            else:
                assert 1 <= len(row) <= 5
                buttons = (*buttons, *row)
        ids = [one.custom_id for one in (*buttons, *(row for row in spec.rows if isinstance(row, Menu)))]
        assert len(set(ids)) == len(ids)
        assert all(parse(id_) is not None for id_ in ids)
        assert all(1 <= len(button.custom_id) <= 100 and 1 <= len(button.label) <= 80 for button in buttons)


@SLOW
@given(views(), DISPLAYS, st.floats(0, 5000), st.floats(0, 1))
def test_between_the_changes_that_are_foretold_nothing_changes(
    view: TurnView, display: Display, later: float, part: float
) -> None:
    now = START + later
    due = next_change(view, display, now)
    until = now + 10_000 if due is None else now + (due - now) * part * 0.999
    assert due is None or due > now
    assert render(view, display, OWNERS, now) == render(view, display, OWNERS, until)
    assert mark(view, now) == mark(view, until)


@pytest.mark.parametrize("style", STYLES)
def test_no_change_is_foretold_for_ever(style: ProgressStyle) -> None:
    display, now, found = Display(progress=style), START, 0
    while (due := next_change(after(*WAITING), display, now)) is not None:
        assert render(after(*WAITING), display, OWNERS, due) != render(after(*WAITING), display, OWNERS, now)
        now, found = due, found + 1
    assert found == 2  # the reminder and the direct message: who waits for a person is not stalled


@pytest.mark.parametrize("style", STYLES)
def test_progress_never_rings_and_who_is_mentioned_is_called(style: ProgressStyle) -> None:
    for view, now, display in (each for scene in scenes().values() for each in scene):
        for spec in render(view, replace(display, progress=style), OWNERS, now):
            assert spec.ping is None or spec.priority != Priority.PROGRESS
            assert (spec.ping is not None) == any(f"<@{person}>" in spec.content for person in (ADA, OWNER))


def test_an_answer_stays_where_it_was_said_between_tools() -> None:
    view = after(TextFinished("a"), tool(1, "Bash", "ls"), TextFinished("b"), NoteBlock("n"))
    assert [spec.content for spec in page(view)][1:] == ["a", "b", "-# ℹ️ n"]


def test_slots_stay_the_same_while_text_grows() -> None:
    short = page(after(TextDelta("word " * 100)))
    long = page(after(TextDelta("word " * 2000)))
    assert [spec.slot for spec in long][: len(short)] == [spec.slot for spec in short]


def test_a_long_answer_comes_as_a_file_too_when_it_is_complete() -> None:
    events = (TextFinished("A line of words.\n\n" * 1000),)
    assert all(spec.slot != "end" for spec in page(after(*events)))
    last = page(ended(events, "done"))[-1]
    assert (last.slot, [upload.name for upload in last.uploads]) == ("end", ["answer.md"])


def test_twenty_three_files_take_three_messages_and_the_caption_comes_first() -> None:
    files = tuple(File(f"{n}.txt", f"/{n}", 1) for n in range(23))
    specs = page(after(FileBlock(files, "here")))[1:]
    assert [(spec.content, len(spec.uploads)) for spec in specs] == [("here", 10), ("", 10), ("", 3)]
    assert [spec.slot for spec in specs] == ["0", "0.1", "0.2"]


def test_no_word_of_a_caption_is_lost_that_one_message_cannot_hold() -> None:
    caption = " ".join(f"word{n}" for n in range(600))
    specs = page(after(FileBlock((File("a", "/a", 1),), caption)))[1:]
    assert " ".join(spec.content for spec in specs).split() == caption.split()
    assert [len(spec.uploads) for spec in specs] == [1, 0, 0]


@pytest.mark.parametrize("style", ["summary", "full"])
def test_thinking_is_behind_spoilers_that_nothing_inside_opens(style: ThinkingStyle) -> None:
    hostile = "a || b ||| c\n```py\nx = `y`\n```\n||" + "|" * 5000
    for spec in page(after(TextFinished(hostile, thinking=True)), thinking=style)[1:]:
        for line in spec.content.split("\n"):
            inside = line.removeprefix("-# ").removeprefix("💭 ")
            assert inside.startswith("||")
            assert inside.endswith("||")
            assert "|" not in inside[2:-2]
            assert "```" not in inside


def test_full_thinking_has_every_word() -> None:
    words = " ".join(f"word{n}" for n in range(2000))
    specs = page(after(TextFinished(words, thinking=True)), thinking="full")[1:]
    assert len(specs) > 1
    kept = " ".join(spec.content for spec in specs).replace("||", " ").replace("-#", " ").replace("💭", " ")
    assert "".join(kept.split()) == words.replace(" ", "")


def test_a_summary_of_thinking_is_short() -> None:
    spec = page(after(TextFinished(THOUGHT * 100, thinking=True)), thinking="summary")[1]
    assert len(spec.content) < 300
    assert spec.priority == Priority.PROGRESS


def test_a_request_is_over_in_every_style_once_it_is_settled() -> None:
    open_ = page(after(*WAITING))[2]
    assert (open_.ping, [button.label for button in open_.buttons]) == (
        ADA,
        ["Allow once", "Deny", "Deny and explain…"],
    )
    assert "```bash\nrm -rf build\necho done\n```" in open_.content


def test_what_is_asked_about_is_attached_whole_when_it_is_cut_or_would_end_its_block() -> None:
    for detail in ("echo ```\n", "x\n" * 100, "y" * 20_000, "```\n@everyone **bold**"):
        spec = page(after(replace(ASKED, detail=detail)))[1]
        assert [upload.text for upload in spec.uploads if isinstance(upload, TextUpload)] == [detail.strip("\n")]
        assert spec.content.count("```") == 2


def test_hidden_characters_in_a_command_are_seen_before_it_is_allowed() -> None:
    spec = page(after(replace(ASKED, detail="rm \u202ecod.txt\u200b")))[1]
    assert "rm ⟨U+202E⟩cod.txt⟨U+200B⟩" in spec.content


def test_a_request_whose_id_fits_no_button_is_shown_without_buttons() -> None:
    spec = page(after(replace(ASKED, id="x" * 200)))[1]  # type: ignore[arg-type]
    assert spec.buttons == ()


def test_a_turn_without_a_word_has_only_its_card() -> None:
    assert [spec.slot for spec in page(FRESH)] == ["card"]
    assert page(FRESH, progress="legacy") == ()


def test_a_nonce_fits_discord_and_is_the_same_every_time() -> None:
    assert nonce("t", "0.1") == nonce("t", "0.1")
    assert nonce("t", "0.1") != nonce("t", "0.2")
    assert len(nonce("t" * 500, "x")) <= 25
