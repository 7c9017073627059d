// What opens at the side: pins, notifications, members.

import { h, ink, refill } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { appTag, avatar, time } from "./message.js";
import { clock, createdAt, posted } from "./times.js";

const TITLES = { pins: "Pinned messages", notices: "Notifications", members: "Members" };

export class Panel {
  shown = null;

  constructor(app) {
    this.app = app;
    this.body = h("div", { class: "panel-body" });
    this.title = h("h2", {});
    const close = h(
      "button",
      { class: "icon-button", type: "button", "aria-label": "Close panel", onclick: () => this.close() },
      icon("close"),
    );
    this.element = h(
      "aside",
      { class: "panel", hidden: true },
      h("header", { class: "panel-head" }, this.title, close),
      this.body,
    );
  }

  toggle(name) {
    this.shown = this.shown === name ? null : name;
    this.element.hidden = this.shown === null;
    this.element.setAttribute("aria-label", TITLES[this.shown] ?? "");
    this.body.replaceChildren();
    this.draw();
    this.app.drawHeader();
    this.app.cover();
  }

  /** Closes it; whoever was in it is back at the button that opened it. */
  close() {
    if (this.shown === null) return;
    const opener = this.element.contains(document.activeElement) && this.app.header[this.shown];
    this.toggle(this.shown);
    if (opener) opener.focus();
  }

  draw() {
    if (this.shown === null) return;
    this.title.textContent = TITLES[this.shown];
    if (this.shown === "pins") this.#pins();
    else if (this.shown === "notices") this.#notices();
    else this.#members();
  }

  async #pins() {
    const { channelId, client } = this.app;
    let found;
    try {
      found = await client.pins(channelId);
    } catch (error) {
      found = [];
      this.app.report(error);
    }
    if (this.shown !== "pins" || channelId !== this.app.channelId) return;
    this.body.replaceChildren(
      ...(found.length
        ? found.map((message) => this.#quote(message))
        : [h("p", { class: "empty" }, "This channel has no pinned messages… yet.")]),
    );
  }

  #quote(message) {
    const { store } = this.app.client;
    const jump = h(
      "button",
      { class: "text-button", type: "button", onclick: () => this.app.chat.jump(message.id) },
      "Jump",
    );
    const shown = message.content || message.embeds?.[0]?.title || "(no text)";
    return h(
      "div",
      { class: "panel-message" },
      avatar(message.author, "small"),
      h(
        "div",
        {},
        h("b", {}, store.name(message.author)),
        appTag(message.author),
        time(createdAt(message.id), posted(createdAt(message.id))),
        h("div", { class: "md" }, markdown(shown, store.names)),
      ),
      jump,
    );
  }

  #notices() {
    const { store } = this.app.client;
    const rows = store.notices.slice(0, 60).map((notice) => this.#notice(store, notice));
    refill(this.body, [
      h("p", { class: "panel-hint" }, "🔔 pings you · 🔕 sent silently · • no ping"),
      ...(rows.length ? rows : [h("p", { class: "empty" }, "Nothing has been said by others since you came.")]),
    ]);
  }

  #notice(store, { message, pingsMe, silent }) {
    const channel = store.channels.get(message.channel_id);
    const [sign, words] =
      pingsMe && silent
        ? ["🔕", "mentions you, silently"]
        : pingsMe
          ? ["🔔", "pings you"]
          : silent
            ? ["🔕", "silent"]
            : ["•", "no ping"];
    const text = message.content || message.embeds?.[0]?.title || "(no text)";
    return h(
      "a",
      {
        class: `notice${pingsMe ? " ping" : ""}${silent ? " silent" : ""}`,
        href: `#${message.channel_id}`,
        "aria-label": `${words}: ${store.name(message.author)} in ${store.title(channel)}`,
      },
      h("span", { class: "notice-sign", title: words }, sign),
      h(
        "span",
        { class: "notice-text" },
        h("b", {}, store.name(message.author)),
        h("span", { class: "notice-where" }, ` ${store.title(channel)} · ${clock(createdAt(message.id))} · ${words}`),
        h("span", { class: "notice-words" }, markdown(text.slice(0, 160), store.names, { plain: true })),
      ),
    );
  }

  #members() {
    const { store } = this.app.client;
    const guild = [...store.guilds.values()][0];
    const all = [...store.members.values()]
      .map(({ user }) => user)
      .sort((a, b) => store.name(a).localeCompare(store.name(b)));
    const member = (user) => {
      const color = store.colorOf(user.id);
      const button = h(
        "button",
        { class: "member", type: "button", onclick: () => this.app.showUser(user.id, button) },
        avatar(user, "medium"),
        h("span", { class: "name", style: color ? { color: ink(color) } : undefined }, store.name(user)),
        appTag(user),
        guild?.owner_id === user.id && icon("crown", "Server owner"),
      );
      return button;
    };
    const group = (title, users) =>
      users.length > 0 && [h("h3", { class: "channel-heading" }, `${title} — ${users.length}`), ...users.map(member)];
    const parts = [
      group(
        "Apps",
        all.filter((user) => user.bot),
      ),
      group(
        "People",
        all.filter((user) => !user.bot),
      ),
    ];
    this.body.replaceChildren(...parts.flat().filter(Boolean));
  }
}
