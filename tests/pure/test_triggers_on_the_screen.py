"""What people see of triggers: they are not taken for schedules whose time is over, and can be paused."""

from antiphon.actions.places import ScheduleStarted
from antiphon.actions.schedules.manage import Described
from antiphon.chat.announcements import announcement
from antiphon.chat.render.settings.schedules import schedule_spec, schedules_spec
from antiphon.core.schedules.values import Called, Once, Paused, ScheduledPrompt, ScheduleId


def trigger(paused: Paused = "") -> ScheduledPrompt:
    return ScheduledPrompt(
        ScheduleId("trigger.docs"), "docs", "site", "Mend the docs", Called("docs"), paused=paused, configured=True
    )


def test_a_list_tells_triggers_from_schedules() -> None:
    over = ScheduledPrompt(ScheduleId("1"), "Once", "site", "Look", Once(1.0), program="token")
    assert schedules_spec([trigger(), over]).content == "- 🪝 docs · trigger\n- ⏰ Once · over"


def test_a_trigger_can_be_paused_and_started_again_and_says_who_has_made_it() -> None:
    shown = schedule_spec(Described(trigger(), (), ()), may_change=True)
    assert [one.label for one in shown.buttons] == ["Pause", "Run now"]
    assert "-# for each event · a new thread each time · set in the configuration" in shown.content
    again = schedule_spec(Described(trigger("by_hand"), (), ()), may_change=True)
    assert [one.label for one in again.buttons] == ["Start", "Run now"]


def test_what_a_program_has_scheduled_is_not_said_to_be_configured() -> None:
    one = ScheduledPrompt(ScheduleId("1"), "Once", "site", "Look", Once(1.0), program="token")
    assert "made by a program" in schedule_spec(Described(one, (), ()), may_change=False).content


def test_a_run_is_announced_as_what_it_is() -> None:
    assert announcement(ScheduleStarted("docs", triggered=True)) == "🪝 **docs**\n-# Set off by an event"
    assert announcement(ScheduleStarted("docs")) == "⏰ **docs**\n-# A scheduled prompt"
