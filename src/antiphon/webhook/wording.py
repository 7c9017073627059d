"""Every sentence of this package that people read: in Discord, and of the operator. What stands in braces is filled in,
escaped where somebody else wrote it."""

# In Discord

NEEDS = "🔔 **Claude needs you**"
PERMISSION = "It asks for permission: {about}"
PERMISSION_OF_AGENT = "A sub-agent asks for permission: {about}"
QUESTION = "It asks: {question}"
PLAN = "It has a plan for you to approve: {plan}"
MORE_REQUESTS = "and {count} more"
ANSWER = "Answer in {where}."
SETTLED = "☑️ **Settled in the terminal**"
GO_ON = "Go on in {where}."
OPEN_AGAIN = "Its terminal is closed. Go on there with {command}"
TERMINAL = "its terminal"

# For the operator


def telling(webhook: str) -> str:
    """What a bridge with a webhook does. `webhook`: its id."""
    return f"webhook {webhook}: telling of the sessions in this machine's terminals"


UNREADABLE = "Discord's answer cannot be read"
TOO_MANY = "Discord asks for a pause"


def no_answer(kind: str) -> str:
    """`kind`: of the failure."""
    return f"Discord does not answer ({kind})"


def refused(status: int, code: int, words: str) -> str:
    """`words`: Discord's own."""
    return f"Discord answers {status}{f' ({code})' if code else ''}{f': {words[:200]}' if words else ''}"


def dead(why: str) -> str:
    """Of a webhook that must not be used again."""
    way = "Make a new one, run antiphon attach --webhook URL, and start the bridge again."
    return f"The webhook is gone, so nothing is told. {way} {why}"


def not_taken(why: str) -> str:
    """Of a status that Discord refuses."""
    return f"Discord does not take the status of a session. {why}"


def waits(why: str) -> str:
    """Of statuses that are told later."""
    return f"What happens in terminals is told later. {why}"


NOT_ATTACHED = "webhook: no terminal is attached, so there is nothing to tell; run antiphon attach --webhook URL"
