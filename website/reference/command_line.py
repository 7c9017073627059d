"""The commands of the terminal, as click has them."""

from collections.abc import Iterator

import click

from antiphon.cli.main import main
from website.markdown import code, plain, table


def command_line() -> str:
    return "\n".join(_command(one, level) for one, level in commands())


def commands() -> Iterator[tuple[click.Context, int]]:
    """Every command, each with the level of its heading."""
    context = click.Context(main, info_name="antiphon")
    yield context, 2
    yield from _below(context, main, 2)


def _below(context: click.Context, group: click.Group, level: int) -> Iterator[tuple[click.Context, int]]:
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None or found.hidden:
            continue
        inner = click.Context(found, info_name=name, parent=context)
        yield inner, level
        if isinstance(found, click.Group):
            yield from _below(inner, found, level + 1)


def _command(context: click.Context, level: int) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    rows = [_option(one, context) for one in options if "--help" not in one.opts]
    told = " ".join((command.help or "").split())
    parts = [f"{'#' * level} {context.command_path}\n", f"```text\n{usage}\n```\n", f"{plain(told)}\n"]
    return "\n".join(parts + ([table(("option", "meaning"), rows)] if rows else []))


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    written, told = option.get_help_record(context) or ("", "")
    return code(written), plain(told)
