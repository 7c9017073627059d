"""Every sentence about git and working trees that a person reads. Plain text: whoever shows it escapes it."""

from collections.abc import Sequence
from pathlib import Path

_LONGEST = 300  # characters of what git says
_TITLE = 40  # characters of a session's title

CONFIGURATION_UNREADABLE = "The configuration of the repository is too long to be looked through."
NO_REPOSITORY = "The project is not in a git repository."
NOT_COMPARED = "git could not compare the files with the last commit."


def not_run(why: str) -> str:
    return f"git cannot be run ({why})."


def no_answer(seconds: float) -> str:
    return f"git did not respond within {seconds:.0f} s."


def refused(said: str) -> str:
    """`said`: git's own words."""
    lines = [line.removeprefix("fatal: ").removeprefix("error: ") for line in said.splitlines() if line.strip()]
    return f"git says: {' '.join(lines)[:_LONGEST] or 'nothing'}"


# Making a working tree

NO_COMMIT = "The repository has no commit yet, so there is nothing that a working tree could begin with."
NO_NAME_LEFT = "There are too many working trees of this name."
NO_REMOTE = "The repository has no remote, so the working tree begins with the project's current commit."


def not_fetched(why: str) -> str:
    return f"The newest commits could not be fetched, so the working tree begins with those fetched last. {why}"


def no_such_branch(name: str) -> str:
    return f"There is no branch {name}, so the working tree begins with the project's current commit."


def not_copied(name: str) -> str:
    """`name`: of the first file."""
    return f"Not all files of .worktreeinclude were copied into the working tree; the first one left out is {name}."


def no_submodules(why: str) -> str:
    return f"The submodules are empty in the working tree: {why}"


def no_submodule(path: str, why: str) -> str:
    return f"The submodule {path} is empty in the working tree: {why}"


def no_source(path: Path) -> str:
    return f"{path} is not in a git repository any more."


def in_the_way(path: Path) -> str:
    return f"Something that is not a working tree of this session lies at {path}. Move it away, then try again."


def leads_elsewhere(path: Path) -> str:
    return f"{path} links to a place outside the project. Remove that link, then try again."


IN_SUBMODULE = "is in this tree's submodule alone"


def in_submodule(path: str) -> str:
    return f"{path}: {IN_SUBMODULE}"


# Bringing its commits back

NO_TARGET = (
    "The project's directory was on no branch when this working tree was made, so it is not known where its commits "
    "belong. Merge its branch yourself."
)
MOVED_MEANWHILE = "The branch has moved on meanwhile. Try again."


def no_target(branch: str) -> str:
    return f"There is no branch {branch} here to merge into."


def nothing_to_merge(branch: str) -> str:
    return f"{branch} has all of its commits already."


def uncommitted(files: Sequence[str]) -> str:
    return f"{_counted(files)} in the working tree {'is' if len(files) == 1 else 'are'} not committed yet."


def target_not_moved(where: Path, said: str) -> str:
    """`said`: git's own words."""
    return f"The files in {where} could not be updated. {refused(said)}"


UNDER_WAY = (
    "A merge or a rebase is unfinished, in this working tree or of the branch that it is merged into. "
    "Finish it, or give it up, then try again."
)


def submodule_alone(line: str) -> str:
    return f"{line}. Push it, or fetch it into the project's own submodule, then try again."


def ignored_in_the_way(files: Sequence[str]) -> str:
    return f"{_counted(files)} in the working tree, which git ignores, would be written over. Move it away first."


def not_followed(said: str) -> str:
    return f"The working tree itself stays where it was. {refused(said)}"


def not_a_tree(path: Path) -> str:
    return f"{path} is no working tree of this repository."


def _counted(files: Sequence[str]) -> str:
    named = ", ".join(files[:3]) + (" …" if len(files) > 3 else "")
    return f"{len(files)} file{'' if len(files) == 1 else 's'} ({named})"


# Where a session works

MAKING = "Making a working tree"


def works_in(root: Path, why: str = "") -> str:
    because = f", because {why}" if why else ""
    return f"Claude works in its own working tree here, {root.name}{because}. /worktree merges it back."


def another_works_here(title: str) -> str:
    """`title`: of the other session, "" where it is not to be named."""
    return f"{_called(title)} is in the project's directory"


def also_here(title: str) -> str:
    """The same."""
    return f"{_called(title)} works in this directory by now, too. /worktree gives this session a tree of its own."


def _called(title: str) -> str:
    return f"“{title[:_TITLE]}{'…' if len(title) > _TITLE else ''}”" if title else "Another session"


def made_again(root: Path, branch: str) -> str:
    gone = "What was not committed in it is lost."
    return f"This session's working tree was gone and is made again: {root}, branch {branch}. {gone}"


def no_such_part(part: Path) -> str:
    return f"There is no {part} in the commit that the working tree begins with, so Claude works at its top."


def shared(why: str) -> str:
    return f"This session shares the project's directory with others. {why}"


def not_made(why: str) -> str:
    return (
        f"This session's working tree could not be made, so Claude did not start. {why} "
        "Try again once that is fixed, or let it work in the project's directory with /worktree."
    )


def disk_refuses(why: str) -> str:
    return f"The disk does not take it ({why})."


# Changing where a session works, and pull requests

NO_SESSION = "There is no such session any more."
IN_A_TERMINAL = "This session is open in a terminal, and works where that is."
IN_USE = "A session is at work in this tree, or open in a terminal there. Wait until it is done, then try again."
HAS_ONE = "This session has a working tree of its own already."
HAS_NONE = "This session has no working tree of its own."
NO_PROGRAM = "GitHub's program gh is not installed on this machine."
NO_BRANCH = "There is no branch of its own checked out in this working tree, so there is nothing to push."


def not_published(said: str) -> str:
    """`said`: the program's own words."""
    return f"The pull request was not opened. gh says: {' '.join(said.split())[:_LONGEST] or 'nothing'}"
