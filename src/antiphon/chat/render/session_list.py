"""Sessions in lists: those in Discord beside those of the terminal; what is read before and after going back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from antiphon.actions import places
from antiphon.actions.sessions import ListedSession
from antiphon.chat.render import wording
from antiphon.chat.render.custom_ids import OriginFilter, Page, RewindTo, Since, Sync, button, control_id
from antiphon.chat.render.format import ago, counted, lines_changed, moment
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec
from antiphon.chat.render.text.escape import block_quote, escaped, inline_code, one_line
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.records import PastTurn
from antiphon.core.requests import Rewound, TranscriptMessage

Choice = tuple[str, str]  # what is read, and the value that it stands for

CHOICES = 25  # an autocomplete answer holds so many (Discord's API documentation, Autocomplete)
_LABEL = 100  # characters of one of them
_PAGE = 8  # sessions
_TITLE, _PROMPT = 80, 60  # characters
_CONTENT = 1900  # characters of a message that is put together here; Discord takes 2,000
_QUOTE, _QUOTE_LINES = 300, 6  # characters and lines of each of the last messages
_PATHS = 5  # files that are named before going back
_SPANS: Mapping[Since, float] = {"hour": 3600, "day": 86_400, "week": 7 * 86_400, "all": float("inf")}
_MARKS: Mapping[str, str] = {"discord": "💬", "terminal": "💻", "script": "⚙️"}


def wanted(rows: Iterable[ListedSession], origin: OriginFilter, since: Since, now: float) -> list[ListedSession]:
    """Those of an origin that were used since then."""
    first = now - _SPANS[since]
    return [row for row in rows if origin in ("all", row.origin) and row.modified >= first]


def page_spec(rows: Sequence[ListedSession], at: Page) -> MessageSpec:
    """One page of a list; the page that is nearest to the wanted one, where there is none of that number."""
    if not rows:
        return MessageSpec("sessions", wording.NO_SESSIONS.format(project=escaped(at.project, _TITLE)))
    last = (len(rows) - 1) // _PAGE
    n = min(at.n, last)
    shown = rows[n * _PAGE : (n + 1) * _PAGE]
    pages = f" · page {n + 1} of {last + 1}" if last else ""
    head = f"**{counted(len(rows), 'session')}** in {escaped(at.project, _TITLE)}{pages}"
    newer = button(replace(at, n=n - 1), wording.NEWER) if n > 0 else ()
    older = button(replace(at, n=n + 1), wording.OLDER) if n < last else ()
    return MessageSpec("sessions", "\n".join([head, *map(_line, shown)]), buttons=(*newer, *older))


def sync_spec(rows: Sequence[ListedSession], coming: int, at: Sync, now: float) -> MessageSpec:
    """Sessions that have no thread: a menu of the newest, and a button for all."""
    project = escaped(at.project, _TITLE)
    underway = [wording.THREADS_COMING.format(threads=counted(coming, "thread"))] if coming else []
    if not rows:
        return MessageSpec("sync", "\n".join([wording.NOTHING_TO_SYNC.format(project=project), *underway]))
    count = counted(len(rows), "session")
    head = wording.WITHOUT_THREAD.format(sessions=count, project=project, days=counted(at.days, "day"))
    more = [wording.NEWEST_LISTED.format(count=CHOICES)] if len(rows) > CHOICES else []
    entries = tuple(Entry(row.claude, one_line(row.title, _LABEL) or "…", _facts(row, now)) for row in rows[:CHOICES])
    id_ = control_id(replace(at, what="pick"))  # none for a project with a name that no id can hold
    menus = () if id_ is None else (Menu(id_, entries, wording.PICK_SESSIONS, len(entries)),)
    everything = button(replace(at, what="all"), wording.BRING_ALL.format(count=len(rows)), "primary")
    return MessageSpec("sync", "\n".join([head, *more, *underway]), rows=menus, buttons=everything)


def progress(done: int, count: int) -> str:
    """How many of the threads are open that somebody has just asked for."""
    if not count:
        return wording.BROUGHT_ALREADY
    if done == count:
        return wording.THREADS_OPENED.format(threads=counted(count, "thread"))
    return wording.THREADS_OPENING.format(done=done, all=count)


def _facts(row: ListedSession, now: float) -> str:
    return f"{ago(now - row.modified)} · {row.origin}{f' · {wording.OPEN_IN_TERMINAL}' if row.live else ''}"


def since_days(rows: Iterable[ListedSession], at: Sync, now: float) -> list[ListedSession]:
    """Those of an origin that were used in the last days."""
    return [row for row in rows if at.origin in ("all", row.origin) and row.modified >= now - at.days * _SPANS["day"]]


def _line(row: ListedSession) -> str:
    facts = [f"{_MARKS.get(row.origin, '💬')} {escaped(row.title, _TITLE)}", moment(row.modified)]
    if row.place is not None:
        facts.append(f"<#{row.place}>")
    else:
        facts += [row.origin, f"`{row.claude[:8]}`"]
    if row.live:
        facts.append("**open in a terminal**")
    return " · ".join(facts)


def session_choices(rows: Iterable[ListedSession], typed: str, now: float) -> list[Choice]:
    """What may be meant by what was typed."""
    parts = typed.casefold().split()
    found = (row for row in rows if all(part in f"{row.title} {row.about}".casefold() for part in parts))
    return [(_label(row, now), row.claude) for row in islice(found, CHOICES)]


def _label(row: ListedSession, now: float) -> str:
    where = "in Discord" if row.place is not None else row.origin
    facts = f" · {ago(now - row.modified)} · {where}{', open now' if row.live else ''}"
    return one_line(row.title, _LABEL - len(facts)) + facts


def turn_choices(turns: Iterable[PastTurn], typed: str, now: float) -> list[Choice]:
    """The turns that people began, whose text holds what was typed."""
    found = (turn for turn in turns if turn.words and typed.casefold() in turn.words.casefold())
    choices = ((f"{ago(now - turn.started)} · ", turn) for turn in islice(found, CHOICES))
    return [(when + one_line(turn.words, _LABEL - len(when)), turn.turn) for when, turn in choices]


def history(messages: Sequence[TranscriptMessage], total: int) -> str:
    """The last of what was said in a session that comes from elsewhere; "" where nothing was."""
    newest_first = (
        f"**{'Claude' if one.role == 'assistant' else 'You'}**\n{block_quote(one.text, _QUOTE, _QUOTE_LINES)}"
        for one in reversed(messages)
    )
    parts = fitting(newest_first, _CONTENT)[::-1]
    if not parts:
        return ""
    head = wording.SAID_BEFORE if len(parts) == total else wording.LAST_MESSAGES.format(count=len(parts), all=total)
    return "\n".join([head, *parts])


def rewind_spec(turn: PastTurn, files: Rewound | str, conversation: Rewound | str) -> MessageSpec:
    """What going back to before a turn would do. `files`, `conversation`: what a dry run of each replied,
    or why it cannot go back."""
    lines = [wording.BACK_TO_BEFORE.format(turn=called(turn), moment=moment(turn.started))]
    buttons: list[Button] = []
    if isinstance(files, str):
        lines.append(f"- Files: {escaped(files, 300)}")
    elif not files.files:
        lines.append(wording.NOTHING_TO_RESTORE)
    else:
        lines.append(f"- Files: {_files(files)}")
        buttons += button(RewindTo(turn.turn, "files"), wording.RESTORE_FILES, "primary")
    if isinstance(conversation, str):
        lines.append(f"- Conversation: {escaped(conversation, 300)}")
    else:
        lines.append(wording.FORGETS.format(prompts=counted(conversation.prompts, "prompt")))
        buttons += button(RewindTo(turn.turn, "conversation"), wording.FORGET, "primary")
    if len(buttons) == 2:
        buttons += button(RewindTo(turn.turn, "both"), wording.BOTH, "danger")
    return MessageSpec("rewind", "\n".join(lines), buttons=tuple(buttons))


def rewound(done: places.Rewound) -> str:
    """The line that tells everybody that somebody went back."""
    changed = done.changed
    facts = [wording.REWOUND[done.what].format(name=escaped(done.by, 32), turn=called(done.turn))]
    if done.what != "conversation":
        facts.append(_files(changed) if changed.files else wording.NO_FILE_CHANGED)
    if done.what != "files":
        facts.append(f"{counted(changed.prompts, 'prompt')} forgotten")
    return " · ".join(facts)


def called(turn: PastTurn) -> str:
    """A turn by how its prompt begins."""
    return f"“{escaped(turn.words, _PROMPT)}”" if turn.words else wording.OWN_TURN


def _files(reply: Rewound) -> str:
    paths = [inline_code(path, _PROMPT, keep_end=True) for path in reply.files[:_PATHS]]
    more = len(reply.files) - len(paths)
    named = ", ".join([*paths, *([f"{more} more"] if more else [])])
    changed = lines_changed(reply.added, reply.removed)
    return f"{counted(len(reply.files), 'file')} {changed}: {named}"
