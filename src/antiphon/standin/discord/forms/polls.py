"""A poll as it is sent (D resources/poll, "Poll Create Request Object")."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.standin.discord.emoji import is_emoji
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.wire import Fields, as_object

ANSWERS, QUESTION, ANSWER = 10, 300, 55
_DAY, _MOST_HOURS = 24, 768


@dataclass(frozen=True, slots=True)
class PollDraft:
    """What a poll is to be; `answers` are their `poll_media`."""

    question: str
    answers: tuple[Json, ...]
    hours: int
    multiple: bool


def read_poll(raw: object, form: Form) -> PollDraft:
    """What is wrong is noted in `form`; an emoji that is none raises 520004."""
    fields = Fields(as_object(raw, "poll"), form, "poll")
    question = Fields(as_object(fields.body.get("question") or {}, "poll.question"), form, "poll.question")
    answers: list[Json] = []
    for n, item in enumerate(fields.items("answers", ANSWERS, shortest=1)):
        path = f"poll.answers.{n}"
        media = as_object(as_object(item, path).get("poll_media") or {}, f"{path}.poll_media")
        text = Fields(media, form, f"{path}.poll_media").text("text", ANSWER, shortest=1, required=True)
        answers.append({"text": text} | _read_emoji(media.get("emoji"), f"{path}.poll_media.emoji", form))
    fields.choice("layout_type", (1,))
    return PollDraft(
        question.text("text", QUESTION, shortest=1, required=True) or "",
        tuple(answers),
        fields.number("duration", 1, _MOST_HOURS) or _DAY,
        bool(fields.boolean("allow_multiselect")),
    )


def _read_emoji(raw: object, path: str, form: Form) -> Json:
    """The guild has no emoji of its own, so only characters are known."""
    if raw is None:
        return {}
    body = as_object(raw, path)
    name = Fields(body, form, path).text("name", 32)
    if body.get("id") is not None or (name and not is_emoji(name)):
        raise refusal(520004)
    return {"emoji": {"id": None, "name": name}} if name else {}
