"""Commands are registered again only when Discord has other ones."""

from typing import Any

import pytest

from antiphon.chat.connection.client import same_command

OURS: dict[str, Any] = {
    "name": "stop",
    "description": "Stop it",
    "type": 1,
    "options": [{"name": "how", "type": 3, "choices": [{"name": "now", "value": "now"}]}],
    "nsfw": False,
    "default_member_permissions": 8192,
    "integration_types": None,
}
THEIRS = {**OURS, "id": "1", "version": "2", "integration_types": [0], "default_member_permissions": "8192"}


def test_what_discord_adds_makes_no_difference() -> None:
    assert same_command(OURS, THEIRS)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "halt"},
        {"description": "Something else"},
        {"nsfw": True},
        {"default_member_permissions": "8"},
        {"default_member_permissions": None},
        {"options": []},
        {"options": [{"name": "how", "type": 3, "choices": []}]},
    ],
)
def test_every_change_of_ours_is_noticed(change: dict[str, Any]) -> None:
    assert not same_command(OURS, {**THEIRS, **change})
