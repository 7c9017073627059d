"""What Claude said, as messages: prose in chunks, tables as a phone can show them.

Promises, for every text:

* **Limits.** A message has at most 2,000 characters, is not blank, and closes the fences that it opens.
* **Nothing is lost.** Prose is shown as `antiphon.chat.render.text.splitter` promises. A table is shown as
  aligned code or as a list with all of its text, or (too wide for a phone, or of more than five messages) as a
  picture with its source beside it, or as it was written.
* **What is posted stays.** While a text grows, only its last message changes; while a table grows, the messages since
  its beginning. The beginning of what may become a table is held back until that is known.
* Of many tables in one text each costs its own time once: linear.

A table that is complete stands in the same message as the prose around it, if there is room: in a message of its own
it would only make more messages.
"""

from collections.abc import Iterator
from dataclasses import replace

from antiphon.chat.render.format import cost
from antiphon.chat.render.message import MessageSpec, PictureUpload, Priority, TextUpload, Upload
from antiphon.chat.render.text import markdown
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.markdown import Kind, scan
from antiphon.chat.render.text.splitter import LIMIT, split
from antiphon.chat.render.text.tables import Source, as_list, code_blocks, columns, live_code, read
from antiphon.core.blocks import TextBlock
from antiphon.core.requests import SideAnswer
from antiphon.core.view import TurnView

_MANY = 5  # messages: an answer of more is given as a file too, a table of more in one alone
_QUESTION = 200  # characters of a side question
_CODE_LIMIT = LIMIT - 20  # of a table's code: a cut in what follows sees that the fence is closed, and falls outside
_MOST_COLUMNS = 24  # with more a picture shows nothing
_HELD = LIMIT // 2  # characters at the end that may be held back


def answer_specs(index: int, block: TextBlock) -> list[MessageSpec]:
    """The messages of a text block, in order; none for a blank one. `index`: the block's place in the view."""
    page = _Page(index)
    for segment in _segments(markdown.as_discord_reads(block.text), block.settled):
        if isinstance(segment, str):
            page.prose(segment)
        else:
            page.table(segment)
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


def side_answer(question: str, answer: SideAnswer) -> list[MessageSpec]:
    """What Claude said to a side question, below the question ("": it is above already)."""
    said = ["💬", *([escaped(question, _QUESTION)] if question else [])]
    head = f"-# {' '.join(said)}" + (f" · {cost(answer.cost)}" if answer.cost else "")
    specs = answer_specs(0, TextBlock(answer.text, settled=True))
    if len(specs) > _MANY:
        return [MessageSpec("aside", head, uploads=(TextUpload("answer.md", f"{answer.text}\n"),))]
    return [MessageSpec("aside", head), *specs]


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

    def table(self, table: Source) -> None:
        """A table. Nothing comes after one that still grows."""
        if table.blank or len(table.aligns) > _MOST_COLUMNS:
            self._begin(table.text)
            return
        blocks = () if table.too_long else code_blocks(table.table(urls=True), _CODE_LIMIT)
        if len(blocks) == 1 and self._joined(blocks[0]):
            return
        if table.growing:
            code = blocks[0] if len(blocks) == 1 else live_code(table, _CODE_LIMIT)
            self._begin(code or table.text, code=bool(code))
        elif 1 <= len(blocks) <= _MANY:
            for block in blocks:
                self._begin(block, code=True)
        elif listed := as_list(table):
            self._text = self._text.strip("\n")
            self.prose(f"\n{listed}" if self._text else listed)
        else:
            self._flush()
            uploads = (PictureUpload("table.png", table.table(urls=False)), TextUpload("table.md", table.text + "\n"))
            self._add(_link_list(table), uploads)
            self._flush()

    def finished(self) -> list[MessageSpec]:
        """All messages."""
        self._flush()
        return self._specs

    def _joined(self, code: str) -> bool:
        """Adds code to the last message, if there is room in it."""
        self._text = self._text.strip("\n")
        if len(self._text) + len(code) > _CODE_LIMIT - markdown.LONGEST_CLOSER or "~~~" in self._text:
            *full, self._text = split(self._text) or ("",)
            for content in full:
                self._add(content)
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
        for content in split(self._text):
            self._add(content)
        self._text, self._ends_in_code = "", False
        if self._number:
            self._part, self._number = self._part + 1, 0

    def _add(self, content: str, uploads: tuple[Upload, ...] = ()) -> None:
        slot = f"{self._index}.{self._part}.{self._number}"
        self._specs.append(MessageSpec(slot, content, uploads=uploads, priority=Priority.ANSWER))
        self._number += 1


def _segments(text: str, settled: bool) -> Iterator[str | Source]:
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
        at = next((i for i in range(top, last + 1) if lines[i].kind not in markdown.TABLE), last + 1)
        aligns = columns(*(text[line.start : line.end] for line in lines[top : top + 2]))
        if not aligns or (top + 1 == last and not settled):
            continue
        if lines[top].start > done:
            yield text[done : lines[top].start]
        open_end = at > last or (at == last and not markdown.unquoted(text[lines[at].start :]))
        yield read(text[lines[top].start : lines[at - 1].end], aligns, growing=open_end and not settled)
        done = len(text) if at > last else lines[at].start
    rest = text[done : len(text) if settled else _held(text, lines)]
    if rest:
        yield rest


def _held(text: str, lines: list[markdown.Line]) -> int:
    """Where the beginning of what may become a table begins at the end of the text; the text's end if nowhere."""
    last = lines[-1]
    top = last
    if len(lines) > 1 and not last.fence and markdown.may_be_delimiter(text[last.start : last.end]):
        top = lines[-2] if lines[-2].kind in (Kind.TEXT, Kind.HEADER) else last
    begins = top.kind in (Kind.TEXT, Kind.HEADER) and text[top.start : top.end].lstrip().startswith("|")
    return top.start if begins and len(text) - top.start <= _HELD else len(text)


def _link_list(source: Source) -> str:
    """The links of a table that is shown as a picture, as far as a message has room."""
    shown = ""
    for link in source.links():
        if len(shown) + 3 + len(link) > LIMIT:
            break
        shown += (" · " if shown else "") + link
    return shown
