// One message as a row of the list. Its parts are drawn anew only where what they show has changed.

import { attachments } from "./attachments.js";
import { components } from "./components.js";
import { h, ink, ownFile, refill } from "./dom.js";
import { embed } from "./embeds.js";
import { onlyEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { ending, poll } from "./polls.js";
import { forwarded, stickers } from "./snapshots.js";
import { openSpoiler } from "./spoilers.js";
import { COMPONENTS_V2, EPHEMERAL, LOADING, SILENT } from "./store.js";
import { clock, createdAt, full, posted } from "./times.js";

const AVATARS = ["#5865f2", "#2d7d46", "#9a6209", "#ad1457", "#1a7483", "#a84300", "#71368a"];
const QUOTED = 180; // characters of a message that a reply shows

export function avatar(user, extra = "") {
  const color = user.bot ? "#5865f2" : AVATARS[Number(BigInt(user.id) % BigInt(AVATARS.length))];
  const letter = (user.global_name ?? user.username).slice(0, 1).toUpperCase();
  return h(
    "span",
    { class: `avatar ${extra}`, style: { "--avatar": color }, "aria-hidden": "true" },
    user.bot ? icon("slash") : letter,
  );
}

export const appTag = (user) => user.bot && h("span", { class: "app-tag" }, "APP");

/**
 * A row. `context`: store, names, look(), press(message, component, values), vote(message, answers), entities(type), failures (message id ->
 * text). `place`: { grouped, day, fresh } says how it stands among its neighbours.
 */
export class Row {
  #shown = new Map();
  #opened = new Set();

  constructor(message, context) {
    this.context = context;
    this.parts = {};
    for (const name of PARTS.keys()) this.parts[name] = h("div", { class: `part ${name}` });
    const { reply, gutter, head, content, accessories, reactions, foot } = this.parts;
    this.article = h(
      "div",
      { class: "message", role: "article", tabIndex: -1 },
      reply,
      gutter,
      h("div", { class: "body" }, head, content, accessories, reactions, foot),
    );
    this.element = h("li", { class: "row", id: `message-${message.id}`, dataset: { id: message.id } }, this.article);
    this.divider = null;
  }

  update(original, place) {
    this.message = original;
    const message = original.type === STARTER ? opening(original) : original;
    const { store } = this.context;
    const system = SYSTEM[message.type] !== undefined;
    const classes = ["message"];
    if (place.grouped) classes.push("grouped");
    if (system) classes.push("system");
    if (store.mentions(message) && message.author.id !== store.me.id) classes.push("mentions-me");
    if (message.flags & EPHEMERAL) classes.push("ephemeral");
    if (message.local) classes.push("local");
    if (this.article.classList.contains("awaiting")) classes.push("awaiting");
    const joined = classes.join(" ");
    if (this.article.className !== joined) this.article.className = joined;
    for (const [name, [signature, draw]] of PARTS) {
      const key = signature(message, this.context, place);
      if (this.#shown.get(name) === key) continue;
      this.#shown.set(name, key);
      const nodes = [draw(message, this.context, place)].flat(2).filter(Boolean);
      refill(this.parts[name], nodes);
      this.parts[name].hidden = nodes.length === 0;
      if (name === "content" || name === "accessories") this.#reopen(this.parts[name]);
      if (name === "content")
        this.article.setAttribute("aria-label", `${store.name(message.author)}: ${message.content.slice(0, 100)}`);
    }
    this.#divide(place);
  }

  #divide({ day, fresh }) {
    const key = `${day ?? ""} ${fresh}`;
    if (this.#shown.get("divider") === key) return;
    this.#shown.set("divider", key);
    this.divider?.remove();
    this.divider = null;
    if (!day && !fresh) return;
    this.divider = h(
      "div",
      {
        class: `divider${fresh ? " fresh" : ""}`,
        role: "separator",
        "aria-label": [day, fresh && "New messages"].filter(Boolean).join(", "),
      },
      day && h("span", {}, day),
      fresh && h("b", {}, "New"),
    );
    this.element.prepend(this.divider);
  }

  /** Opens a spoiler, and keeps it open when the message is edited. */
  openSpoiler(element) {
    const part = element.closest(".part");
    this.#opened.add(`${part.className} ${[...part.querySelectorAll(".md-spoiler")].indexOf(element)}`);
    openSpoiler(element);
  }

  #reopen(part) {
    if (!this.#opened.size) return;
    for (const [n, element] of part.querySelectorAll(".md-spoiler").entries())
      if (this.#opened.has(`${part.className} ${n}`)) openSpoiler(element);
  }
}

const STARTER = 21;

/** A thread's first message stands for the one it was made from. */
function opening(message) {
  const first = message.referenced_message;
  const missing = { content: "*Sorry, we couldn't load the first message in this thread.*" };
  return {
    ...message,
    ...(first ?? missing),
    id: message.id,
    channel_id: message.channel_id,
    type: 0,
    thread: undefined,
    reactions: [],
  };
}

// System messages: what Discord itself writes.

const SYSTEM = {
  4: (message) => ["edit", " changed the name of this thread: ", h("b", {}, message.content)],
  6: () => ["pin", " pinned a message to this channel."],
  46: ending,
  18: (message) => [
    "thread",
    " started a thread: ",
    threadLink(message.message_reference?.channel_id, message.content),
  ],
};
const threadLink = (id, name) => h("a", { class: "system-link", href: `#${id}` }, name);

const BESIDE = ["attachments", "embeds", "components", "message_snapshots", "poll", "sticker_items"];

// Parts: [what it depends on, how it is drawn].

const PARTS = new Map([
  ["reply", [replyKey, reply]],
  ["gutter", [(m, c, p) => `${p.grouped} ${m.author.id} ${m.type}`, gutter]],
  ["head", [headKey, head]],
  ["content", [contentKey, content]],
  ["accessories", [(m) => JSON.stringify(BESIDE.map((name) => m[name])), accessories]],
  ["reactions", [(m) => JSON.stringify(m.reactions ?? []), reactions]],
  ["foot", [footKey, foot]],
]);

const isCommand = (message) => [20, 23].includes(message.type) && message.interaction_metadata;
const isReply = (message) => message.type === 19 && message.message_reference;

function replyKey(message, { store }) {
  if (isCommand(message)) return `command ${message.interaction_metadata.name}`;
  if (!isReply(message)) return "";
  const target = original(message, store);
  return `reply ${target?.id} ${target?.content} ${target?.edited_timestamp}`;
}

const original = (message, store) =>
  store.logs.get(message.channel_id)?.get(message.message_reference.message_id) ?? message.referenced_message;

function reply(message, { store, names }) {
  if (isCommand(message)) {
    const { user, name, command_type: kind } = message.interaction_metadata;
    return h(
      "div",
      { class: "reply-line command-line" },
      avatar(user, "tiny"),
      name_(store, user),
      " used ",
      h("span", { class: "mention" }, kind === 1 || kind === undefined ? `/${name}` : name),
    );
  }
  if (!isReply(message)) return null;
  const target = original(message, store);
  if (!target) return h("div", { class: "reply-line" }, h("i", {}, "Original message was deleted"));
  const pinged = message.mentions?.some((user) => user.id === target.author.id);
  const text = target.content
    ? markdown(target.content.slice(0, QUOTED), names, { plain: true })
    : h("i", {}, target.attachments?.length ? "Click to see attachment" : "Click to see message");
  return h(
    "button",
    {
      class: "reply-line",
      type: "button",
      dataset: { jump: target.id },
      "aria-label": `Replying to ${store.name(target.author)}`,
    },
    avatar(target.author, "tiny"),
    name_(store, target.author, pinged ? "@" : ""),
    appTag(target.author),
    h("span", { class: "reply-text" }, text),
  );
}

function name_(store, user, sign = "") {
  const color = store.colorOf(user.id);
  return h(
    "span",
    { class: "name", style: color ? { color: ink(color) } : undefined, dataset: { user: user.id } },
    sign + store.name(user),
  );
}

function gutter(message, { store }, { grouped }) {
  const system = SYSTEM[message.type];
  if (system) return h("span", { class: "system-icon" }, icon(system(message)[0]));
  if (grouped) return time(createdAt(message.id), clock(createdAt(message.id)), "time-aside");
  return h(
    "button",
    {
      class: "plain",
      type: "button",
      dataset: { user: message.author.id },
      "aria-label": `Profile of ${store.name(message.author)}`,
    },
    avatar(message.author),
  );
}

function headKey(message, { store }, { grouped }) {
  return `${grouped} ${message.type} ${store.name(message.author)} ${store.colorOf(message.author.id)} ${message.flags & SILENT} ${pinged(message, store)} ${message.pinned} ${new Date().getDate()}`;
}

function head(message, { store }, { grouped }) {
  if (SYSTEM[message.type]) return null;
  const marks = h("span", { class: "marks" }, loudness(message, store), message.pinned && mark("pin", "Pinned"));
  if (grouped) return marks.childNodes.length ? h("div", { class: "marks-aside" }, marks) : null;
  const at = createdAt(message.id);
  return [
    name_(store, message.author),
    appTag(message.author),
    time(at, posted(at)),
    marks,
  ];
}

/** An instant as it is shown, and in full for those who point at it or listen. */
export const time = (at, words, kind = "time") =>
  h(
    "time",
    { class: kind, role: "time", dateTime: new Date(at).toISOString(), title: full(at), "aria-label": full(at) },
    words,
  );

const mark = (name, label) => h("span", { class: `mark mark-${name}`, title: label }, icon(name, label));

/** Who a message pings, in words. */
function pinged(message, store) {
  const found = (message.mentions ?? [])
    .filter((user) => user.id !== message.author.id)
    .map((user) => store.name(user));
  for (const id of message.mention_roles ?? []) found.push(`@${store.roles.get(id)?.name ?? "role"}`);
  if (message.mention_everyone) found.push("@everyone");
  return found.join(", ");
}

/** A bell for a message that pings somebody, a crossed one for a message sent silently. */
function loudness(message, store) {
  if (message.flags & EPHEMERAL) return null;
  if (message.flags & SILENT) return mark("silent", "Silent: no notification");
  const who = pinged(message, store);
  return who ? mark("bell", `Pings ${who}`) : null;
}

function contentKey(message, { store }) {
  return `${message.type} ${message.flags & LOADING} ${message.sending} ${message.failed} ${message.edited_timestamp} ${store.users.size} ${store.channels.has(message.message_reference?.channel_id)}\n${message.content}`;
}

function content(message, { store, names }) {
  const system = SYSTEM[message.type];
  if (system) {
    const [, ...words] = system(message);
    return h(
      "div",
      { class: "system-text" },
      name_(store, message.author),
      words,
      time(createdAt(message.id), posted(createdAt(message.id))),
    );
  }
  if (message.failed) return h("div", { class: "failed-text" }, h("span", { class: "warn" }, "!"), message.failed);
  if (message.sending) return h("div", { class: "thinking" }, dots(), "Sending command…");
  if (message.flags & LOADING)
    return h("div", { class: "thinking" }, dots(), `${store.name(message.author)} is thinking…`);
  if (!message.content) return null;
  const text = h("div", { class: `md${onlyEmoji(message.content) ? " jumbo" : ""}` }, markdown(message.content, names));
  if (message.edited_timestamp) {
    const mark = time(Date.parse(message.edited_timestamp), "(edited)", "edited");
    mark.setAttribute("aria-label", `edited ${mark.title}`);
    text.append(" ", mark);
  }
  return text;
}

const dots = () => h("span", { class: "dots" }, h("i"), h("i"), h("i"));

function accessories(message, context) {
  if (SYSTEM[message.type]) return [];
  const own = { ...context, press: (component, values) => context.press(message, component, values) };
  return [
    forwarded(message.message_snapshots, context),
    message.poll && poll(message.poll, (answers) => context.vote(message, answers)),
    stickers(message.sticker_items),
    attachments(
      message.attachments.filter((one) => !shownElsewhere(message, one)),
      context,
    ),
    (message.embeds ?? []).map((one) => embed(one, context)),
    message.components?.length ? h("div", { class: "components" }, components(message.components, own)) : null,
  ].flat(2);
}

/** In Components V2 a file is shown by the component that points at it, and an embed's picture only in the embed. */
function shownElsewhere(message, one) {
  if (message.flags & COMPONENTS_V2) return true;
  const pictures = (message.embeds ?? []).flatMap((data) => [data.image?.url, data.thumbnail?.url]);
  return pictures.some((url) => url && ownFile(url)?.split("?")[0] === ownFile(one.url)?.split("?")[0]);
}

function reactions(message) {
  const found = message.reactions ?? [];
  if (!found.length) return null;
  const pills = found.map(({ emoji, count, me }) =>
    h(
      "button",
      {
        class: `reaction${me ? " mine" : ""}`,
        type: "button",
        dataset: { react: emoji.name },
        "aria-pressed": String(me),
        "aria-label": `${emoji.name}, ${count} ${count === 1 ? "reaction" : "reactions"}`,
      },
      h("span", { class: "emoji" }, emoji.name),
      h("span", { class: "count" }, String(count)),
    ),
  );
  return [
    ...pills,
    h(
      "button",
      { class: "reaction add", type: "button", dataset: { addReaction: "" }, "aria-label": "Add reaction" },
      icon("smile"),
    ),
  ];
}

function footKey(message, { store, failures }) {
  const thread = message.thread && (store.channels.get(message.thread.id) ?? message.thread);
  return `${message.flags & EPHEMERAL} ${failures.get(message.id)} ${thread && [thread.id, thread.name, thread.message_count, thread.thread_metadata?.archived]}`;
}

function foot(message, { store, failures }) {
  const thread = message.thread && (store.channels.get(message.thread.id) ?? message.thread);
  const failure = failures.get(message.id);
  return [
    failure && h("div", { class: "interaction-failed", role: "alert" }, h("span", { class: "warn" }, "!"), failure),
    thread && threadCard(thread),
    message.flags & EPHEMERAL &&
      h(
        "div",
        { class: "only-you" },
        icon("eye"),
        "Only you can see this • ",
        h("button", { class: "text-button", type: "button", dataset: { dismiss: "" } }, "Dismiss message"),
      ),
  ].filter(Boolean);
}

function threadCard(thread) {
  const count = thread.message_count ?? 0;
  const words = thread.thread_metadata?.archived ? "Archived" : `${count} ${count === 1 ? "Message" : "Messages"}`;
  return h(
    "a",
    { class: "thread-card", href: `#${thread.id}` },
    h(
      "span",
      { class: "thread-card-head" },
      h("b", {}, thread.name),
      h("span", { class: "thread-card-count" }, words, icon("right")),
    ),
    h("span", { class: "thread-card-foot" }, "Open the thread"),
  );
}
