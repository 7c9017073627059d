// Colours for code: one small tokenizer a language, as a list of [class, sticky pattern]. The first that fits wins.

const words = (text) => new RegExp(`\\b(?:${text.trim().split(/\s+/).join("|")})\\b`, "y");
const NUMBER = /\b(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/y;
const CALL = /[A-Za-z_$][\w$]*(?=\()/y;
const NAME = /[A-Za-z_$][\w$]*/y;
const SPACE = /\s+/y;

const SCRIPT = [
  ["comment", /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ["string", /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?/y],
  [
    "keyword",
    words(`async await break case catch class const continue debugger default delete do else enum export extends
      finally for from func function fn go if implements impl import in instanceof interface let match mod mut new of
      package private protected pub public return static struct super switch this throw trait try type typeof use var
      void while with yield defer range where`),
  ],
  ["literal", words("true false null undefined NaN Infinity nil None Some self")],
  ["number", NUMBER],
  ["function", CALL],
  ["type", /\b[A-Z]\w*/y],
  ["name", NAME],
];

const LANGUAGES = {
  python: [
    ["comment", /#[^\n]*/y],
    [
      "string",
      /[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/y,
    ],
    ["meta", /@[\w.]+/y],
    [
      "keyword",
      words(`and as assert async await break case class continue def del elif else except finally for from global if
        import in is lambda match nonlocal not or pass raise return try while with yield`),
    ],
    ["literal", words("True False None self cls")],
    ["type", words("int str float bool bytes list dict set tuple object type Exception")],
    ["number", NUMBER],
    ["function", CALL],
    ["name", NAME],
  ],
  bash: [
    ["comment", /#[^\n]*/y],
    ["string", /"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?/y],
    ["variable", /\$\{[^}]*\}?|\$[\w@#?$!*-]+/y],
    ["keyword", words("if then else elif fi for while until do done case esac in function return local export select")],
    [
      "function",
      words(`alias awk bash cat cd chmod chown cp curl cut date echo exec exit find git grep head kill ln ls make mkdir
        mv node npm pip printf ps pwd python python3 read rm sed set sh shift sleep sort source sudo tail tar tee test
        touch trap uniq unset uv wc wget which xargs`),
    ],
    ["literal", /(?<=\s)--?[A-Za-z][\w-]*/y],
    ["number", /\b\d+\b/y],
    ["name", /[\w./~-]+/y],
  ],
  json: [
    ["property", /"(?:\\.|[^"\\\n])*"(?=\s*:)/y],
    ["string", /"(?:\\.|[^"\\\n])*"?/y],
    ["literal", words("true false null")],
    ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ],
  yaml: [
    ["comment", /#[^\n]*/y],
    ["property", /[\w.\-/"']+(?=\s*[:=](?:\s|$))/y],
    ["meta", /^\[[^\]\n]*\]/my],
    ["string", /"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?/y],
    ["literal", words("true false null yes no on off")],
    ["number", NUMBER],
    ["name", NAME],
  ],
  markup: [
    ["comment", /<!--[\s\S]*?(?:-->|$)/y],
    ["keyword", /<\/?[\w:-]+|\/?>/y],
    ["property", /[\w:-]+(?==)/y],
    ["string", /"[^"]*"?|'[^']*'?/y],
    ["name", /[^<>"'=\s]+/y],
  ],
  sql: [
    ["comment", /--[^\n]*/y],
    ["string", /'(?:''|[^'])*'?/y],
    [
      "keyword",
      /\b(?:select|from|where|insert|into|values|update|set|delete|create|table|index|drop|alter|add|join|left|inner|on|group|order|by|limit|and|or|not|null|as|primary|key|unique|references|begin|commit|returning)\b/iy,
    ],
    ["number", NUMBER],
    ["name", NAME],
  ],
  script: SCRIPT,
};

const ALIASES = {
  py: "python",
  python3: "python",
  pycon: "python",
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  jsonc: "json",
  json5: "json",
  jsonl: "json",
  toml: "yaml",
  yml: "yaml",
  ini: "yaml",
  env: "yaml",
  html: "markup",
  xml: "markup",
  svg: "markup",
  postgresql: "sql",
  sqlite: "sql",
};
for (const name of `js javascript jsx mjs ts tsx typescript go golang rust rs java kotlin kt c h cpp c++ cs csharp swift
  php dart scala css scss`.split(/\s+/)) {
  ALIASES[name] = "script";
}

/** The code as spans in a fragment; plain text for a language that is not known. */
export function highlight(code, language) {
  const fragment = document.createDocumentFragment();
  const name = (language ?? "").toLowerCase();
  if (name === "diff" || name === "patch") {
    for (const line of code.split(/(?<=\n)/)) fragment.append(diffLine(line));
    return fragment;
  }
  const rules = LANGUAGES[ALIASES[name] ?? name];
  if (rules === undefined) fragment.append(code);
  else tokens(code, rules, fragment);
  return fragment;
}

function diffLine(line) {
  const kinds = [
    [/^(?:\+\+\+|---|diff |index )/, "meta"],
    [/^@@/, "section"],
    [/^\+/, "added"],
    [/^-/, "removed"],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(line));
  return kind ? span(kind[1], line) : document.createTextNode(line);
}

function span(kind, text) {
  const element = document.createElement("span");
  element.className = `hl-${kind}`;
  element.textContent = text;
  return element;
}

function tokens(code, rules, into) {
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) into.append(plain);
    plain = "";
  };
  while (at < code.length) {
    SPACE.lastIndex = at;
    const space = SPACE.exec(code);
    if (space) {
      plain += space[0];
      at += space[0].length;
      continue;
    }
    const found = match(code, at, rules);
    if (found === null) {
      plain += code[at];
      at += 1;
    } else if (found[0] === "name") {
      plain += found[1];
      at += found[1].length;
    } else {
      flush();
      into.append(span(found[0], found[1]));
      at += found[1].length;
    }
  }
  flush();
}

function match(code, at, rules) {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const found = pattern.exec(code);
    if (found && found[0]) return [kind, found[0]];
  }
  return null;
}
