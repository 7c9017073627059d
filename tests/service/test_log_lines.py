"""The log file for people: its last lines, then what comes, through a rotation too."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from antiphon.service.log_lines import followed, last, shown


def line(message: str, **more: str) -> str:
    return json.dumps({"time": "2026-01-31T09:12:44+0100", "level": "INFO", "message": message, **more}) + "\n"


def test_a_line_is_one_for_people_and_a_failure_has_its_trace() -> None:
    assert shown(line("connected")) == "2026-01-31 09:12:44 INFO connected"
    assert shown(line("failed", exception="Traceback …\nValueError")).endswith("failed\nTraceback …\nValueError")
    for odd in ("no JSON\n", "[]\n", '"text"\n', '{"time": 1, "level": 2, "message": 3}\n'):
        assert shown(odd) == odd.rstrip("\n")


def test_the_last_ones_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("".join(line(str(n)) for n in range(10)))
    assert [one[-1] for one in last(file, 3)] == ["7", "8", "9"]


def test_what_comes_is_shown_whole_and_once_through_a_rotation(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text(line("a") + line("b"))
    half = line("d")

    def happen() -> Iterator[Callable[[], object]]:
        yield lambda: append(line("c") + half[:20])
        yield lambda: append(half[20:])
        yield lambda: (append(line("e")), file.rename(tmp_path / "log.1"), file.write_text(line("f")))
        yield lambda: append(line("g"))

    def append(text: str) -> None:
        with file.open("a") as there:
            there.write(text)

    pauses = happen()

    def pause(_: float) -> None:
        next(pauses)()

    lines = followed(file, 1, pause)
    assert [next(lines)[-1] for _ in range(6)] == ["b", "c", "d", "e", "f", "g"]
