// Discord's Markdown to DOM nodes. Pure: text and a way to look names up in, nodes out; text stays text.
//
// `names` has user(id), role(id) and channel(id), each giving { name, color?, me?, kind? } or null.

import { h, ink } from "./dom.js";
import { EMOJI_PATTERN } from "./emoji.js";
import { highlight } from "./highlight.js";
import { icon } from "./icons.js";
import { pressed, spoiler } from "./spoilers.js";
import { STYLE_NAMES, full, stamp } from "./times.js";

const DEEPEST = 12;
const ROLE_TINT = 0.18; // of a role's colour in the ground of its mention, as message.css has it
const EMOJI = new RegExp(EMOJI_PATTERN.source, "uy");
const PLAIN = /[^\\`*_~|[<h@\n#0-9\u00a9\u00ae\u203c-\u3299\ud83c-\udbff]+/y;
const URL_HERE = /https?:\/\/[^\s<]*[^\s<.,:;"'\])|*_~]/y;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(.*)$/;
const HEADING = /(#{1,3}) +([^\n]+)(?:\n|$)/y;
const SUBTEXT = /-# +([^\n]+)(?:\n|$)/y;
const ANGLE =
  /<(?:@!?(?<user>\d+)|@&(?<role>\d+)|#(?<channel>\d+)|\/(?<command>[^:>\n]{1,100}):\d+|t:(?<time>-?\d{1,12})(?::(?<style>[tTdDfFR]))?|a?:(?<emoji>\w+):\d+|(?<url>https?:\/\/[^\s>]+))>/y;
const LINK = /\(\s*(?:<(https?:\/\/[^\s>]+)>|(https?:\/\/(?:\([^\s()]*\)|[^\s()])+))(?:\s+["'][^"'\n]*["'])?\s*\)/y;

/**
 * The text as a fragment. `inline`: one line without blocks. `plain`: that, and nothing in it can be pressed, as what it
 * stands in can be.
 */
export function markdown(text, names, { plain = false, inline = plain } = {}) {
  const state = { names, blocks: !inline, inline, plain, quote: false, link: false, depth: 0 };
  return rank(parse(inline ? text.replace(/\n+/g, " ") : text, state));
}

/** Headings stand below those of the page, which are of the first and second level, and no level is left out. */
function rank(fragment) {
  let above = 2;
  for (const heading of fragment.querySelectorAll(".md-heading")) {
    above = Math.min(above + 1, Number(heading.tagName[1]) + 2);
    heading.setAttribute("aria-level", above);
  }
  return fragment;
}

function sticky(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function parse(text, state) {
  const out = document.createDocumentFragment();
  const none = {}; // mark -> from where on it is known not to close
  let plain = "";
  let at = 0;
  const put = (found) => {
    if (plain) out.append(plain);
    plain = "";
    out.append(found.node);
    at = found.end;
  };
  while (at < text.length) {
    const lineStart = at === 0 || text[at - 1] === "\n";
    const found = (lineStart && state.blocks && block(text, at, state)) || span(text, at, state, none);
    if (found) {
      put(found);
    } else if (text[at] === "\n") {
      put({ node: h("br"), end: at + 1 });
    } else {
      const run = sticky(PLAIN, text, at)?.[0] ?? String.fromCodePoint(text.codePointAt(at));
      plain += run;
      at += run.length;
    }
  }
  if (plain) out.append(plain);
  return out;
}

function within(text, state, more = {}) {
  if (state.depth >= DEEPEST) return document.createTextNode(text);
  return parse(text, { ...state, blocks: false, ...more, depth: state.depth + 1 });
}

// Blocks: only at the start of a line.

function block(text, at, state) {
  switch (text[at]) {
    case "#": {
      const found = sticky(HEADING, text, at);
      if (!found) return null;
      const level = `h${found[1].length}`;
      return { node: h(level, { class: "md-heading" }, within(found[2].trim(), state)), end: at + found[0].length };
    }
    case ">":
      return state.quote ? null : quote(text, at, state);
    case "-": {
      const found = sticky(SUBTEXT, text, at);
      if (found)
        return { node: h("small", { class: "md-subtext" }, within(found[1], state)), end: at + found[0].length };
      return list(text, at, state);
    }
    default:
      return list(text, at, state);
  }
}

function quote(text, at, state) {
  const inner = (content) =>
    h("blockquote", { class: "md-quote" }, h("div", {}, within(content, state, { blocks: true, quote: true })));
  if (text.startsWith(">>> ", at)) return { node: inner(text.slice(at + 4)), end: text.length };
  if (!text.startsWith("> ", at)) return null;
  const lines = [];
  let end = at;
  while (text.startsWith("> ", end) || (lines.length && /^>(?:\n|$)/.test(text.slice(end, end + 2)))) {
    const stop = lineEnd(text, end);
    lines.push(text.slice(end + 2, stop));
    end = Math.min(stop + 1, text.length);
    if (end === text.length) break;
  }
  return { node: inner(lines.join("\n")), end };
}

function lineEnd(text, at) {
  const found = text.indexOf("\n", at);
  return found === -1 ? text.length : found;
}

/** Lines of a list as [indent, mark, text]; what is indented below an item, and its code, belongs to it. */
function items(text, at) {
  const found = [];
  let end = at;
  let fenced = false;
  while (end < text.length) {
    const stop = lineEnd(text, end);
    const line = text.slice(end, stop);
    const item = fenced ? null : ITEM.exec(line);
    if (item && !line.startsWith("-# ")) found.push([item[1].length, item[2], item[3]]);
    else if (found.length && (fenced || /^ {2,}\S/.test(line)))
      found.at(-1)[2] += `\n${dedent(line, found.at(-1)[0] + found.at(-1)[1].length + 1)}`;
    else break;
    if ((line.match(/```/g) ?? []).length % 2) fenced = !fenced;
    end = Math.min(stop + 1, text.length);
  }
  return { found, end };
}

