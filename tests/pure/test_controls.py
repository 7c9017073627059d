"""A button's meaning is in its custom_id, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from look_samples import TURN

from antiphon.chat.look.controls import Allow, Control, Deny, Details, Stop, control_id, parse
from antiphon.core.values import MessageId, ToolUseId, TurnId, turn_of

REQUEST = ToolUseId("toolu_01A2b3C4d5E6f7G8h9J0k1L2")
CONTROLS: list[Control] = [Stop(TURN), Details(TURN), Allow(TURN, REQUEST), Deny(TURN, REQUEST)]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_comes_back_from_its_id(control: Control) -> None:
    id_ = control_id(control)
    assert id_ is not None
    assert len(id_) <= 100
    assert parse(id_) == control


def test_each_control_has_an_id_of_its_own() -> None:
    ids = {control_id(control) for control in [*CONTROLS, Stop(turn_of(MessageId(5))), Allow(TURN, ToolUseId("t"))]}
    assert len(ids) == 6


@given(st.text(), st.text())
def test_an_id_that_is_given_always_comes_back_the_same_whatever_its_parts_say(turn: str, request_id: str) -> None:
    for control in (Stop(TurnId(turn)), Allow(TurnId(turn), ToolUseId(request_id))):
        id_ = control_id(control)
        assert id_ is None or (len(id_) <= 100 and parse(id_) == control)


@given(st.text(alphabet="a1:stopdeilwny_-\n\0é", max_size=120))
def test_whatever_is_parsed_was_made_by_us(custom_id: str) -> None:
    control = parse(custom_id)
    assert control is None or control_id(control) == custom_id


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "stop:t",
        "a2:stop:t",
        "a1:stop",
        "a1:stop:",
        "a1:stop:t:x",
        "a1:stop:t\n",
        " a1:stop:t",
        "a1:allow:t",
        "a1:allow:t:",
        "a1:allow::x",
        "a1:allow:t:x:y",
        "a1:grant:t:x",
        f"a1:stop:{'t' * 41}",
        f"a1:deny:t:{'x' * 49}",
        "a1:stop:é",
    ],
)
def test_strangers_ids_mean_nothing(custom_id: str) -> None:
    assert parse(custom_id) is None
