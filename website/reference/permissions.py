"""What the bot must be allowed in Discord."""

from antiphon.chat.permissions import INVITED_WITH, MANAGE_THREADS, PERMISSIONS, PIN_MESSAGES, Permission
from website.markdown import table

_INVITATION = "https://discord.com/oauth2/authorize?client_id=ID&scope=bot+applications.commands&permissions="


def permissions() -> str:
    return table(("permission", "what for", "without it"), map(_row, (*PERMISSIONS, PIN_MESSAGES, MANAGE_THREADS)))


def invitation() -> str:
    return f"```text\n{_INVITATION}{INVITED_WITH}\n```\n"


def _row(one: Permission) -> tuple[str, str, str]:
    asked = "" if INVITED_WITH & one.bit else " (the invitation does not ask for it)"
    return f"*{one.name}*{asked}", one.purpose, "nothing works" if one.required else "only that is missing"
