"""The configuration that the demo, the tests and the bench write for the bridge."""

from pathlib import Path

from antiphon.config.load import load
from antiphon.demo.tour import PROJECT, SECTIONS, guide
from antiphon.demo.world import World

ABOUT = {
    "api": "http://127.0.0.1:1/api/v10",
    "bot_token": "MTIz.a.b",
    "model": "http://127.0.0.1:2",
    "channels": {"general": "12", "random": "13"},
}


def test_what_is_written_is_what_the_bridge_reads(tmp_path: Path) -> None:
    world = World(tmp_path, ABOUT, "/bin")
    world.project.mkdir()
    limits, display = {"turn_silence": 2.5}, {"ping": "nobody", "progress_style": "compact"}
    world.configure({"limits": limits, "display": display}, max_turns=2, allowed_tools=[], permission_mode="default")
    settings, _ = load(world.environment(), world.config)
    (project,) = settings.as_projects()
    assert settings.limits.turn_silence == 2.5
    assert (project.display.ping, project.display.progress) == ("nobody", "compact")
    assert (project.claude.max_turns, project.claude.allowed_tools) == (2, ())
    assert project.channels == {12, 13}
    world.configure()
    (project,) = load(world.environment(), world.config)[0].as_projects()
    assert "Bash" in project.claude.allowed_tools


def test_the_tour_shows_thoughts_asks_about_new_files_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    world = World(tmp_path, ABOUT, "/bin")
    world.project.mkdir()
    world.configure(SECTIONS, **PROJECT)
    (project,) = load(world.environment(), world.config)[0].as_projects()
    assert (project.display.thinking, project.after_restart) == ("full", "continue")
    assert project.claude.permission_mode == "default"
    assert not {"Write", "Edit", "Bash"} & set(project.claude.allowed_tools)


async def nothing() -> None: ...


def test_what_is_said_of_the_model_is_so_for_the_real_one_too() -> None:
    scripted, real = (guide(nothing, real_model=real_model) for real_model in (False, True))
    assert scripted.intro[:2] == real.intro[:2]
    assert scripted.intro[2].startswith("Claude is played by a script")
    assert "script" not in real.intro[2]
    left_out = {one.label for one in scripted.chips} - {one.label for one in real.chips}
    assert left_out == {"Show me an API error"}
    labels = [one.label for one in real.chips]
    assert labels[labels.index("Run the build") + 1] == "Kill the bridge"