const dedent = (line, most) => line.slice(Math.min(/^ */.exec(line)[0].length, most));

function list(text, at, state) {
  if (!/[-*\d ]/.test(text[at]) || !ITEM.test(text.slice(at, lineEnd(text, at)))) return null;
  const { found, end } = items(text, at);
  if (!found.length) return null;
  const top = { indent: -1, node: null, last: document.createDocumentFragment() };
  const open = [top];
  for (const [indent, mark, content] of found) {
    const tag = /\d/.test(mark) ? "OL" : "UL";
    while (
      open.length > 1 &&
      (indent < open.at(-1).indent || (indent === open.at(-1).indent && open.at(-1).node.tagName !== tag))
    )
      open.pop();
    if (indent > open.at(-1).indent) {
      const node = h(tag, { class: "md-list", start: tag === "OL" ? Number.parseInt(mark, 10) : undefined });
      open.at(-1).last.append(node);
      open.push({ indent, node, last: null });
    }
    const level = open.at(-1);
    level.last = h("li", {}, within(content, state));
    level.node.append(level.last);
  }
  return { node: top.last, end };
}

// Spans: anywhere.

function span(text, at, state, none) {
  switch (text[at]) {
    case "\\":
      return /[^A-Za-z0-9\s]/.test(text[at + 1] ?? " ")
        ? { node: document.createTextNode(text[at + 1]), end: at + 2 }
        : null;
    case "`":
      return fence(text, at, state) ?? code(text, at);
    case "*":
    case "_":
    case "~":
    case "|":
      return marked(text, at, state, none);
    case "[":
      return state.link ? null : maskedLink(text, at, state);
    case "<":
      return angle(text, at, state);
    case "@":
      return everyone(text, at);
    case "h":
      return bareLink(text, at, state);
    default:
      return emoji(text, at);
  }
}

