"""The moments at which a kill is worst: each lies between two steps of which a bridge must do both or neither.

They lie on the boundaries of the ports, so the product has no hooks for them: `chaos.doomed` wraps the one port.
"""

from enum import Enum


class Point(Enum):
    """A fault point, with what has happened and what has not when the process is killed there."""

    BEFORE_ACCEPT = "a message has come, and nothing of it is in the database"
    ACCEPTED = "the message is durable, and has no 👀"
    CLAIMED = "a worker has taken the prompt, and its turn has no beginning in the database"
    BEGUN = "the turn's beginning is in the database, and Claude has not heard the prompt"
    DURING_TURN = "Claude has the prompt and has begun to answer"
    ENDED = "Claude has ended the turn, and its end is not in the database"
    EMITTED = "the turn's end is in the database, and not in Discord"
    POSTED = "a message is in Discord, and its id is not in the database"
    FIRED = "a schedule's run is written down, and not started"
    RUN_STARTED = "the prompt of a schedule's run is in the inbox, and nobody has looked"
    GONE_ON = "the prompt with which a turn goes on after a usage limit is in the inbox, and nobody has looked"
    HOOK_RECEIVED = "a terminal's hook has been called, and nothing was done about it"
    HOOK_DECIDED = "what a hook is answered is decided, what goes along is in the database, and no answer is out"
    HOOK_ANSWERED = "a hook has its answer, and nothing was written since"
    TYPED = "a prompt stands in a terminal's input, and Enter is not pressed"
    PROMPT_READ = "a terminal's transcript shows a prompt, typed there or sent there, and the database does not"
    PROMPT_KEPT = "the database shows that a terminal has taken a prompt in, and its row in the inbox is open"


AT_HOOKS = (Point.HOOK_RECEIVED, Point.HOOK_DECIDED, Point.HOOK_ANSWERED)
BY_THE_CLOCK = (Point.FIRED, Point.RUN_STARTED)
AFTER_A_LIMIT = (Point.GONE_ON,)
IN_TERMINALS = (*AT_HOOKS, Point.TYPED, Point.PROMPT_READ, Point.PROMPT_KEPT)  # no hosted session comes to these
