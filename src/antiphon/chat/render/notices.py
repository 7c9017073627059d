"""What a notice looks like: pure."""

from antiphon.chat.render import wording
from antiphon.chat.render.format import with_time
from antiphon.chat.render.message import BytesUpload, Card, MessageSpec, Priority, TextUpload, Upload
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.redact import redact
from antiphon.chat.render.text.splitter import LIMIT, split
from antiphon.core.programs.notices import Notice

_CARD, _NAME, _TITLE = 4000, 80, 256  # characters; a card's texts hold so many together
_COLOR = 0x5865F2
_LATE = 60.0  # seconds after which it is said that it comes late
_WHOLE = "message.md"


def notice_spec(notice: Notice, now: float) -> MessageSpec:
    """The message that shows it. What is too long for one goes into a file, below its beginning."""
    late = notice.later and now - notice.due > _LATE
    by = escaped(notice.by, _NAME)
    small = with_time(wording.NOTICE_LATE.format(by=by), notice.due) if late else wording.NOTICE_BY.format(by=by)
    uploads: list[Upload] = [] if notice.file is None else [BytesUpload(notice.file.name, notice.file.content)]
    head = _head(notice)
    if notice.plain:
        head, small = head.replace("### ", "**", 1) + ("**" if head else ""), small if late else ""
    room = (LIMIT if notice.plain else _CARD) - len(head) - len(small) - 2
    first, *more = split(redact(notice.text), room) or ("",)
    if more:
        uploads.append(TextUpload(_WHOLE, redact(notice.text)))
    card, content = None, ""
    texts = tuple(text for text in (head, first, small) if text)
    if notice.plain:
        content = "\n".join(texts)
    else:
        card = Card(texts, color=_COLOR if notice.color is None else notice.color)
    return MessageSpec(
        "notice",
        content,
        card,
        uploads=tuple(uploads),
        direct=None if notice.place is not None else notice.person,
        priority=Priority.NOTICE,
    )


def _head(notice: Notice) -> str:
    """The title, which leads to the link where there is one."""
    title = escaped(redact(notice.title or notice.link), _TITLE)
    if not title:
        return ""
    return f"### [{title}]({notice.link})" if notice.link else f"### {title}"
