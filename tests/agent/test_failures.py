"""Why a turn failed is told in a sentence of our own for each of the usual causes, with what can be done about it."""

import pytest

from antiphon.agent import wording
from antiphon.core.events import Delayed
from studio import Studio

from fakes import prompt

CREDIT = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."
TOO_LONG = "prompt is too long: 205000 tokens > 200000 maximum"
USUAL = {
    "error 401": wording.LOGIN_REFUSED,
    f"error 400: {CREDIT}": wording.NO_CREDIT,
    "error 413": wording.REQUEST_TOO_LARGE,
    "error 500": wording.server_error(500),
    "error 503": wording.server_error(503),
    "error 529": wording.OVERLOADED,
    f"error 400: {TOO_LONG}": wording.CONTEXT_FULL,
}


@pytest.fixture
def impatient(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A Claude Code that tries a request once more at most."""
    monkeypatch.setenv("CLAUDE_CODE_MAX_RETRIES", "1")
    return studio


async def test_the_usual_causes_are_told_in_sentences_of_our_own(impatient: Studio) -> None:
    told: dict[str, tuple[str, str | None]] = {}
    async with impatient.session() as (link, ear):
        for n, text in enumerate(["say: hello", *USUAL, "say: better now"], 1):
            await link.send(prompt(n, text))
            end = await ear.turn()
            told[text] = (end.reason, end.error)
    assert told.pop("say: hello") == told.pop("say: better now") == ("done", None)
    assert told == {text: ("failed", sentence) for text, sentence in USUAL.items()}
    tried_again = {one.why.partition(".")[0] for one in ear.all(Delayed)}
    assert {"Anthropic is overloaded", "Anthropic answered 500", "Anthropic answered 503"} <= tried_again


async def test_another_cause_is_told_in_claude_codes_words(impatient: Studio) -> None:
    async with impatient.session() as (link, ear):
        await link.send(prompt(1, "error 400: max_tokens: must be greater than 0"))
        end = await ear.turn()
    said = "API Error: 400 max_tokens: must be greater than 0"
    assert (end.reason, end.error) == ("failed", wording.refused(400, said))


async def test_a_network_that_is_away_is_told_with_claude_codes_reason(
    impatient: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    async with impatient.session() as (link, ear):
        await link.send(prompt(1, "say: hello"))
        end = await ear.turn()
    assert end.reason == "failed"
    before, _, after = wording.not_reached("…").partition("…")
    assert (end.error or "").startswith(before)
    assert "(Connection refused)" in (end.error or "")  # its advice is left out: ours is enough
    assert (end.error or "").endswith(after)
    assert [one.why.partition(".")[0] for one in ear.all(Delayed)] == ["Anthropic cannot be reached"]
