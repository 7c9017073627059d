"""Polls: what a posted one is, who may vote, and what is said when it ends (D resources/poll)."""

from __future__ import annotations

from collections.abc import Collection

from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.forms.polls import PollDraft
from antiphon.standin.discord.state import Poll


def begun(draft: PollDraft, now: float) -> Poll:
    """The poll that is posted `now`, in seconds since 1970."""
    return Poll(draft.question, list(draft.answers), now + draft.hours * 3600, draft.multiple)


def vote(poll: Poll, user_id: str, answers: Collection[int], now: float) -> tuple[list[int], list[int]]:
    """Replaces all votes of somebody; the answers that have one more, and those that have one less.

    Raises 520001 after the end. U: what is said of answers that there are not, or of too many.
    """
    if poll.ended or now >= poll.expires:
        raise refusal(520001)
    if not set(answers) <= set(range(1, len(poll.answers) + 1)):
        raise form_error("answer_ids", "BASE_TYPE_CHOICES", "Unknown poll answer")
    if len(set(answers)) > 1 and not poll.multiple:
        raise form_error("answer_ids", "BASE_TYPE_MAX_LENGTH", "Must be 1 or fewer in length.")
    before = {number for number, voters in poll.votes.items() if user_id in voters}
    added, removed = sorted(set(answers) - before), sorted(before - set(answers))
    for number in added:
        poll.votes.setdefault(number, []).append(user_id)
    for number in removed:
        poll.votes[number].remove(user_id)
    return added, removed


def result_embed(poll: Poll) -> Json:
    """What tells of the end (D resources/message, "Poll Result Embed Fields"): no winner where the most votes are
    shared, or where nobody voted."""
    counts = {number: len(poll.votes.get(number, ())) for number in range(1, len(poll.answers) + 1)}
    most = max(counts.values())
    winners = [number for number, count in counts.items() if count == most and most > 0]
    fields = {
        "poll_question_text": poll.question,
        "victor_answer_votes": str(most),
        "total_votes": str(sum(counts.values())),
    }
    if len(winners) == 1:
        media = poll.answers[winners[0] - 1]
        fields |= {"victor_answer_id": str(winners[0]), "victor_answer_text": media["text"]}
        if "emoji" in media:
            fields["victor_answer_emoji_name"] = media["emoji"]["name"]
    shown = [{"name": name, "value": value, "inline": False} for name, value in fields.items()]
    return {"type": "poll_result", "fields": shown, "content_scan_version": 0}
