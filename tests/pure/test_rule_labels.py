"""Rules in words, and what of Claude Code's suggestions is offered."""

from pathlib import Path

import pytest
from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from antiphon.agent.permissions.rules import label, meaning, offer, offered, permissions, session_rules
from antiphon.core.rules import EDITS, OfferedRule

ROOT = Path("/project")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bash(npm test *)", "“npm test” commands"),
        ("Bash(npm test:*)", "“npm test” commands"),
        ("Bash(touch a.txt)", "“touch a.txt”"),
        (r"Bash(python3 -c 'print\(1\)')", "“python3 -c 'print(1)'”"),
        ("Bash", "all commands"),
        ("Bash(*)", "all commands"),
        ("WebFetch(domain:example.com)", "example.com"),
        ("WebFetch", "all web pages"),
        ("WebSearch", "web searches"),
        ("Read(//tmp/x/**)", "reading in /tmp/x"),
        ("Read(//project/src/**)", "reading in src"),
        ("Read(//project/**)", "reading in this project"),
        ("Read(/src/**)", "reading in src"),
        ("Read(//**)", "reading in /"),
        ("Read(~/.zshrc)", "reading ~/.zshrc"),
        ("Edit(docs/**)", "edits in docs"),
        ("Edit(src/*.py)", "edits of src/*.py"),
        ("Directory(/project/lib)", "access to lib"),
        ("Directory(/project)", "access to this project"),
        (EDITS, "all edits of files"),
        ("mcp__github__search", "search of github"),
        ("mcp__github", "all tools of github"),
        ("Skill(review)", "the skill review"),
        ("Task(Explore)", "Explore sub-agents"),
        ("NotebookEdit", "the tool NotebookEdit"),
        ("Odd(x", "Odd(x"),
        ("Odd(x)", "Odd(x)"),
    ],
)
def test_a_rule_is_told_in_a_few_words(text: str, words: str) -> None:
    assert label(text, ROOT) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bash", "Bash(*)"),
        ("Bash(a(b))", r"Bash(a\(b\))"),
        (r"Bash(touch 'a\\b')", r"Bash(touch 'a\b')"),
        ("Task(Explore)", "Agent(Explore)"),
        ("KillShell", "TaskStop"),
    ],
)
def test_texts_of_the_same_rule_mean_the_same(one: str, other: str) -> None:
    assert meaning(one) == meaning(other)


def test_other_rules_mean_something_else() -> None:
    texts = ("Bash", "Bash(a)", "Bash(a b)", "Read(a)", "Directory(/a)", "Bash(a", "")
    assert len(set(map(meaning, texts))) == len(texts)


def rules(*contents: str, destination: str | None = "localSettings", tool: str = "Bash") -> PermissionUpdate:
    values = [PermissionRuleValue(tool, content) for content in contents]
    return PermissionUpdate("addRules", values, "allow", destination=destination)  # type: ignore[arg-type]


def test_what_is_suggested_is_offered_as_a_value_in_the_words_of_settings() -> None:
    assert offer(rules("touch a (1)", "npm run *"), ROOT) == OfferedRule(
        "“touch a (1)” and “npm run” commands", (r"Bash(touch a \(1\))", "Bash(npm run *)"), "project"
    )
    assert offer(rules("//a/**", destination="session", tool="Read"), ROOT) == OfferedRule(
        "reading in /a", ("Read(//a/**)",), "session"
    )
    edits = PermissionUpdate("setMode", mode="acceptEdits", destination="session")
    assert offer(edits, ROOT) == OfferedRule("all edits of files", (EDITS,), "session")
    lib = PermissionUpdate("addDirectories", directories=["/lib"], destination="session")
    assert offer(lib, ROOT) == OfferedRule("access to /lib", ("Directory(/lib)",), "session")
    assert [session_rules(one) for one in (edits, lib)] == [(), ("Directory(/lib)",)]
    assert session_rules(rules("a")) == ()


def test_what_takes_something_away_or_could_not_be_taken_back_is_not_offered() -> None:
    others = [
        PermissionUpdate("removeRules", [PermissionRuleValue("Bash")], "allow", destination="localSettings"),
        PermissionUpdate("addRules", [PermissionRuleValue("Bash")], "deny", destination="localSettings"),
        PermissionUpdate("addRules", [], "allow", destination="localSettings"),
        PermissionUpdate("setMode", mode="bypassPermissions", destination="session"),
        PermissionUpdate("setMode", mode="acceptEdits", destination="localSettings"),
        rules("a", destination="cliArg"),
    ]
    assert offered(others) == ()
    fine = [rules("a"), rules("b"), rules("c")]
    assert offered([*others, *fine]) == tuple(fine[:2])


def test_a_new_process_gets_rules_and_directories_apart() -> None:
    assert permissions(("Bash(a)", "Directory(/lib)"), ("Bash(rm *)",)) == {
        "allow": ["Bash(a)"],
        "additionalDirectories": ["/lib"],
        "ask": ["Bash(rm *)"],
    }
