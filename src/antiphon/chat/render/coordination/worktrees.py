"""Working trees of sessions: as a list, one by one, and what would be lost with one. Pure."""

from collections.abc import Sequence

from antiphon.actions.coordination.worktrees import SessionTree, Trees
from antiphon.chat.render.coordination import wording
from antiphon.chat.render.custom_ids import LoseWorktree, OnWorktree, button, control_id, label
from antiphon.chat.render.format import counted
from antiphon.chat.render.message import Button, Entry, Menu, MessageSpec, Row
from antiphon.chat.render.replies import MOST
from antiphon.chat.render.text.escape import escaped, inline_code
from antiphon.chat.render.text.splitter import fitting
from antiphon.core.values import NOWHERE

_LISTED = 25  # Discord's limit of a menu's entries
_NAME, _TITLE, _PROJECT, _ENTRY = 60, 60, 80, 100  # characters
_NAMED, _COMMITS = 5, 8  # files and commits that are named


def trees_spec(found: Trees, note: str = "") -> MessageSpec:
    """The session here, then all of the project. `note`: what was just done."""
    project = escaped(found.project.name, _PROJECT)
    lines = [note] if note else []
    own = found.own
    if own is not None:
        lines.append(f"{wording.TREE_HERE}{_line(own, here=True)}")
    elif found.here is not None:
        lines.append(wording.NOT_SETTLED if found.here.tree is None else wording.SHARES)
    others = [one for one in found.found if own is None or one.session.id != own.session.id]
    if others:
        lines += [wording.TREES.format(project=project), *(f"- {_line(one)}" for one in others[:_LISTED])]
        lines += [wording.MORE_TREES.format(count=len(others) - _LISTED)] if len(others) > _LISTED else []
    elif own is None:
        lines.append(wording.NO_TREES.format(project=project))
    rows: tuple[Row, ...] = _menu([one for one in others if one.session.place != NOWHERE][:_LISTED])
    return MessageSpec("worktrees", "\n".join(fitting(lines, MOST)), rows=rows, buttons=_buttons_here(found))


def tree_spec(found: Trees, note: str = "") -> MessageSpec:
    """One of them, with what can be done."""
    own, lines = found.own, [note] if note else []
    if own is not None:
        lines.append(_line(own))
        lines += _details(own)
    buttons = (*_buttons_here(found), *button(OnWorktree("list", 0), wording.ALL_TREES))
    return MessageSpec("worktree", "\n".join(fitting(lines or [wording.SHARES], MOST)), buttons=buttons)


def loss_spec(one: SessionTree) -> MessageSpec:
    """What would be lost, before it is."""
    lines = [wording.WOULD_BE_LOST.format(tree=inline_code(one.tree.root.name, _NAME)), *_details(one)]
    if one.state is not None and one.state.head:
        lines.append(wording.LOST_COMMIT.format(head=one.state.head[:12]))
    sure = button(
        LoseWorktree(one.session.place, one.state.digest if one.state is not None else "unknown"),
        wording.LOSE_TREE,
        "danger",
    )
    back = button(OnWorktree("list", 0), wording.ALL_TREES)
    return MessageSpec("worktree", "\n".join(fitting(lines, MOST)), buttons=(*sure, *back))


def _line(one: SessionTree, *, here: bool = False) -> str:
    parts = [inline_code(one.tree.root.name, _NAME)]
    if not here:
        parts.append(f"<#{one.session.place}>" if one.session.place else escaped(one.session.title, _TITLE))
    return " · ".join([*parts, *_facts(one)])


def _facts(one: SessionTree) -> list[str]:
    state = one.state
    if state is None:
        return [wording.TREE_UNREADABLE]
    facts = [] if state.there else [wording.TREE_GONE]
    if state.unmerged:
        commits, target = counted(len(state.unmerged), "commit"), escaped(one.tree.target, _NAME) or "?"
        facts.append(wording.TO_MERGE.format(commits=commits, target=target))
    if state.uncommitted:
        facts.append(wording.NOT_COMMITTED.format(files=counted(len(state.uncommitted), "file")))
    return facts if state.unmerged or state.uncommitted else [*facts, wording.ALL_MERGED]


def _details(one: SessionTree) -> list[str]:
    state, lines = one.state, list[str]()
    if state is None:
        return [wording.TREE_UNREADABLE]
    if state.uncommitted:
        files = counted(len(state.uncommitted), "file")
        lines.append(wording.LOST_FILES.format(files=files, names=_named(state.uncommitted)))
    if state.unmerged:
        commits, target = counted(len(state.unmerged), "commit"), escaped(one.tree.target, _NAME) or "?"
        lines.append(wording.LOST_COMMITS.format(commits=commits, target=target))
        lines += [f"- {escaped(line, _ENTRY)}" for line in state.unmerged[:_COMMITS]]
    return lines


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(inline_code(name, _NAME, keep_end=True) for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _menu(shown: Sequence[SessionTree]) -> tuple[Row, ...]:
    if not shown:
        return ()
    entries = (
        Entry(str(one.session.place), label(one.tree.root.name, _ENTRY), label(one.session.title, _ENTRY))
        for one in shown
    )
    return (Menu(control_id(OnWorktree("pick", 0)) or "", tuple(entries), wording.CHOOSE_TREE),)


def _buttons_here(found: Trees) -> tuple[Button, ...]:
    own, here = found.own, found.here
    if own is None:
        if here is None or here.place == NOWHERE:
            return ()
        if here.terminal is not None:
            return ()
        shares = button(OnWorktree("share", here.place), wording.SHARE) if here.tree is None else ()
        return (*button(OnWorktree("isolate", here.place), wording.ISOLATE), *shares)
    place, state = own.session.place, own.state
    shown: list[Button] = []
    if state is not None and state.uncommitted:
        shown += button(OnWorktree("commit", place), wording.COMMIT_FIRST, "primary")
    elif state is not None and state.unmerged:
        shown += button(OnWorktree("merge", place), wording.MERGE_BACK, "primary")
        shown += button(OnWorktree("publish", place), wording.PULL_REQUEST) if found.publishes else ()
    if state is not None and not state.there:
        shown += button(OnWorktree("share", place), wording.SHARE)
    return (*shown, *button(OnWorktree("remove", place), wording.REMOVE_TREE, "danger"))