function fence(text, at, state) {
  if (!text.startsWith("```", at)) return null;
  const close = text.indexOf("```", at + 3);
  if (close === -1) return null;
  const inner = text.slice(at + 3, close);
  if (!inner.trim()) return null;
  const named = /^([\w+\-.#]+)\n/.exec(inner);
  const content = (named ? inner.slice(named[0].length) : inner).replace(/^\n+/, "").replace(/\n\s*$/, "");
  if (!content) return null;
  let end = close + 3;
  while (text[end] === "`") end += 1;
  if (state.inline) return { node: h("code", { class: "md-code" }, content), end };
  if (text[end] === "\n") end += 1;
  const node = h(
    "pre",
    { class: "md-block" },
    h("code", { dataset: { language: named?.[1] ?? "" } }, highlight(content, named?.[1])),
  );
  return { node, end };
}

function ticks(text, at) {
  let n = at;
  while (text[n] === "`") n += 1;
  return n - at;
}

/** Where the code that starts at `at` ends, and its text; null when it does not end. */
function codeSpan(text, at) {
  const width = ticks(text, at);
  let n = text.indexOf("`", at + width);
  while (n !== -1) {
    const here = ticks(text, n);
    if (here === width) return { text: text.slice(at + width, n), end: n + width };
    n = text.indexOf("`", n + here);
  }
  return null;
}

function code(text, at) {
  const found = codeSpan(text, at);
  if (!found) return null;
  const content = /^ ?`|` ?$/.test(found.text) ? found.text.replace(/^ (?=`)|(?<=`) $/g, "") : found.text;
  return { node: h("code", { class: "md-code" }, content), end: found.end };
}

const MARKS = [
  ["**", (inner) => h("strong", {}, inner)],
  ["__", (inner) => h("u", {}, inner)],
  ["~~", (inner) => h("s", {}, inner)],
  ["||", (inner, state) => spoiler(inner, state.plain)],
  ["*", (inner) => h("em", {}, inner)],
  ["_", (inner) => h("em", {}, inner)],
];

function marked(text, at, state, none) {
  for (const [mark, make] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const from = at + mark.length;
    if (mark === "*" && /\s/.test(text[from] ?? " ")) continue;
    const close = closing(text, from, mark, none);
    if (close <= from) continue;
    return { node: make(within(text.slice(from, close), state), state), end: close + mark.length };
  }
  return null;
}

/** Where a mark closes: not inside code, not escaped, and for a single one not at half of a double one. */
function closing(text, from, mark, none) {
  if (none[mark] !== undefined && from >= none[mark]) return -1;
  let n = from;
  while (n < text.length) {
    if (text[n] === "\\") {
      n += 2;
    } else if (text[n] === "`") {
      n = codeSpan(text, n)?.end ?? n + ticks(text, n);
    } else if (!text.startsWith(mark, n)) {
      n += 1;
    } else if (mark.length === 2) {
      // Of three in a row the last two close, so that what is inside may end, too.
      if (text[n + 2] === mark[0] && text[n + 3] !== mark[0]) n += 1;
      if (n > from) return n;
      n += 1;
    } else if (text[n + 1] === mark) {
      n += text[n + 2] === mark ? 3 : 2;
      if (text[n - 3] === mark && text[n - 1] === mark && n - 1 > from) return n - 1;
    } else if (mark === "_" ? /\w/.test(text[n + 1] ?? "") : /\s/.test(text[n - 1])) {
      n += 1;
    } else {
      return n;
    }
  }
  none[mark] = Math.min(from, none[mark] ?? from);
  return -1;
}

function anchor(url, inner, { plain }, title) {
  if (plain) return h("span", { class: "md-link" }, inner);
  return h("a", { class: "md-link", href: url, target: "_blank", rel: "noopener noreferrer nofollow", title }, inner);
}

function maskedLink(text, at, state) {
  let depth = 0;
  for (let n = at; n < text.length && n - at < 1000; n += 1) {
    if (text[n] === "\\") n += 1;
    else if (text[n] === "[") depth += 1;
    else if (text[n] === "]" && (depth -= 1) === 0) {
      const target = text[n + 1] === "(" ? sticky(LINK, text, n + 1) : null;
      const label = text.slice(at + 1, n);
      if (!target || !label.trim()) return null;
      const url = target[1] ?? target[2];
      return { node: anchor(url, within(label, state, { link: true }), state, url), end: n + 1 + target[0].length };
    }
  }
  return null;
}

function bareLink(text, at, state) {
  if (state.link || /\w/.test(text[at - 1] ?? "") || text[at + 1] !== "t") return null;
  const found = sticky(URL_HERE, text, at);
  if (!found) return null;
  // A bracket that closes what was opened before the address is not part of it.
  return { node: anchor(found[0], found[0], state), end: at + found[0].length };
}

function everyone(text, at) {
  const found = ["@everyone", "@here"].find((word) => text.startsWith(word, at));
  return found ? { node: h("span", { class: "mention" }, found), end: at + found.length } : null;
}

function emoji(text, at) {
  const found = sticky(EMOJI, text, at);
  return found ? { node: h("span", { class: "emoji" }, found[0]), end: at + found[0].length } : null;
}

function angle(text, at, state) {
  const found = sticky(ANGLE, text, at);
  if (!found) return null;
  const { user, role, channel, command, time, style, emoji: custom, url } = found.groups;
  const end = at + found[0].length;
  if (time !== undefined) return { node: timestamp(Number(time), style ?? "f"), end };
  if (url !== undefined) return { node: anchor(url, url, state), end };
  if (command !== undefined)
    return { node: h("span", { class: "mention", ...pressed(state.plain), dataset: { command } }, `/${command}`), end };
  if (custom !== undefined) return { node: document.createTextNode(`:${custom}:`), end };
  return { node: mention(state, user, role, channel), end };
}

function mention(state, user, role, channel) {
  const { names, plain } = state;
  if (user !== undefined) {
    const known = names.user(user);
    return h(
      "span",
      { class: `mention${known?.me ? " mention-me" : ""}`, ...(known && pressed(plain)), dataset: { user } },
      `@${known?.name ?? "unknown-user"}`,
    );
  }
  if (role !== undefined) {
    const known = names.role(role);
    const color = known?.color ? { "--role": ink(known.color, ROLE_TINT) } : undefined;
    return h(
      "span",
      { class: `mention${color ? " mention-role" : ""}${known?.me ? " mention-me" : ""}`, style: color },
      `@${known?.name ?? "deleted-role"}`,
    );
  }
  const known = names.channel(channel);
  if (!known) return h("span", { class: "mention" }, "# unknown");
  return h(
    plain ? "span" : "a",
    { class: "mention", href: plain ? undefined : `#${channel}` },
    icon(known.kind === "thread" ? "thread" : "hash"),
    known.name,
  );
}

function timestamp(seconds, style) {
  const known = STYLE_NAMES.includes(style) ? style : "f";
  const moment = new Date(seconds * 1000);
  const valid = Math.abs(seconds) < 8.64e12;
  const data = known === "R" ? { relative: String(seconds) } : {};
  const at = valid ? { dateTime: moment.toISOString(), title: full(moment) } : {};
  const attributes = { class: "md-time", dataset: data, ...at };
  return h("time", attributes, valid ? stamp(seconds, known) : "Invalid Date");
}
