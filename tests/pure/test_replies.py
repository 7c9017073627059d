"""What commands tell: figures that are right, in messages that fit, whatever the words in them are."""

from dataclasses import replace

from antiphon.chat.render import replies
from antiphon.chat.render.message import MessageSpec, TextUpload
from antiphon.core.records import Overview, QueuedPrompt, Spent
from antiphon.core.requests import ContextPart, ContextUsage, DiffText
from antiphon.core.values import Budgets, Choices, ClaudeSettings, PlaceId

from fakes import PROJECT, SESSION, prompt

_CONTEXT = ContextUsage(
    13_796,
    1_000_000,
    1,
    "claude-opus-5-5",
    (ContextPart("Messages", 96), ContextPart("System prompt", 1909), ContextPart("System tools", 11_791)),
    ("/home/ada/work/CLAUDE.md",),
)
_DIFF = """diff --git a/README.md b/README.md
index 1111111..2222222 100644
--- a/README.md
+++ b/README.md
@@ -1,2 +1,2 @@
--- a list
+++ a plus
 rest
"""


def _diff(text: str, untracked: tuple[str, ...] = (), *, cut: bool = False) -> DiffText:
    return DiffText(text, 1, 1, 1, untracked, cut)


def text_of(report: MessageSpec) -> str:
    """What the text file holds."""
    (file,) = [upload for upload in report.uploads if isinstance(upload, TextUpload)]
    return file.text


def test_the_largest_part_of_the_context_comes_first() -> None:
    words = replies.context(_CONTEXT)
    assert "13.8k of 1.0M tokens · 1 %" in words
    assert words.index("System tools") < words.index("System prompt") < words.index("Messages")
    assert "System tools   11.8k  85 %" in words
    assert "`/home/ada/work/CLAUDE.md`" in words


def test_of_many_memory_files_a_few_are_named() -> None:
    words = replies.context(replace(_CONTEXT, memory=tuple(f"/m{n}.md" for n in range(9))))
    assert "and 3 more" in words
    assert "/m6.md" not in words


def test_a_short_diff_is_shown_and_a_long_one_summed_up() -> None:
    short = replies.changes(_diff(_DIFF))
    assert not short.uploads
    assert short.content.startswith("**1 file** +1 −1\n```diff\ndiff --git")
    long = replies.changes(_diff(_DIFF + "+more\n" * 1000))
    assert [upload.name for upload in long.uploads] == ["changes.png", "changes.diff"]
    assert "`README.md` +1001 −1" in long.content  # lines that look like a head are none
    assert text_of(long).count("+more") == 1000


def test_a_diff_that_was_cut_says_so() -> None:
    report = replies.changes(_diff(_DIFF, cut=True))
    assert "too long" in report.content
    assert report.uploads


def test_no_changes_are_no_diff() -> None:
    assert replies.changes(DiffText("")).uploads == ()


def test_nothing_in_a_diff_ends_its_block() -> None:
    content = replies.changes(_diff(_DIFF + "+```\n+@everyone\n")).content
    assert content.count("```") == 2


def test_secrets_in_a_diff_stay_where_they_are() -> None:
    key = "sk-ant-" + "a1B2" * 20
    report = replies.changes(_diff(_DIFF + f"+key = {key}\n" * 200))
    assert report.uploads
    assert key not in report.content + text_of(report) + str(report.uploads)


def test_spending_tells_of_the_thread_only_where_there_is_one() -> None:
    spent = Spent(0.5, 1.25, 0.0, {})
    assert replies.spending(spent, Budgets(), here=True).splitlines()[0] == "This thread: **$0.50**"
    words = replies.spending(spent, Budgets(member=2.5), here=False)
    assert "This thread" not in words
    assert "You today: **$1.25**" in words
    assert "██████████░░░░░░░░░░" in words


def test_a_budget_says_what_an_admin_has_added() -> None:
    words = replies.budget(Spent(1.5, raised={"thread": 1.0}), Budgets(thread=1.0, turn=0.25))
    assert "$1.50 of $2.00" in words
    assert "$1.00 of it added" in words
    assert "One turn: at most $0.25" in words
    assert replies.budget(Spent(), Budgets()) == "This project has no budgets."


def test_what_holds_says_who_says_so() -> None:
    claude = ClaudeSettings(model="sonnet")
    assert replies.held("model", SESSION, claude) == "`sonnet` (the project's default)"
    assert replies.held("effort", SESSION, claude) == "Claude Code's default"
    free = replace(claude, model=None)
    assert replies.held("model", SESSION, free) == "Claude Code's default"
    assert replies.held("model", replace(SESSION, model="claude-x"), free) == "`claude-x` (Claude Code's default)"
    assert replies.held("model", replace(SESSION, choices=Choices(model="opus")), claude) == "`opus`"


def test_the_session_here_tells_its_place_in_line() -> None:
    waiting = QueuedPrompt(3, "3", SESSION, prompt(), 0.0, 1, 2)
    lines = replies.session_here(SESSION, PROJECT, True, [waiting])
    assert "working" in lines[0]
    assert lines[-1] == "1 prompt queued here, after 2 turns of other threads"


def test_the_overview_says_what_helps_a_member_and_nothing_of_processes() -> None:
    lines = replies.overview(Overview(1, 2, 3, 4, 0.5, (("hub", "pid 7", 100.0),)))
    assert lines == ["**2** working, **3** queued", "1 session, 4 turns, $0.50 so far"]


def test_the_overview_lists_what_was_not_delivered() -> None:
    lost = tuple((PlaceId(n), "a title", n) for n in range(1, 8))
    lines = replies.overview(Overview(1, 2, 3, 4, 0.5, undelivered=lost))
    assert lines[2:4] == [
        "📭 1 message in <#1> not accepted by Discord yet",
        "📭 2 messages in <#2> not accepted by Discord yet",
    ]
    assert lines[-1] == "-# and 2 more"
