"""What programs are told: the catalogue of this room. Short, with what to do."""

from antiphon.actions import reasons
from antiphon.actions.reasons import Condition, Reason

UNAUTHORIZED = "Send a token as “Authorization: Bearer …”. The operator makes one: antiphon token create NAME"
BAD_TOKEN = "This token is not known: it was revoked, it has expired, or it is mistyped."  # noqa: S105 - a sentence
NOT_IN_SCOPE = "This token is not good for this: it lacks the scope “{scope}”."
TOO_MANY = "Too many requests. Wait {seconds} s."
TOO_LARGE = "The body is too large: at most {most} bytes."
TOO_SLOW = "The body did not come in time."
AMBIGUOUS = "The request says its length, or who it is from, in two ways."
BUSY = "Too many requests at once. Try again in a moment."
NOT_JSON = "The body is no JSON."
NOT_VALID = "Some fields cannot be as they are."
NOT_FOUND = "There is nothing at this address."
NOT_ALLOWED = "This address does not take {method}."
BROKEN = "Something went wrong. The operator finds it in the log by the request's id."
WAITS = "The database takes nothing at the moment. Try again soon."
KEY_REUSED = "This Idempotency-Key was used for another request."
BAD_KEY = "An Idempotency-Key has 1 to 200 printable characters."
NO_SUCH_EVENT = "No event has such a number."
NAME_TAKEN = "There is a task of this name."
TOO_MANY_STREAMS = "Too many event streams are open."
TRIGGER_PAUSED = "This trigger is paused: /schedules in the chat server starts it again."
SIGNATURE = "The signature does not fit the body."
NO_ANSWER_GIVEN = "Say whether to allow it, or answer a question by its number."
NOT_A_TIME = "This is no time: use ISO 8601, such as 2026-12-24T18:30:00+01:00."
NOT_A_DIRECTORY = "{field} must be the directory of a project."
NOT_AN_ANCHOR = "{field} must be HH:MM."

_WORDS: dict[Condition, str] = {
    Condition.NO_PROJECT: "No project belongs to this channel.",
    Condition.PROJECT_UNCLEAR: "Name a project.",
    Condition.NO_SESSION: "There is no such session.",
    Condition.NO_SUCH_TURN: "The session has no such turn.",
    Condition.TURN_OVER: "This turn is over.",
    Condition.NO_SUCH_REQUEST: "Claude has not asked that.",
    Condition.NO_SUCH_ANSWER: "This is no answer to that request.",
    Condition.EMPTY_ANSWER: "The answer is empty.",
    Condition.WITHDRAWN: "Claude does not ask that any more.",
    Condition.REQUEST_EXPIRED: "Nobody answered in time.",
    Condition.NOT_AWAITED: "The turn that asked is over.",
    Condition.ANOTHER_PERSON_NEEDED: "A second person has to allow it.",
    Condition.EMPTY_PROMPT: "The prompt is empty.",
    Condition.BYPASS_NOT_ALLOWED: "The project does not allow bypassPermissions.",
    Condition.WORKER_SILENT: "The machine that runs the session did not answer in time.",
    Condition.CHANNEL_OF_OTHERS: "This channel, or thread, is not the project's.",
    Condition.EMPTY_MESSAGE: "The message is empty.",
    Condition.NO_PLACE_YET: "The session has no thread yet.",
    Condition.NO_SUCH_SCHEDULE: "There is no such schedule.",
    Condition.SCHEDULE_CONFIGURED: "This schedule is changed in the configuration.",
    Condition.SCHEDULE_OF_OTHERS: "Only who has made this schedule, or an admin, may change it.",
    Condition.SCHEDULE_OVER: "This schedule is over: its time has passed.",
    Condition.NO_SUCH_NOTICE: "There is no such notice, or it waits no more.",
    Condition.PERSON_OF_OTHERS: "The project does not name this person.",
    Condition.WHOLE_BRIDGE: "These figures are of the whole bridge: they need a token without --project.",
    Condition.NOT_KEPT: "The disk takes nothing at the moment.",
    Condition.NO_SUCH_TRIGGER: "There is no such trigger.",
    Condition.LEFT_OUT: "This session is left out.",
}
_OTHERWISE = "That cannot be done now."


def refusal(reason: Reason) -> str:
    """Why an action was refused."""
    match reason:
        case Condition():
            return _WORDS.get(reason, _OTHERWISE)
        case reasons.NotAllowed():
            return "This token may not do that in the project."
        case reasons.NoSuchProject(name):
            return f"There is no project “{name}”."
        case reasons.AnsweredAlready(by) | reasons.AnsweredMeanwhile(by):
            return f"{by} has answered already."
        case reasons.NoSuchChannel(wanted):
            return f"The project has no channel “{wanted}”."
        case reasons.NotATimeGiven(text) | reasons.ChatRefused(text):
            return text
        case reasons.WorkerRefused(text) | reasons.BudgetUsedUp(text):
            return text
        case reasons.TooManySchedules(most):
            return f"There are {most} schedules: as many as there may be."
        case reasons.TooManyNotices(most):
            return f"{most} notices of yours wait, or too many files: no more is taken for now. Try again later."
        case reasons.TooManyPrompts(most):
            return f"{most} prompts wait: as many as programs may add to. Try again later."
        case reasons.NoChannel(project):
            return f"No channel of {project} can be seen."
        case _:
            return _OTHERWISE
