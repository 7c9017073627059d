"""What a configuration that is read again changes, and projects that were added beside its file. Pure, but for the
directories that are looked at."""

from pathlib import Path
from typing import Any

import pytest

from antiphon.config.live.added import combined, section_of
from antiphon.config.live.changes import Changes, changes, taken_up
from antiphon.config.settings import Settings
from antiphon.core.projects import AddedProject
from antiphon.errors import ConfigError


def settings(directory: Path, **more: Any) -> Settings:
    project = {"directory": str(directory), "channels": [1]}
    return Settings.model_validate({"discord": {"token": "x" * 30}, "projects": {"site": project}, **more})


def added(directory: Path, name: str = "web", channels: tuple[int, ...] = (2,)) -> AddedProject:
    return AddedProject(name, {"directory": str(directory), "channels": list(channels)}, 1, "ada")


def test_added_projects_stand_beside_the_files(tmp_path: Path) -> None:
    found = combined(settings(tmp_path), [added(tmp_path), added(tmp_path, "app", (3,))])
    assert list(found.settings.projects) == ["site", "web", "app"]
    assert found.left_out == {}
    assert found.settings.as_projects()[1].directory == tmp_path


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (("site", (2,)), "the configuration file has a project of this name"),
        (("web", (1,)), "channel 1 belongs to two projects: site and web"),
        (("web", ()), "channels: name at least one channel"),
    ],
)
def test_the_file_wins_and_what_cannot_be_is_left_out(tmp_path: Path, one: tuple[str, Any], why: str) -> None:
    found = combined(settings(tmp_path), [added(tmp_path, *one), added(tmp_path, "app", (3,))])
    assert list(found.settings.projects) == ["site", "app"]
    assert why in found.left_out[one[0]]


def test_a_directory_that_is_gone_leaves_its_project_out_alone(tmp_path: Path) -> None:
    found = combined(settings(tmp_path), [added(tmp_path / "gone"), added(tmp_path, "app", (3,))])
    assert list(found.settings.projects) == ["site", "app"]
    assert "there is no directory" in found.left_out["web"]


def test_the_earlier_of_two_has_the_channel(tmp_path: Path) -> None:
    found = combined(settings(tmp_path), [added(tmp_path, "b"), added(tmp_path, "a")])
    assert (list(found.settings.projects), list(found.left_out)) == (["site", "b"], ["a"])


def test_what_is_wrong_begins_with_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        section_of({"directory": str(tmp_path), "channels": [0], "permission_mode": "any", "nonsense": 1})
    assert [one.partition(":")[0].partition(" ")[0] for one in raised.value.problems] == [
        "channels,",
        "permission_mode",
        "nonsense",
    ]


def test_each_thing_that_differs_is_named_once_and_when_it_holds(tmp_path: Path) -> None:
    before = settings(tmp_path, limits={"drain": 5}, claude={"model": "opus"})
    schedule = {"nightly": {"project": "site", "when": "daily 3:00", "prompt": "tidy up"}}
    now = settings(tmp_path, limits={"drain": 7}, claude={"model": "haiku", "command": "/bin/true"}, schedules=schedule)
    assert changes(before, before) == Changes()
    assert changes(before, now) == Changes(("claude.model", "schedules.nightly"), ("claude.command", "limits.drain"))


def test_what_needs_a_restart_stays_as_the_bridge_was_built(tmp_path: Path) -> None:
    before = settings(tmp_path, limits={"drain": 5})
    now = settings(tmp_path, limits={"drain": 7}, claude={"model": "haiku", "command": "/bin/true"})
    taken = taken_up(before, now)
    assert (taken.limits.drain, taken.claude.model, taken.claude.command) == (5, "haiku", None)
    assert changes(taken, now) == Changes((), ("claude.command", "limits.drain"))  # it is said again until then
