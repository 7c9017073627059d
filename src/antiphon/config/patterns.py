"""The forms that texts of the configuration have, each with what it asks for in words."""

from collections.abc import Mapping
from types import MappingProxyType

NAME = r"^[A-Za-z0-9_-]{1,40}$"  # of a schedule or a trigger
PLACEHOLDER = r"^[A-Za-z_][A-Za-z0-9_]{0,39}$"
EVENT_FIELD = r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,9}$"
ADDRESS = r"^https?://\S+$"
BRANCH_PREFIX = r"^([A-Za-z0-9][A-Za-z0-9_-]*/?)*$"
PERSON = r"^[1-9][0-9]{0,18}$"
# A person as git names them, on one line.
_IN_NO_NAME = r"<>\x00-\x1f\x7f-\x9f\u2028\u2029"
GIT_IDENTITY = rf"^[^\s{_IN_NO_NAME}][^{_IN_NO_NAME}]* <[^@\s{_IN_NO_NAME}]+@[^@\s{_IN_NO_NAME}]+>$"

IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        NAME: "letters, digits, “-” and “_”, at most 40",
        PLACEHOLDER: "letters, digits and “_”, at most 40, and no digit first",
        EVENT_FIELD: "a field of the event, such as “repository.name”",
        ADDRESS: "an address that begins with http:// or https://",
        BRANCH_PREFIX: "how a branch begins, such as “antiphon/”: letters, digits, “-”, “_” and “/”",
        PERSON: "a person's id in Discord (digits)",
        GIT_IDENTITY: "a name and an address on one line, such as “Ada Lovelace <ada@example.org>”",
    }
)
