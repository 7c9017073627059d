"""/help says what somebody may do here, by what people want."""

from typing import get_args

import pytest

from antiphon.chat import wording
from antiphon.chat.interactions.help import TASKS, help_pages
from antiphon.chat.interactions.wording import COMMANDS
from antiphon.core.access import Action


def test_every_command_and_menu_belongs_to_one_task() -> None:
    assert sorted(name for task in TASKS for name in task.commands) == sorted(COMMANDS)
    assert {name for task in TASKS for name in task.menus} == {wording.REWIND_TO_HERE, wording.FORK_FROM_HERE}


def test_all_of_it_fits_into_messages_and_ends_with_what_one_may_do() -> None:
    pages = help_pages(get_args(Action))
    assert all(len(page) <= 2000 for page in pages)
    assert sum(page.count("`/") for page in pages) == len(COMMANDS)
    assert pages[-1].endswith("raise budgets here.")


@pytest.mark.parametrize("right", get_args(Action))
def test_what_somebody_may_not_do_is_not_offered(right: Action) -> None:
    told = "\n".join(help_pages([one for one in get_args(Action) if one != right]))
    for task in TASKS:
        assert (f"**{task.title}**" in told) == (task.right != right)


def test_who_may_do_nothing_is_told_whom_to_ask() -> None:
    assert help_pages([]) == ["-# You may not use Claude here. Ask whoever runs Antiphon."]
