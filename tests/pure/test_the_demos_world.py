"""The configuration that the demo, the tests and the bench write for the bridge."""

from pathlib import Path

from antiphon.config.load import load
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
