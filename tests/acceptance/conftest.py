"""The fixtures of the whole chain (tests/chain.py), for every test here; and which suite a test belongs to."""

from pathlib import Path
from typing import cast

import pytest

from chain import allowance, chain, clock, forker, limits, pace, unstarted

__all__ = ["allowance", "chain", "clock", "forker", "limits", "pace", "unstarted"]

# `make acceptance DOOR=name` runs one of them; CONTRIBUTING says which change needs which.
SUITES = {
    "together": """
        co_authors coordination_channel edits_that_are_held four_sessions_edit_one_repository sessions_at_once the_board
        what_sessions_tell
    """,
    "setup": """
        doctor from_nothing_to_the_first_answer service setup_by_flags setup_in_a_terminal the_machine
    """,
    "places": """
        channel_conversations direct_messages forum_posts places_of_every_kind threads_as_context
    """,
    "messages": """
        a_long_answer_arrives_complete a_message_becomes_a_session a_second_message_continues_the_session
        a_turn_on_the_screen edits_of_waiting_prompts final_states queue requests_fit_discords_document
        roles_open_the_door steering strangers_are_ignored sub_agents_ask the_demo the_tour
        side_questions thirty_messages_in_a_second trying_again two_threads_work_at_once who_is_called
    """,
    "commands": """
        audit budgets choices commands_are_quick doctor_in_discord forgotten_sessions fork_and_rewind looks
        new_and_sessions projects_at_run_time stop_and_status stop_everywhere typed_commands
    """,
    "buttons": """
        clicks_that_discord_doubts controls_of_any_age guests now odd_times old_controls permissions plans
        questions rules_taken_back strangers_let_in who_answers withdrawn_requests
    """,
    "restarts": """
        a_dead_cli_fails_its_turn a_frozen_bridge a_killed_bridge_leaves_nothing
        a_killed_bridge_loses_nothing answers_after_a_restart fault_points going_on late_messages
        messages_that_were_missed parking posts_that_were_not_noted starting the_kept_bridge
        turns_outlive_the_bridge
    """,
    "outages": """
        discord_away discord_failing_loses_no_text garbled_claude is_it_well out_of_sight places_that_close
        the_disk_is_full what_discord_refuses
    """,
    "terminals": """
        fault_points_in_terminals hooks_that_are_answered_late leave_out own_tools say_and_inbox sync typed_into_tmux
        terminal_sessions webhook_alone
    """,
    "clock": """
        going_on_after_a_limit schedules
    """,
    "api": """
        api_attacks api_for_scripts api_schema http_api notices triggers
    """,
    "files": """
        attachments files_come_back pipes_everywhere
    """,
}
_SUITE_OF = {name: suite for suite, names in SUITES.items() for name in names.split()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:  # a file without a suite is an error here
            item.add_marker("acceptance")
            item.add_marker(_SUITE_OF[item.path.stem.removeprefix("test_")])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of test_places_of_every_kind.py: what was seen in each kind of place."""
    reports = [one for found in terminalreporter.stats.values() for one in found if isinstance(one, pytest.TestReport)]
    rows: dict[str, dict[str, str]] = {}
    for one in reports:
        rows |= [cast("tuple[str, dict[str, str]]", value) for name, value in one.user_properties if name == "place"]
    if not rows:
        return
    deeds = list(next(iter(rows.values())))
    terminalreporter.section("what was seen in places of every kind")
    for name, row in rows.items():
        cells = (f"{deed}: {row.get(deed, 'not reached')}" for deed in deeds)
        terminalreporter.write_line(f"{name:28} {' · '.join(cells)}")
