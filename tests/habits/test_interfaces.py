"""Every verb is in `antiphon.actions`: what Discord's commands, buttons, menus and forms do is asked for there, and
nothing in their package goes to the bus by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.actions import reasons
from antiphon.chat import wording

SOURCE = Path(__file__).parents[2] / "src" / "antiphon"
MODULES = sorted((SOURCE / "chat" / "interactions").rglob("*.py"))
# Callbacks that ask for nothing: what they offer is known without.
DISPLAY = {"models"}
BEYOND = ("antiphon.store", "antiphon.core.ports", "antiphon.core.runtime", "antiphon.agent")


def actions_of(tree: ast.Module) -> set[str]:
    """The names under which a module knows actions: modules of `antiphon.actions`, or functions of one."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("antiphon.actions"):
            found |= {alias.asname or alias.name for alias in node.names if alias.name.islower()}
    return found


def functions_of(tree: ast.Module) -> dict[str, ast.AsyncFunctionDef | ast.FunctionDef]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef))
    return {node.name: node for node in nodes}


def called(node: ast.AST) -> Iterator[str]:
    """The first names of everything that is called inside: `stop` of `stop.stop_session(…)`."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            target = call.func
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                yield target.attr
                continue
            while isinstance(target, ast.Attribute):
                target = target.value
            if isinstance(target, ast.Name):
                yield target.id


def asks(tree: ast.Module, name: str) -> bool:
    """Whether a function calls an action, itself or by others of its module."""
    functions, actions, seen, left = functions_of(tree), actions_of(tree), set[str](), [name]
    while left:
        for other in set(called(functions[left.pop()])) - seen:
            seen.add(other)
            if other in actions:
                return True
            if other in functions:
                left.append(other)
    return False


def callbacks(tree: ast.Module) -> Iterator[str]:
    """What discord.py calls: commands, menus, autocompletions."""
    for name, node in functions_of(tree).items():
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            named = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            if named in ("slash", "autocomplete"):
                yield name


COMMANDS = [(file, name) for file in MODULES for name in callbacks(ast.parse(file.read_text())) if name not in DISPLAY]


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) >= 25


@pytest.mark.parametrize(("file", "name"), COMMANDS, ids=lambda value: getattr(value, "stem", value))
def test_a_command_calls_an_action(file: Path, name: str) -> None:
    assert asks(ast.parse(file.read_text()), name), f"{name} in {file.name}"


def test_a_control_calls_an_action() -> None:
    file = SOURCE / "chat" / "interactions" / "dispatch.py"
    tree = ast.parse(file.read_text())
    (match,) = [
        node
        for node in ast.walk(functions_of(tree)["_act"])
        if isinstance(node, ast.Match) and isinstance(node.subject, ast.Name)
    ]
    for case in match.cases:
        wanted = set(called(ast.Module(case.body, [])))
        known = actions_of(tree) | {"controls", "sessions", "projects", "rules", "schedules", "worktrees"}
        assert wanted & known, ast.unparse(case.pattern)
    module = ast.parse((file.parent / "controls.py").read_text())
    public = [
        one
        for one in functions_of(module)
        if not one.startswith("_") and one not in ("form_of", "chosen", "filled", "written")
    ]
    assert public
    assert all(asks(module, one) for one in public)
    clicks = {
        "projects": ("pick", "on_project"),
        "sessions": ("bring", "rewind_to", "try_out", "turn_page"),
        "rules": ("on_list", "on_rules", "add_again", "take_back"),
        "schedules": ("on_schedule", "edit"),
    }
    for name, functions in clicks.items():
        commands = ast.parse((file.parent / "commands" / f"{name}.py").read_text())
        assert all(asks(commands, function) for function in functions), name


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_interaction_goes_to_the_bus_by_itself(file: Path) -> None:
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Attribute) and node.attr in ("bus", "_bus")), node.lineno
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith(BEYOND), node.module


@pytest.mark.parametrize("condition", reasons.Condition)
def test_every_condition_has_a_sentence(condition: reasons.Condition) -> None:
    assert wording.refusal(condition).endswith(".")


def test_no_action_makes_text_of_a_refusal() -> None:
    for file in (SOURCE / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                assert not any(isinstance(one, ast.Constant | ast.JoinedStr) for one in node.args), file.name
