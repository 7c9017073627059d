"""What Claude said, as messages: prose in chunks, tables as a phone can show them.

Promises, for every text:

* **Limits.** A message has at most 2,000 characters, is not blank, and closes the fences that it opens.
* **Nothing is lost.** Prose is shown as `antiphon.chat.render.text.splitter` promises. A table is shown as
  aligned code with all of its text, or (too wide for a phone, or of more than five messages) as a picture with its
  source beside it, or as it was written.
* **What is posted stays.** While a text grows, only its last message changes; while a table grows, the messages since
  its beginning. The beginning of what may become a table is held back until that is known.
* Of many tables in one text each costs its own time once: linear.

A table that is complete stands in the same message as the prose around it, if there is room: in a message of its own
it would only make more messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from antiphon.chat.render.message import MessageSpec, PictureUpload, Priority, TextUpload, Upload
from antiphon.chat.render.text.fences import as_discord_reads
from antiphon.chat.render.text.markdown import LONGEST_CLOSER, TABLE, Kind, Line, may_be_delimiter, scan, unquoted
from antiphon.chat.render.text.splitter import LIMIT, cut
from antiphon.chat.render.text.tables import Source, code_blocks, columns, live_code, read
from antiphon.core.blocks import TextBlock
from antiphon.core.view import TurnView

_MANY = 5  # messages: an answer of more is given as a file too, a table of more in one alone
_CODE_LIMIT = LIMIT - 20  # of a table's code: a cut in what follows sees that the fence is closed, and falls outside
_MOST_COLUMNS = 24  # with more a picture shows nothing
_NEWEST = 60  # rows of a long growing table that are read
_HELD = LIMIT // 2  # characters at the end that may be held back


@dataclass(frozen=True, slots=True)
class _Tabular:
    """A table in the text. `growing`: more rows may come."""

    text: str
    aligns: str
    growing: bool


def answer_specs(index: int, block: TextBlock) -> list[MessageSpec]:
    """The messages of a text block, in order; none for a blank one. `index`: the block's place in the view."""
    page = _Page(index)
    for segment in _segments(as_discord_reads(block.text), block.settled):
        if isinstance(segment, str):
            page.prose(segment)
        elif segment.growing:
            page.growing_table(segment)
        else:
            page.table(read(segment.text, segment.aligns))
    specs = page.finished()
    if specs and not block.settled and not specs[-1].uploads:
        specs[-1] = replace(specs[-1], live=True)
    return specs


def whole_answer(view: TurnView) -> str | None:
    """All that Claude said in the turn, as one Markdown text, if it took more than five messages; else None."""
    blocks = [(index, block) for index, block in enumerate(view.blocks) if isinstance(block, TextBlock)]
    if sum(len(answer_specs(index, block)) for index, block in blocks) <= _MANY:
        return None
    return all_said(view)


def all_said(view: TurnView) -> str:
    """All that Claude said in the turn, as one Markdown text; "" for nothing."""
    texts = [block.text.strip("\n") for block in view.blocks if isinstance(block, TextBlock) and block.text.strip()]
    return "\n\n".join(texts) + "\n" if texts else ""


