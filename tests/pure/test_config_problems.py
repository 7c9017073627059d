"""Every problem of a configuration in our words: on which line it is, what should stand there, and no secret."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic_core._pydantic_core import list_all_errors

from antiphon.config import automation, base, project, sections
from antiphon.config.base import KeyPath
from antiphon.config.load import load, load_configuration, webhook_file
from antiphon.config.patterns import IN_WORDS
from antiphon.config.schema import leaves, schema_of
from antiphon.config.wording import name_of
from antiphon.errors import ConfigError

from growth import takes_linear_time

TOKEN = "MTA0NzE4MjQ1MDYxNzQ2NTg2.GaBcDe.f1rst-s3cond_th1rd-fourth-f1fth-s1xth"
URL = "https://discord.com/api/webhooks/123456789012345678/" + "w" * 60 + "-_0123"
SIGNING = "correct horse battery"

# A value of every kind that TOML has, and of every kind of wrong: nothing may be all of these.
BAD = (
    '"text"', '""', f'"{"x" * 9000}"', '"a b\\u0000\\u001b[31m"', '"~nobody/has/this"', '"/no/such/place"', '"-1"',
    "0", "-1", "99999999999999999999999", "1.5", "nan", "-inf", "1e300", "true", "false",
    "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z",
    "[]", '["x"]', "[0]", "[1.5]", "[[]]", "[{}]", "[true, 1979-05-27]",
    "{}", "{ x = 1 }", '{ "a b" = "c" }', "{ x = [1] }", "{ x = { y = 1 } }",
)  # fmt: skip


def wordings_of_pydantic() -> list[re.Pattern[str]]:
    """What all its messages have between what is filled in."""
    messages = [one["message_template_python"] for one in list_all_errors()]
    parts = {part.strip(" ,.:'") for message in messages for part in re.split(r"\{\w+\}", message)}
    long = [re.compile(re.escape(one), re.IGNORECASE) for one in parts if len(one) > 9]
    return [*long, re.compile("pydantic|input_type|validation error|Value error", re.IGNORECASE)]


PYDANTICS = wordings_of_pydantic()


def ours(problems: tuple[str, ...]) -> None:
    """Nothing of pydantic's, of Python's, or of what a terminal obeys."""
    for line in problems:
        assert not [one.pattern for one in PYDANTICS if one.search(line)], line
        assert not re.search(r"<class|Traceback|\bNone\b|embedded null|object at", line), line
        assert line.isprintable()
        assert len(line) < 500


def problems_of(file: Path, env: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What is said of a file; nothing is wrong: an empty tuple."""
    try:
        load(env or {}, file)
    except ConfigError as error:
        ours(error.problems)
        return error.problems
    return ()


def written(directory: Path, text: str) -> Path:
    file = directory / "antiphon.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def with_one(directory: Path, path: KeyPath, value: str) -> tuple[Path, int]:
    """A file that is right, but for the value of one setting; and the line of that."""
    tables: dict[KeyPath, dict[str, str]] = {
        ("discord",): {"token": f'"{TOKEN}"'},
        ("webhook",): {"url": f'"{URL}"'},
        ("projects", "web"): {"directory": f'"{directory}"', "channels": "[1]"},
        ("schedules", "web"): {"project": '"web"', "when": '"daily 9:00"', "prompt": '"do"'},
        ("triggers", "web"): {"project": '"web"', "prompt": '"do"'},
    }
    *table, key = ("web" if piece == "NAME" else piece for piece in path)
    tables.setdefault(tuple(table), {})[str(key)] = value
    lines: list[str] = []
    found = 0
    for name, settings in tables.items():
        lines.append(f"[{name_of(name)}]")
        for one, text in settings.items():
            lines.append(f"{one} = {text}  # a comment")
            found = len(lines) if (name, one) == (tuple(table), key) else found
    return written(directory, "\n".join(lines)), found


EVERY = [path for path, _ in leaves(schema_of())]
MODELS = [
    one
    for module in (automation, project, sections)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, base.Section) and one is not base.Section
]


def test_every_field_of_every_section_is_among_those_that_are_tried() -> None:
    tried = {piece for path in EVERY for piece in path}
    assert len(MODELS) >= 15
    for model in MODELS:
        assert {info.alias or name for name, info in model.model_fields.items()} <= tried, model


@pytest.mark.parametrize("path", EVERY, ids=name_of)
def test_a_bad_value_is_told_with_its_line_in_our_words(tmp_path: Path, path: KeyPath) -> None:
    told = 0
    for value in BAD:
        file, line = with_one(tmp_path, path, value)
        for problem in problems_of(file):
            told += 1
            assert problem.startswith(f"{file}, line {line}: {name_of(path).replace('NAME', 'web')}"), (value, problem)
    assert told


RIGHT = """\
[discord]
token = "{token}"
[projects.web]
directory = "{directory}"
channels = [1]
"""


