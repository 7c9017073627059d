"""The files of a service: ours are known by their mark, written whole or not at all, and put back if it fails."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from antiphon.attach.state import save
from antiphon.errors import UnitError
from antiphon.service import wording

_HIGHEST = 4  # directories above a file that may be ours
MARK = "Written by “antiphon service install”; “antiphon service remove” takes it away."


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file as it should be. `shown`: what a person sees of it before it is written, "" where it is its text."""

    path: Path
    text: str
    mode: int
    shown: str = ""

    @property
    def is_there(self) -> bool:
        """Whether it is as it should be."""
        return read(self.path) == self.text and self.path.stat().st_mode & 0o777 == self.mode


def read(path: Path) -> str | None:
    """What a file says; None: there is none. UnitError: it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnitError(wording.unreadable(path, error.strerror or str(error))) from error


def is_ours(path: Path) -> bool:
    """Whether there is one, and we wrote it."""
    return not path.is_symlink() and MARK in (read(path) or "")


def refuse_others(paths: Iterable[Path]) -> None:
    """UnitError: one of these is there, and somebody else wrote it."""
    if others := [one for one in paths if (one.exists() or one.is_symlink()) and not is_ours(one)]:
        raise UnitError("; ".join(wording.not_ours(one) for one in others))


@contextmanager
def written(files: Sequence[UnitFile], superfluous: Iterable[Path], home: Path) -> Generator[None]:
    """Write what is not there, and remove what is ours and superfluous; all of it is undone if what is done inside
    fails. `home`: the user's, which stays whatever is in it."""
    superfluous = tuple(superfluous)
    paths = (*(one.path for one in files), *superfluous)
    with ExitStack() as undo:
        undo.callback(_remove_empty, paths, home)
        for path in paths:
            undo.callback(_put_back, path, read(path), path.stat().st_mode & 0o777 if path.exists() else 0)
        for one in files:
            _write(one.path, one.text, one.mode)
        for path in superfluous:
            path.unlink(missing_ok=True)
        yield
        undo.pop_all()


def _put_back(path: Path, text: str | None, mode: int) -> None:
    with suppress(OSError, UnitError):
        if text is None:
            path.unlink(missing_ok=True)
        else:
            _write(path, text, mode)


def remove(paths: Iterable[Path], home: Path) -> None:
    """Remove files, and the directories around them in which nothing is left. UnitError: the disk refuses."""
    paths = tuple(paths)
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise UnitError(wording.unwritable(path, error.strerror or str(error))) from error
    _remove_empty(paths, home)


def _remove_empty(paths: Iterable[Path], home: Path) -> None:
    """Remove the directories of files, and some above, in which nothing is left."""
    for path in paths:
        with suppress(OSError):
            for directory in takewhile(lambda one: one != home, path.parents[:_HIGHEST]):
                directory.rmdir()


def _write(path: Path, text: str, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, text.encode(), mode)
    except OSError as error:
        raise UnitError(wording.unwritable(path, error.strerror or str(error))) from error
