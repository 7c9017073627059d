"""Errors that people see carry an id, and the log has the same id with everything that is known."""

import logging
from uuid import uuid4

log = logging.getLogger(__name__)


def with_id(words: str, cause: BaseException | None = None, session: str | None = None) -> str:
    """Log `words` and their cause under a new id; the words for people, with that id."""
    id_ = uuid4().hex[:8]
    log.error("%s (error %s)", words, id_, exc_info=cause, extra={"session": session})
    return f"{words} (error {id_})"
