"""Takes secrets out of what tools were given and said, before people see it. Never used on Claude's own words.

Known shapes only: there is no telling a random password from a random word. `redact` is total and idempotent, and its
time is linear: each pattern begins at a fixed word and repeats within a bound, or over letters that cannot begin it.
May not know: who sees the text.
"""

import re

GONE = "[redacted]"

_NAMES = (
    r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|AUTH_?KEY|SIGNING_?KEY)"
)
_QUOTE = r"\\{0,2}[\"']"
_MIXED = r"(?=[a-z.\-]{0,200}[A-Z0-9+/=_~])"  # an ordinary word after "Bearer" is no secret

# What stands before a secret's secret part is kept (group 1), so that a reader knows what was there. A rule is tried
# only where one of its words occurs: a search for plain words costs next to nothing.
_PREFIXED = (
    (("sk-ant-",), r"(?<![\w-])(sk-ant-)[\w-]{8,}"),
    (("sk-proj-", "sk-svcacct-", "sk-admin-"), r"(?<![\w-])(sk-(?:proj|svcacct|admin)-)[\w-]{16,}"),
    (("sk-",), r"(?<![\w-])(sk-)[A-Za-z0-9]{32,}"),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"(?<![\w-])(gh[pousr]_)[A-Za-z0-9]{16,}"),
    (("github_pat_",), r"(?<![\w-])(github_pat_)[A-Za-z0-9_]{16,}"),
    (("antiphon_",), r"(?<![\w-])(antiphon_(?:[0-9a-f]{12}|session)_)[\w-]{16,}"),  # our own API's
    (("glpat-",), r"(?<![\w-])(glpat-)[\w-]{16,}"),
    (("akia", "asia"), r"(?<![\w-])((?:AKIA|ASIA))[A-Z0-9]{16}(?![A-Za-z0-9])"),
    (("aiza",), r"(?<![\w-])(AIza)[\w-]{35}(?![\w-])"),
    (("xox",), r"(?<![\w-])(xox[a-z]-)[A-Za-z0-9-]{8,}"),
    (("xapp-",), r"(?<![\w-])(xapp-)[A-Za-z0-9-]{16,}"),
    (("_live_", "_test_"), r"(?<![\w-])((?:sk|rk)_(?:live|test)_)[A-Za-z0-9]{16,}"),
    (("npm_", "pypi-"), r"(?<![\w-])(npm_|pypi-)[\w-]{32,}"),
    (("/api/webhooks/",), r"(/api/webhooks/\d{15,20}/)[\w-]{20,}"),  # Discord's: who has its address may post
    ((".",), r"()(?<=[\w-]{23})\.[\w-]{6}\.(?=[\w-]{0,45}[A-Z0-9])[\w-]{27,45}(?![\w-])"),  # a Discord bot's token
    (("eyj",), r"(?<![\w.-])(eyJ)[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),  # a JSON web token
)
_PEM = re.compile(
    r"(-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)"
    r".*?(-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_HEADER = re.compile(
    rf"(?i:(\bauthorization{_QUOTE}?\s{{0,3}}[:=]\s{{0,3}}(?:{_QUOTE})?(?:basic|bearer|token|bot|digest)\s{{1,3}}))"
    rf"{_MIXED}[^\s\"'\\]{{6,}}"
)
_BEARER = re.compile(rf"(?i:(\bbearer\s{{1,3}})){_MIXED}[\w.~+/=-]{{16,}}")
_COOKIE = re.compile(r"(?i:(\b(?:set-)?cookie: ?))[^\n\"']{8,}")
_IN_ADDRESS = re.compile(r"(://[^\s:/@\"']{1,100}:)[^\s/@\"']{1,200}(?=@)")

# NAME=value, as a shell and a .env file have it. A value that only names another variable is no secret.
_ASSIGNED = re.compile(
    rf"((?<![a-z]){_NAMES}(?:_[A-Z0-9_]{{1,40}}|[0-9]{{1,5}})?(?:{_QUOTE})?=)(?!{_QUOTE}?\$[({{A-Z])"
    r"(?:(\")[^\"\n]*(\"?)|(')[^'\n]*('?)|[^\s\"';&|]+)"
)
# name: "value" in any case, as JSON, YAML and code have it.
_QUOTED = re.compile(
    rf"(?i:((?:{_NAMES}|API-KEY|ACCESS-KEY|PRIVATE-KEY)(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}(?:{_QUOTE})))"
    r"(?![${<])[^\s\"'\\]{6,}"
)
# name: value without quotes, only where it looks made and not written: a digit in it, and nothing called or looked up.
_BARE = re.compile(
    rf"(?i:((?<![\w-])(?:[\w-]{{0,40}}[_-])?(?:{_NAMES}|API-KEY)[:=]\s{{0,3}}))"
    r"(?=[A-Za-z+/=_-]{0,100}[0-9])[\w+/=-]{8,}+(?![\w.(\[])"
)


_REST = rf"\1{GONE}"
_ASSIGNABLE = ("pass", "secret", "token", "credential", "key")
# Where a rule is tried, its pattern, and what is put in its place.
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("-----begin ",), _PEM, rf"\1{GONE}\2"),
    *((words, re.compile(pattern), _REST) for words, pattern in _PREFIXED),
    (("authorization",), _HEADER, _REST),
    (("bearer",), _BEARER, _REST),
    (("cookie",), _COOKIE, _REST),
    (("://",), _IN_ADDRESS, _REST),
    (_ASSIGNABLE, _ASSIGNED, rf"\1\2\4{GONE}\3\5"),
    (_ASSIGNABLE, _QUOTED, _REST),
    (_ASSIGNABLE, _BARE, _REST),
)


def redact(text: str) -> str:
    """`text` with `[redacted]` in place of each secret of a known shape."""
    lower = text.lower()
    for words, pattern, put in _RULES:
        if any(word in lower for word in words):
            text = pattern.sub(put, text)
    return text