class _Page:
    """The messages so far, and the text that the next one begins with."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._specs: list[MessageSpec] = []
        self._part = 0
        self._number = 0
        self._text = ""
        self._ends_in_code = False

    def prose(self, text: str) -> None:
        """Prose, from the line after what came before."""
        if self._ends_in_code:
            text = text.lstrip("\n")
        self._text = f"{self._text}\n{text}" if self._text else text
        self._ends_in_code = False

    def table(self, source: Source) -> None:
        """A complete table."""
        if source.blank or len(source.aligns) > _MOST_COLUMNS:
            self._begin(source.text)
            return
        blocks = code_blocks(source.table(urls=True), _CODE_LIMIT)
        if blocks is None or len(blocks) > _MANY:
            self._flush()
            uploads = (PictureUpload("table.png", source.table(urls=False)), TextUpload("table.md", source.text + "\n"))
            self._add(_link_list(source), uploads)
            self._flush()
        else:
            *whole, last = blocks
            if not whole and self._joined(last):
                return
            for block in whole:
                self._flush()
                self._add(block)
            self._begin(last, code=True)

    def growing_table(self, table: _Tabular) -> None:
        """A table that may get more rows; nothing comes after it."""
        if len(table.aligns) <= _MOST_COLUMNS:
            short = len(table.text) <= 2 * LIMIT
            source = read(table.text, table.aligns, None if short else _NEWEST)
            blocks = code_blocks(source.table(urls=True), _CODE_LIMIT) if short and not source.blank else None
            code = blocks[0] if blocks and len(blocks) == 1 else None
            if code and self._joined(code):
                return
            code = code or live_code(source, _CODE_LIMIT)
            if code and not source.blank:
                self._begin(code, code=True)
                return
        self._begin(table.text)

    def finished(self) -> list[MessageSpec]:
        """All messages."""
        self._flush()
        return self._specs

    def _joined(self, code: str) -> bool:
        """Adds code to the last message, if there is room in it."""
        self._text = self._text.strip("\n")
        if len(self._text) + len(code) > _CODE_LIMIT - LONGEST_CLOSER or "~~~" in self._text:
            chunks = cut(self._text)
            for chunk in chunks[:-1]:
                self._add(chunk.text)
            self._text = chunks[-1].text if chunks else ""
        if len(self._text) + 1 + len(code) > _CODE_LIMIT or self._text.count("```") % 2:
            return False
        self._text = f"{self._text}\n{code}" if self._text else code
        self._ends_in_code = True
        return True

    def _begin(self, text: str, *, code: bool = False) -> None:
        """A message that begins with `text`."""
        self._flush()
        self._text = text
        self._ends_in_code = code

    def _flush(self) -> None:
        """Ends the message that is begun."""
        for chunk in cut(self._text):
            self._add(chunk.text)
        self._text, self._ends_in_code = "", False
        if self._number:
            self._part, self._number = self._part + 1, 0

    def _add(self, content: str, uploads: tuple[Upload, ...] = ()) -> None:
        slot = f"{self._index}.{self._part}.{self._number}"
        self._specs.append(MessageSpec(slot, content, uploads=uploads, priority=Priority.ANSWER))
        self._number += 1


def _segments(text: str, settled: bool) -> Iterator[str | _Tabular]:
    """Prose and tables, in turn. What may become a table is left out if the text is not settled."""
    if "|" not in text:
        yield text
        return
    lines = scan(text)
    last = len(lines) - 1
    done = at = 0
    while at < last:
        if lines[at].kind is not Kind.HEADER:
            at += 1
            continue
        top = at
        at = next((i for i in range(top, last + 1) if lines[i].kind not in TABLE), last + 1)
        aligns = columns(*(text[line.start : line.end] for line in lines[top : top + 2]))
        if not aligns or (top + 1 == last and not settled):
            continue
        if lines[top].start > done:
            yield text[done : lines[top].start]
        open_end = at > last or (at == last and not unquoted(text[lines[at].start :]))
        yield _Tabular(text[lines[top].start : lines[at - 1].end], aligns, open_end and not settled)
        done = len(text) if at > last else lines[at].start
    rest = text[done : len(text) if settled else _held(text, lines)]
    if rest:
        yield rest


def _held(text: str, lines: list[Line]) -> int:
    """Where the beginning of what may become a table begins at the end of the text; the text's end if nowhere."""
    last = lines[-1]
    top = last
    if len(lines) > 1 and not last.fence and may_be_delimiter(text[last.start : last.end]):
        top = lines[-2] if lines[-2].kind in (Kind.TEXT, Kind.HEADER) else last
    begins = top.kind in (Kind.TEXT, Kind.HEADER) and text[top.start : top.end].lstrip().startswith("|")
    return top.start if begins and len(text) - top.start <= _HELD else len(text)


def _link_list(source: Source) -> str:
    """The links of a table that is shown as a picture, as far as a message has room."""
    shown = ""
    for link in source.links():
        markup = f"[{link.text}](<{link.url}>)" if link.text.strip() else f"<{link.url}>"
        if len(shown) + 3 + len(markup) > LIMIT:
            break
        shown += (" · " if shown else "") + markup
    return shown
