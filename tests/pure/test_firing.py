"""What becomes of schedules that have come due: never two runs of one at once, and what was missed as is wanted."""

from dataclasses import replace

from antiphon.actions.callers import ClaudeSession, MachineUser, Program, Schedule
from antiphon.actions.schedules.fire import caller_of, firing, may_run, startable
from antiphon.core.projects import Projects
from antiphon.core.schedules.values import Every, Once, ScheduledPrompt, ScheduledRun, ScheduleId
from antiphon.core.values import Access, Person, PersonId, SessionId

from fakes import PROJECT as PLAYGROUND

ADA = Person(PersonId(1), "Ada")
PROJECT = replace(PLAYGROUND, access=Access(people=frozenset((ADA.id,))))
ID, OTHER = ScheduleId("one"), ScheduleId("other")
HOURLY = ScheduledPrompt(ID, "Hourly", PROJECT.name, "check", Every(3600.0, 0.0), next=3600.0)
AT_WORK = ScheduledRun(ID, 1.0, "started")


def states(one: ScheduledPrompt, now: float, *open_runs: ScheduledRun) -> list[tuple[float, str]]:
    return [(run.due, run.state) for run in firing(one, open_runs, now).runs]


def test_one_that_is_due_is_run_and_is_due_again() -> None:
    fired = firing(HOURLY, [], 3601.0)
    assert (fired.schedule, fired.was, fired.next) == (ID, 3600.0, 7200.0)
    assert [*fired.runs] == [ScheduledRun(ID, 3600.0)]
    once = replace(HOURLY, when=Once(3600.0))
    assert firing(once, [], 3600.0).next is None


def test_while_the_last_run_is_at_work_it_is_skipped_or_waits() -> None:
    assert states(HOURLY, 3600.0, AT_WORK) == [(3600.0, "skipped")]
    assert states(HOURLY, 3600.0, ScheduledRun(OTHER, 1.0, "started")) == [(3600.0, "due")]
    patient = replace(HOURLY, overlap="queue")
    assert states(patient, 3600.0, AT_WORK) == [(3600.0, "due")]


def test_at_most_one_waits() -> None:
    patient = replace(HOURLY, overlap="queue")
    assert states(patient, 3600.0, AT_WORK, ScheduledRun(ID, 2.0)) == [(3600.0, "skipped")]


def test_missed_runs_are_made_up_for_one_after_the_other() -> None:
    each = replace(HOURLY, missed="each")
    assert states(each, 3 * 3600.0 + 600) == [(3600.0, "due"), (7200.0, "due"), (10800.0, "due")]
    assert states(replace(HOURLY, missed="once"), 3 * 3600.0 + 600) == [(10800.0, "due"), (7200.0, "missed")]
    assert states(replace(HOURLY, missed="skip"), 3 * 3600.0 + 600) == [(10800.0, "missed")]


def test_one_run_of_each_schedule_is_started_at_a_time() -> None:
    waiting = [ScheduledRun(ID, 2.0), ScheduledRun(ID, 3.0), ScheduledRun(OTHER, 4.0)]
    assert startable(waiting) == [waiting[0], waiting[2]]
    assert startable([AT_WORK, *waiting]) == [waiting[2]]


def test_it_acts_for_who_has_made_it_as_long_as_they_may() -> None:
    projects = Projects([PROJECT])
    ci = Program("ci", frozenset({"prompt"}), frozenset({PROJECT.name}))
    known = {"ci": ci}.get
    assert caller_of(replace(HOURLY, owner=ADA), known) == Schedule("Hourly", ADA)
    assert caller_of(replace(HOURLY, maker=SessionId("s")), known) == ClaudeSession(SessionId("s"), PROJECT.name)
    assert caller_of(replace(HOURLY, program="ci"), known) == ci
    assert caller_of(replace(HOURLY, program="revoked"), known) is None
    assert caller_of(HOURLY, known) == MachineUser("configuration")
    assert may_run(projects, HOURLY, Schedule("Hourly", ADA))
    assert may_run(projects, HOURLY, ci)
    assert not may_run(projects, HOURLY, replace(ci, projects=frozenset()))
    assert not may_run(projects, HOURLY, Schedule("Hourly", Person(PersonId(666), "Mallory")))
    assert not may_run(Projects([]), HOURLY, MachineUser("configuration"))
