"""The settings of the TOML file and the variables of the environment."""

import json

from antiphon.config.base import KeyPath
from antiphon.config.schema import Node, is_secret, leaves, part, schema_of
from antiphon.config.variables import settings_by_variable
from antiphon.config.wording import expected
from website.markdown import below, code, plain, table

# What no setting of the file says: where things lie, which are looked for before it is read.
_PLACES = {
    "ANTIPHON_STATE_DIR": "where the database and the log lie; else the user's state directory",
    "XDG_CONFIG_HOME": "where `antiphon/antiphon.toml` is looked for; else the user's configuration directory",
    "XDG_RUNTIME_DIR": "where bridges of one user find each other; else a directory among the temporary ones",
    "CLAUDE_CONFIG_DIR": "Claude Code's own directory; else `~/.claude`",
}


def configuration() -> str:
    root = schema_of()
    sections: dict[KeyPath, list[tuple[KeyPath, Node]]] = {}
    for path, node in leaves(root):
        sections.setdefault(path[:-1], []).append((path, node))
    return "\n".join(_section(root, path, found) for path, found in sections.items())


def variables() -> str:
    rows = [(code(name), code(".".join(map(str, path)))) for name, path in settings_by_variable().items()]
    places = [(code(name), told) for name, told in _PLACES.items()]
    return (
        table(("variable", "setting"), rows)
        + "\nThese say where things lie:\n\n"
        + table(("variable", "meaning"), places)
    )


def _section(root: Node, path: KeyPath, settings: list[tuple[KeyPath, Node]]) -> str:
    named = ".".join(map(str, path))
    told = str((part(root, path) or {}).get("description", "")).partition(": ")
    required = set((part(root, path) or {}).get("required", ()))
    rows = [(code(str(at[-1])), _about(node, needed=at[-1] in required)) for at, node in settings]
    intro = (told[2] or told[0]).strip().rstrip(".")
    return f"## `[{named}]`\n\n{plain(intro[:1].upper() + intro[1:])}.\n\n" + table(("setting", "meaning"), rows)


def _about(node: Node, *, needed: bool) -> str:
    more = plain(expected(node)) + ("; **needed**" if needed else _default(node))
    secret = " It is a secret." if is_secret(node) else ""
    return below(plain(str(node.get("description", ""))) + secret, more[:1].upper() + more[1:])


def _default(node: Node) -> str:
    """What it is where nothing is said; "": the meaning tells."""
    found = node.get("default")
    if found in (None, "", [], {}):
        return ""
    return f"; default {code(json.dumps(found))}"
