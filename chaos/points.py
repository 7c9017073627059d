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
