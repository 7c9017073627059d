"""Rules seen, removed, added again and taken back: who may, what the worker is asked, what the audit keeps."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bridge import ADA, BEN, CHANNEL, HERE, PROJECT, ROOT, SESSION, Bridge, ada, ben, claude, program, root, stranger

from antiphon.actions import answers, rules
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.reasons import Condition, NotAllowed, Refused, WorkerRefused
from antiphon.core import requests
from antiphon.core.blocks import AskBlock, End, TakenBack
from antiphon.core.projects import Projects
from antiphon.core.records import OutboxRow
from antiphon.core.rules import EDITS, OfferedRule, StandingRule
from antiphon.core.values import Access, Choices, Group, Person, PersonId, PlaceId, ToolUseId, TurnId

READ, TOUCH = "Read(//a/**)", "Bash(touch a)"
ONE = ToolUseId("one")
OF_SESSION, OF_PROJECT = StandingRule(READ, "reading in /a", "session"), StandingRule(TOUCH, "“touch a”", "project")
CAROL = Person(PersonId(10), "Carol")
carol = Member(CAROL, "menu")


async def refused(attempt: Any) -> Any:
    with pytest.raises(Refused) as caught:
        await attempt
    return caught.value.reason


def with_rules(bridge: Bridge, session: tuple[StandingRule, ...] = (OF_SESSION,)) -> None:
    """A worker that knows rules, and does what it is asked."""
    bridge.replies |= {
        requests.ListRules: lambda _: requests.RuleList(session, (OF_PROJECT,)),
        requests.RemoveRules: lambda asked: requests.RulesChanged(asked.texts),
        requests.AddRules: lambda asked: requests.RulesChanged(asked.texts),
        requests.ChangeRules: lambda _: requests.ChoicesMade(at_once=False),
        requests.TakeBackAnswer: lambda _: requests.ChoicesMade(at_once=True),
    }


def approved(bridge: Bridge) -> ActionContext:
    """The same with approvers: Carol, who may not prompt, and not Ada or Ben."""
    access = Access(
        frozenset({ADA.id, BEN.id}), approvers=Group(frozenset({CAROL.id})), admins=Group(frozenset({ROOT.id}))
    )
    return replace(bridge.context, projects=Projects([replace(PROJECT, access=access)]))


async def audited(bridge: Bridge) -> list[Any]:
    return [(one.deed, one.name, one.what) for one in await bridge.store.audits(None, 99)]


async def test_what_stands_is_seen_with_what_the_session_has(bridge: Bridge) -> None:
    with_rules(bridge)
    kept = replace(SESSION, choices=Choices(mode="acceptEdits", rules=(READ,)))
    await bridge.store.keep(bridge.worker, kept)
    seen = await rules.listed(bridge.context, program, HERE)
    assert seen.own == (OF_SESSION, OF_PROJECT)
    assert (seen.session and seen.session.id) == SESSION.id
    assert bridge.asked == [requests.ListRules((READ, EDITS))]


async def test_where_there_is_no_session_the_projects_rules_are_seen_and_removed(bridge: Bridge) -> None:
    with_rules(bridge, session=())
    here = InPlace(CHANNEL)
    assert (await rules.listed(bridge.context, ada, here)).session is None
    changed = await rules.remove(bridge.context, ada, here, OF_PROJECT.key, "7")
    assert changed == rules.Changed("“touch a”", at_once=True, key="7")
    assert await rules.add_again(bridge.context, ada, here, "7") == rules.Changed("“touch a”", at_once=True)
    assert await refused(rules.listed(bridge.context, ada, InPlace(PlaceId(77)))) is Condition.NO_PROJECT


async def test_a_rule_of_the_project_is_removed_once_and_added_again_by_its_decision(bridge: Bridge) -> None:
    with_rules(bridge)
    assert await rules.remove(bridge.context, ada, HERE, OF_PROJECT.key, "7") == rules.Changed("“touch a”", True, "7")
    assert bridge.asked[-1] == requests.RemoveRules("project", (TOUCH,))
    bridge.replies[requests.RemoveRules] = lambda _: requests.RulesChanged(())
    assert await refused(rules.remove(bridge.context, ben, HERE, OF_PROJECT.key, "8")) is Condition.NO_SUCH_RULE
    assert await rules.add_again(bridge.context, ben, HERE, "7") == rules.Changed("“touch a”", True)
    assert bridge.asked[-1] == requests.AddRules((TOUCH,))
    removed = {"removed": TOUCH, "label": "“touch a”", "scope": "project", "project": "playground", "key": "7"}
    added = {"added": TOUCH, "scope": "project", "project": "playground"}
    assert await audited(bridge) == [("rules", "Ada", removed), ("rules", "Ben", added)]


async def test_a_rule_of_the_session_is_removed_and_added_by_its_conversation(bridge: Bridge) -> None:
    with_rules(bridge)
    assert await rules.remove(bridge.context, ada, HERE, OF_SESSION.key, "7") == rules.Changed(
        "reading in /a", False, "7"
    )
    assert bridge.asked[-1] == requests.ChangeRules(remove=(READ,))
    assert await rules.add_again(bridge.context, ada, HERE, "7") == rules.Changed("reading in /a", False)
    assert bridge.asked[-1] == requests.ChangeRules(add=(READ,))


async def test_while_a_turn_runs_a_rule_of_the_project_is_asked_about_from_the_next_one(bridge: Bridge) -> None:
    with_rules(bridge)
    await bridge.running(1)
    assert not (await rules.remove(bridge.context, ada, HERE, OF_PROJECT.key, "7")).at_once


@pytest.mark.parametrize("rule", ["", "x", OF_PROJECT.key + "0"])
async def test_what_is_not_there_is_not_removed(bridge: Bridge, rule: str) -> None:
    with_rules(bridge)
    assert await refused(rules.remove(bridge.context, ada, HERE, rule, "7")) is Condition.NO_SUCH_RULE
    assert await refused(rules.add_again(bridge.context, ada, HERE, "7")) is Condition.NO_SUCH_RULE
    assert await audited(bridge) == []


async def test_a_decision_of_another_session_or_project_adds_nothing(bridge: Bridge) -> None:
    with_rules(bridge)
    await rules.remove(bridge.context, ada, HERE, OF_SESSION.key, "7")
    assert await refused(rules.add_again(bridge.context, ada, InPlace(CHANNEL), "7")) is Condition.NO_SUCH_RULE
    other = replace(bridge.context, projects=Projects([replace(PROJECT, name="another")]))
    assert await refused(rules.add_again(other, ada, HERE, "7")) is Condition.NO_SUCH_RULE


async def test_who_may_answer_or_configure_removes_and_who_may_answer_adds_again(bridge: Bridge) -> None:
    with_rules(bridge)
    context = approved(bridge)
    assert await refused(rules.listed(context, carol, HERE)) == NotAllowed("prompt")
    assert (await rules.remove(context, ada, HERE, OF_PROJECT.key, "7")).key == ""  # she could not undo it
    assert await refused(rules.add_again(context, ada, HERE, "7")) == NotAllowed("answer")
    assert (await rules.remove(context, carol, HERE, OF_PROJECT.key, "8")).key == "8"
    assert (await rules.remove(context, root, HERE, OF_PROJECT.key, "9")).key == "9"
    await rules.add_again(context, carol, HERE, "8")
    for caller in (stranger, program, claude):
        assert await refused(rules.remove(context, caller, HERE, OF_PROJECT.key, "1")) == NotAllowed("configure")


# What an answer has allowed


def asked(*offered: OfferedRule, rule: int | None = 0) -> AskBlock:
    return AskBlock(ONE, "Bash", "touch a", 1.0, outcome="allowed", by="Ada", rules=offered, rule=rule)


FOR_PROJECT = OfferedRule("“touch a”", (TOUCH,), "project")
FOR_SESSION = OfferedRule("reading in /a", (READ,), "session")


async def test_what_an_answer_wrote_into_settings_is_taken_out_once_it_can_add_nothing_more(bridge: Bridge) -> None:
    with_rules(bridge)
    turn = await bridge.running(1, asked(FOR_PROJECT), end=End("done", 2.0))
    done = await rules.take_back(bridge.context, ada, HERE, answers.Request(turn, ONE))
    assert done == rules.Changed("“touch a”", at_once=True)
    assert bridge.asked == [
        requests.TakeBackAnswer(turn, ONE, "Ada", done=False),
        requests.RemoveRules("project", (TOUCH,), awaited=True),
        requests.TakeBackAnswer(turn, ONE, "Ada"),
    ]
    what = {"taken_back": [TOUCH], "scope": "project", "turn": turn, "request": ONE, "project": "playground"}
    assert await audited(bridge) == [("rules", "Ada", what)]


async def test_what_an_answer_allowed_in_the_session_is_taken_back_by_its_conversation(bridge: Bridge) -> None:
    with_rules(bridge)
    bridge.replies[requests.TakeBackAnswer] = lambda _: requests.ChoicesMade(at_once=False)
    turn = await bridge.running(1, asked(FOR_PROJECT, FOR_SESSION, rule=1))
    done = await rules.take_back(bridge.context, ada, HERE, answers.Request(turn, ONE))
    assert done == rules.Changed("reading in /a", at_once=False)
    assert bridge.asked == [requests.TakeBackAnswer(turn, ONE, "Ada", (READ,))]


async def test_it_is_taken_back_once(bridge: Bridge) -> None:
    with_rules(bridge)
    turn = await bridge.running(1, asked(FOR_PROJECT), end=End("done", 2.0))
    await bridge.store.emit(bridge.worker, [OutboxRow(SESSION.id, 3, turn, TakenBack(ONE, "Ben"))])
    request = answers.Request(turn, ONE)
    assert await refused(rules.take_back(bridge.context, ada, HERE, request)) is Condition.TAKEN_BACK_ALREADY
    assert bridge.asked == []


@pytest.mark.parametrize(
    "ask",
    [
        asked(FOR_PROJECT, rule=None),
        asked(FOR_PROJECT, rule=5),
        replace(asked(FOR_PROJECT), outcome="denied"),
        replace(asked(FOR_PROJECT), outcome=None),
        asked(OfferedRule("of an earlier version")),
        asked(OfferedRule("of a newer version", (TOUCH,), "moon")),
    ],
)
async def test_what_allows_nothing_for_good_or_nobody_knows_how_is_not_taken_back(
    bridge: Bridge, ask: AskBlock
) -> None:
    with_rules(bridge)
    turn = await bridge.running(1, ask)
    request = answers.Request(turn, ONE)
    assert await refused(rules.take_back(bridge.context, ada, HERE, request)) is Condition.NO_SUCH_RULE
    missing = answers.Request(TurnId("t"), ONE)
    assert await refused(rules.take_back(bridge.context, ada, HERE, missing)) is Condition.NO_SUCH_TURN
    assert (bridge.asked, await audited(bridge)) == ([], [])


async def test_a_file_that_cannot_be_changed_promises_nothing(bridge: Bridge) -> None:
    with_rules(bridge)
    no: Callable[[Any], requests.Reply] = lambda _: requests.RequestFailed("It is not valid JSON.")  # noqa: E731
    bridge.replies[requests.RemoveRules] = no
    turn = await bridge.running(1, asked(FOR_PROJECT), end=End("done", 2.0))
    request = answers.Request(turn, ONE)
    assert await refused(rules.take_back(bridge.context, ada, HERE, request)) == WorkerRefused("It is not valid JSON.")
    assert [one for one in bridge.asked if isinstance(one, requests.TakeBackAnswer) and one.done] == []
    assert await refused(rules.remove(bridge.context, ada, HERE, OF_PROJECT.key, "7")) == WorkerRefused(
        "It is not valid JSON."
    )
    assert await audited(bridge) == []


async def test_who_may_answer_or_configure_takes_back(bridge: Bridge) -> None:
    with_rules(bridge)
    context = approved(bridge)
    turn = await bridge.running(1, asked(FOR_PROJECT), end=End("done", 2.0))
    request = answers.Request(turn, ONE)
    for caller in (stranger, program, claude):
        assert await refused(rules.take_back(context, caller, HERE, request)) == NotAllowed("configure")
    for caller in (ada, carol, root):
        await rules.take_back(context, caller, HERE, request)
    assert [name for _, name, _ in await audited(bridge)] == ["Ada", "Carol", "Root"]