def said_of(directory: Path, text: str, env: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What is said of a right file with more in it, without the file's name. Its own lines are the first five."""
    file = written(directory, RIGHT.format(token=TOKEN, directory=directory) + text)
    return tuple(one.replace(str(file), "FILE").replace(str(directory), "DIR") for one in problems_of(file, env))


MODES = "“default”, “acceptEdits”, “plan”, “auto”, “bypassPermissions”, “dontAsk”, “manual”"
TRIGGER = "[triggers.t]\nproject = 'web'\nprompt = 'x'\n"
SCHEDULE = "[schedules.s]\nproject = 'web'\nprompt = 'x'\nwhen = '1h'\n"
BYPASS = "set its allow_bypass = true, or take another mode"
API = "[projects.api]\nchannels = [2]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("chanels = 3", "6: projects.web.chanels: there is no such setting; did you mean “channels”?"),
        ("Allow-Bypass = 1", "6: projects.web.Allow-Bypass: there is no such setting; did you mean “allow_bypass”?"),
        ("processes = 3", "6: projects.web.processes: there is no such setting here; it belongs in [limits]"),
        ("[files]\nx = 3", "7: files.x: there is no such setting; there are count, megabytes and total_megabytes"),
        ("[limit]\nturn = 1", "6: limit: there is no such section; did you mean [limits]?"),
        ("[project.api]", "6: project: there is no such section; did you mean [projects]?"),
        (
            "permission_mode = 'Plans'",
            f"6: projects.web.permission_mode must be one of {MODES}, not “Plans”; did you mean “plan”?",
        ),
        ("[limits]\nturn = 'soon'", "7: limits.turn must be a number above 0 and at most 604800, not “soon”"),
        ("[[limits]]\nturn = 1", "6: limits must be a table, not a list"),
        (
            "dangerous = 'rm'",
            "6: projects.web.dangerous must be a list, each entry a text in quotes, not “rm”; put it in [ ]",
        ),
        (
            "people = [\n42,\n'ada']",
            "8: projects.web.people, entry 2 must be an id that Discord gives (digits), not “ada”",
        ),
        (
            "budgets = { turn = 1, day = 0 }",
            "6: projects.web.budgets.day must be a number above 0 and at most 1000000, not 0",
        ),
        ("model = 1979-05-27", "6: projects.web.model must be a text in quotes, not the date 1979-05-27"),
        (API, "6: projects.api needs “directory”: where Claude works"),
        (
            API + "directory = '/no'",
            "8: projects.api.directory: there is no directory /no; make it, or correct the path",
        ),
        (
            "[projects.api]\ndirectory = '/'\nchannels = [1]",
            "8: projects.api.channels: channel 1 belongs to two projects: web and api",
        ),
        ("[attach]\nelsewhere = 'wbe'", "7: attach.elsewhere: there is no project wbe; did you mean “web”?"),
        ("[limits]\nprocesses = 2", "7: limits.processes: processes must be at least sessions_at_work (4)"),
        ("[coordination]\nboard = 'together'", '7: coordination.board: "together" needs channel or channel_name'),
        (
            TRIGGER + "only = { ref = 3 }",
            "9: triggers.t.only.ref must be a text in quotes or a list, each entry a text in quotes, not 3",
        ),
        (TRIGGER + "only = { ref = ['a', 3] }", "9: triggers.t.only.ref, entry 2 must be a text in quotes, not 3"),
        (
            TRIGGER + "prefix = 'go'",
            "9: triggers.t.prefix: prefix and webhooks go together: which messages, and by which webhooks",
        ),
        (
            SCHEDULE.replace(".s]", ".'a b']"),
            '6: schedules."a b": a name here must be letters, digits, “-” and “_”, at most 40',
        ),
        (
            SCHEDULE + "permission_mode = 'bypassPermissions'",
            f"10: schedules.s.permission_mode: web does not let people switch to it; {BYPASS}",
        ),
    ],
)
def test_a_sentence_says_where_what_and_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    assert said_of(tmp_path, text) == (f"FILE, line {sentence}",)


def test_what_does_not_fit_together_is_told_beside_what_is_wrong_by_itself(tmp_path: Path) -> None:
    text = """
        colour = 1
        [schedules.s]
        project = "wbe"
        when = "daily 9:00"
        prompt = "do"
        [limits]
        turn = 0
    """
    lines = [one.split(": ")[1] for one in said_of(tmp_path, text)]
    assert lines == [
        "projects.web.colour",
        "schedules.s.project",
        "limits.turn must be a number above 0 and at most 604800, not 0",
    ]


def test_a_variable_is_named_where_it_is_wrong_and_not_a_line(tmp_path: Path) -> None:
    env = {"MAX_CONCURRENT_SESSIONS": "many", "CLAUDE_MODEL": "opus", "CLAUDE_PERMISSION_MODE": "Plan"}
    text = "[limits]\nsessions_at_work = 2\nturn = 0"
    assert said_of(tmp_path, text, env) == (
        f"CLAUDE_PERMISSION_MODE must be one of {MODES}, not “Plan”; did you mean “plan”?",
        "MAX_CONCURRENT_SESSIONS must be a whole number from 1 to 200, not “many”",
        "FILE, line 8: limits.turn must be a number above 0 and at most 604800, not 0",
    )  # fmt: skip


