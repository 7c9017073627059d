"""What everybody in a place reads about something that somebody did there, or that began by itself. Pure."""

from antiphon.actions import places
from antiphon.chat.render.format import counted
from antiphon.chat.render.session_list import called, history, rewound
from antiphon.chat.render.text.escape import block_quote, escaped, inline_code
from antiphon.chat.wording import queued, refusal
from antiphon.core.schedules.values import MOST_FAILURES
from antiphon.core.values import Session

_NAME = 32  # characters of a person's name
_FILES = 5  # that are named


def announcement(what: places.Opening | places.Announcement) -> str:
    """What a place is told; "" where there is nothing to read."""
    match what:
        case places.SessionStarted(by):
            return f"🧵 **{escaped(by, _NAME)}** started a session"
        case places.SessionForked(by, place, before):
            up_to = f", from before {called(before)}" if before is not None else ""
            return f"🍴 **{escaped(by, _NAME)}** forked <#{place}>{up_to}"
        case places.SessionResumed(by, title, copied):
            did = "copied a session that is open in a terminal" if copied else "resumed a session"
            return f"⏯️ **{escaped(by, _NAME)}** {did}: {escaped(title, 100)}"
        case places.SessionBrought(title, live):
            return (
                f"📜 **Session from this machine**{' · open in a terminal' if live else ''}\n-# {escaped(title, 100)}"
            )
        case places.TerminalAttached(directory, branch, terminal):
            parts = (directory, branch, terminal)
            where = " · ".join(inline_code(part, 200) for part in parts if part)
            return f"🖥️ **Session in a terminal**\n-# {where}"
        case places.ScheduleStarted(name, triggered):
            mark, kind = ("🪝", "Set off by an event") if triggered else ("⏰", "A scheduled prompt")
            return f"{mark} **{escaped(name, 100)}**\n-# {kind}"
        case places.ProgramStarted(by):
            return f"🔌 **{escaped(by, _NAME)}** started a session\n-# Via the API"
        case places.AskedAside(by):
            return f"💬 **{escaped(by, _NAME)}** asked about a session"
        case _:
            return _said(what)


def _said(what: places.Announcement) -> str:
    match what:
        case places.SchedulePaused(name, triggered):
            kind = "trigger" if triggered else "schedule"
            return (
                f"⏸️ The {kind} **{escaped(name, 100)}** is paused: it failed {MOST_FAILURES} times in a row. "
                "Use `/schedules` to start it again."
            )
        case places.History(messages, total):
            return history(messages, total)
        case places.HistoryUnreadable(why):
            return f"-# The earlier messages could not be read: {escaped(refusal(why.reason), 300)}"
        case places.Continued(by):
            return f"-# ▶️ {escaped(by, _NAME)} told Claude to continue"
        case places.RunAgain(by):
            return f"-# 🔂 {escaped(by, _NAME)} sent the prompt again"
        case places.TakenOver(by):
            return f"-# ▶️ {escaped(by, _NAME)} continues the session here, without its terminal"
        case places.StartedAgain(by):
            return f"-# 🔁 {escaped(by, _NAME)} started a new session with a summary of this thread"
        case places.QueuedText(text):
            return queued(text)
        case places.Said(by, text, Session() as source):
            where = f"<#{source.place}>" if source.place else escaped(source.title, 100)
            return f"-# 🤖 {escaped(by, _NAME)} wrote from {where}:\n{block_quote(text, 1600, 40)}"
        case places.Said(by, text, by_program=True):
            return f"-# 🔌 {escaped(by, _NAME)} wrote via the API:\n{block_quote(text, 1600, 40)}"
        case places.Said(by, text):
            return f"-# ⌨️ {escaped(by, _NAME)} wrote from a shell:\n{block_quote(text, 1600, 40)}"
        case places.Rewound():
            return rewound(what)
        case places.MergedBack(by, target, commits):
            return f"🔀 **{escaped(by, _NAME)}** merged {counted(commits, 'commit')} into {inline_code(target, 100)}"
        case places.ConflictsFound(by, target, files):
            named = ", ".join(inline_code(name, 80) for name in files[:_FILES])
            more = f" and {len(files) - _FILES} more" if len(files) > _FILES else ""
            head = f"🔀 **{escaped(by, _NAME)}** wants this merged into {inline_code(target, 100)}"
            return f"{head}\n-# First Claude resolves the conflicts in {named}{more}"
        case places.WriteAllowed(by, name):
            return f"-# 🚧 {escaped(by, _NAME)} lets Claude write {inline_code(name, 80)}"
        case places.GuestInvited(by, guest):
            may = "write here and answer Claude's requests" if guest.answers else "write here"
            return f"-# 👋 {escaped(by, _NAME)} invited <@{guest.person}>: they may {may}"
        case places.GuestUninvited(by, name):
            return f"-# 👋 {escaped(by, _NAME)} took back the invitation of {escaped(name, _NAME)}"
        case places.CommitAsked(by):
            return f"-# 🔀 {escaped(by, _NAME)} asked Claude to commit its changes"
