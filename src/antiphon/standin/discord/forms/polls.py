"""A poll as an app sends it (D resources/poll, "Poll Create Request Object"). Nobody votes in the local Discord."""

from __future__ import annotations

from antiphon.standin.discord.errors import Form, Json
from antiphon.standin.discord.ids import timestamp
from antiphon.standin.discord.wire import Fields, as_object

ANSWERS, QUESTION, ANSWER = 10, 300, 55
_DAY, _MOST_HOURS = 24, 768


def read_poll(raw: object, form: Form) -> Json:
    """The poll, with its `duration` in hours; what is wrong is noted in `form`."""
    fields = Fields(as_object(raw, "poll"), form, "poll")
    question = Fields(as_object(fields.body.get("question") or {}, "poll.question"), form, "poll.question")
    answers: list[Json] = []
    for n, item in enumerate(fields.items("answers", ANSWERS, shortest=1)):
        path = f"poll.answers.{n}"
        media = as_object(as_object(item, path).get("poll_media") or {}, f"{path}.poll_media")
        text = Fields(media, form, f"{path}.poll_media").text("text", ANSWER, shortest=1, required=True)
        answers.append({"answer_id": n + 1, "poll_media": {"text": text}})
    return {
        "question": {"text": question.text("text", QUESTION, shortest=1, required=True)},
        "answers": answers,
        "duration": fields.number("duration", 1, _MOST_HOURS) or _DAY,
        "allow_multiselect": bool(fields.boolean("allow_multiselect")),
        "layout_type": fields.choice("layout_type", (1,)) or 1,
    }


def begun(poll: Json, now: float) -> Json:
    """The poll as a message shows it that is posted `now`, in seconds since 1970."""
    shown = {key: value for key, value in poll.items() if key != "duration"}
    expiry = timestamp(now + poll["duration"] * 3600)
    return shown | {"expiry": expiry, "results": {"answer_counts": [], "is_finalized": False}}