def test_a_variable_that_nobody_reads_is_said_where_one_is_missing(tmp_path: Path) -> None:
    env = {"DISCORD_TOKEN": TOKEN, "DISCORD_CHANNEL_ID": "1", "CLAUDE_WORKING_DIR": str(tmp_path)}
    with pytest.raises(ConfigError) as caught:
        load(env, None)
    assert caught.value.problems == (
        "DISCORD_BOT_TOKEN is not set: the bot's token",
        "DISCORD_TOKEN is set, but nothing reads it; did you mean DISCORD_BOT_TOKEN?",
    )


def test_without_a_project_it_is_said_how_one_begins(tmp_path: Path) -> None:
    for text in ("[limits]", "[projects]", "projects = {}"):
        with pytest.raises(ConfigError, match=r"add \[projects.NAME\] with a directory and channels"):
            load({"DISCORD_BOT_TOKEN": TOKEN}, written(tmp_path, text))


def test_a_thousand_problems_are_not_all_told(tmp_path: Path) -> None:
    found = said_of(tmp_path, "\n".join(f"x{n} = 1" for n in range(1000)))
    assert len(found) == 51
    assert found[-1] == "… and more; correct these first"


@pytest.mark.parametrize("line", ["x{n} = 1", "a{n} = 1\n[triggers.t{n}]\nonly = {{ x = 3 }}"])
def test_a_large_file_of_problems_takes_no_longer_than_its_length(tmp_path: Path, line: str) -> None:
    def read(size: int) -> None:
        assert len(said_of(tmp_path, "\n".join(line.format(n=n) for n in range(size // len(line))))) > 9

    assert takes_linear_time(read, 200_000)


def test_every_form_of_a_text_has_words() -> None:
    def patterns(node: object) -> set[str]:
        if isinstance(node, list):
            return {one for below in node for one in patterns(below)}
        if not isinstance(node, dict):
            return set()
        own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
        return (
            own | set(node.get("patternProperties", {})) | {one for below in node.values() for one in patterns(below)}
        )

    assert patterns(schema_of()) == set(IN_WORDS)


SECRETS = (TOKEN, URL, URL.rpartition("/")[2], SIGNING)


@pytest.mark.parametrize(
    "text",
    [
        "[discord]\ntoken = {token}",  # without quotes
        '[discord]\ntoken = "{token}',
        "[discord]\ntoken = '{token}",
        '[discord]\ntoken "{token}"',
        '[discord]\n"{token}"',
        "[discord]\n{token}",
        "[discord]\ntokn = {token}",
        'discord = {{ token = "{token}" ',
        "discord = {{ token = {token} }}",
        "discord.token = {token}",
        '[discord]\ntoken = """\n{token}\n"" "',
        "[discord]\ntoken =\n{token}",
        '[discord]\ntoken = ["{token}"]',
        '[discord]\ntoken = {{ is = "{token}" }}',
        'discord = "{token}"',
        'token = "{token}"',
        '[discrod]\ntoken = "{token}"',
        '[discord]\nTOKEN = "{token}"',
        '[discord]\n"{token}" = 1',
        '["{token}"]',
        "[{token}]\nx",
        '[discord]\ntoken = "your {token}"',
        '[projects.web]\ndirectory = "{token}"\nchannels = ["{token}"]\npermission_mode = "{token}"\nping = "{token}"',
        '[webhook]\nurl = {url}\n',
        '[webhook]\nurl = "{url}?wait=true"\n',
        '[webhook]\nurl = 3\nowner = "{url}"\nping = ["{url}"]',
        '[webhoook]\nurl = "{url}"\n',
        '[triggers.t]\nsecret = "{signing}',
        "[triggers.t]\nsecret = {signing}",
        '[triggers.t]\nsecert = "{signing}"\nsecret = 5',
        '[triggers.t]\nsecert = "{signing}',
        '[triggers.t]\nproject = "{signing}"\nprompt = "x"\nsecret = "{signing}"\nshow = "{signing}"',
        '[triggers]\nt = {{ secret = "{signing}" \n',
    ],
)  # fmt: skip
def test_no_secret_is_told_wherever_it_stands(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text.format(token=TOKEN, url=URL, signing=SIGNING))
    for mode in (0o600, 0o644):
        file.chmod(mode)
        for read in (load, load_configuration):
            try:
                read({}, file)
            except ConfigError as error:
                ours(error.problems)
                told = str(error)
                assert not [one for one in SECRETS if one in told], told
                assert not [one for one in SECRETS if len(one) > 40 and one[20:40] in told], told


def test_no_secret_of_a_variable_is_told(tmp_path: Path) -> None:
    for name in (
        "DISCORD_BOT_TOKEN",
        "DISCORD_CHANNEL_ID",
        "DISCORD_OWNER_ID",
        "CLAUDE_PERMISSION_MODE",
        "CLAUDE_WORKING_DIR",
    ):
        with pytest.raises(ConfigError) as caught:
            load({name: f"your {TOKEN}"}, None)
        assert TOKEN not in str(caught.value)
    with pytest.raises(ConfigError) as caught:
        webhook_file(URL + "/slack", 0)
    assert URL not in str(caught.value)
