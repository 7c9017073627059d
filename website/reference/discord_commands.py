"""The slash commands of Discord, by what people want."""

from antiphon.chat import wording
from antiphon.chat.interactions.help import TASKS, Task
from antiphon.chat.interactions.wording import COMMANDS, FOR
from website.markdown import below, code, plain, table


def discord_commands() -> str:
    return "\n".join(map(_task, TASKS))


def _task(task: Task) -> str:
    lines = [f"## {task.title}\n", *([f"{plain(task.how)}\n"] if task.how else []), f"For {FOR[task.right]}.\n"]
    if task.commands:
        lines.append(table(("command", "what it does"), map(_command, task.commands)))
    lines += [f"{code(menu)}: {wording.IN_MENU}.\n" for menu in task.menus]
    return "\n".join(lines)


def _command(name: str) -> tuple[str, str]:
    told, options = COMMANDS[name]
    return code(f"/{name}"), below(plain(told), *(f"{code(one)} {plain(what)}" for one, what in options.items()))
