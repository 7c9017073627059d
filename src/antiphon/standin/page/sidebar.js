// The list of places: channels with their threads, forums, direct messages; and who is looking.

import { h, reconcile, refill } from "./dom.js";
import { icon } from "./icons.js";
import { CATEGORY, DM, WORDS, kindOf } from "./kinds.js";
import { menu } from "./menus.js";
import { avatar } from "./message.js";

const MOST_THREADS = 40; // active ones listed under a channel; the rest are in the channel's own list

export class Sidebar {
  #archivesOpen = new Set();

  constructor(app) {
    this.app = app;
    this.title = h("div", { class: "guild-name" });
    const close = h(
      "button",
      {
        class: "icon-button only-narrow",
        type: "button",
        "aria-label": "Close channels",
        onclick: () => app.closeDrawer(),
      },
      icon("close"),
    );
    this.list = h("div", { class: "channel-list" });
    this.user = h("div", { class: "user-panel" });
    this.element = h(
      "nav",
      { class: "sidebar", "aria-label": "Channels" },
      h("header", { class: "guild-head" }, this.title, close),
      this.list,
      this.user,
    );
    this.list.addEventListener("click", (event) => {
      if (event.target.closest("a")) app.closeDrawer();
    });
  }

  /** To where one is. */
  focus() {
    (this.list.querySelector("[aria-current]") ?? this.list.querySelector("a"))?.focus();
  }

  draw() {
    const { store } = this.app.client;
    const guild = [...store.guilds.values()][0];
    this.title.textContent = guild?.name ?? "";
    reconcile(this.list, this.#rows(store), {
      key: (row) => row.key,
      make: (row) => this.#make(row),
      update: (element, row) => (element.dataset.signature === row.signature ? null : this.#make(row)),
    });
    this.#drawUser(store);
  }

  #rows(store) {
    const all = [...store.channels.values()];
    const rows = [];
    const dms = all.filter((one) => one.type === DM);
    if (dms.length)
      rows.push(row("dms", "heading", { name: "Direct messages" }), ...dms.map((one) => this.#place(store, one, "dm")));
    const byPosition = (a, b) => (a.position ?? 0) - (b.position ?? 0);
    const channels = all.filter((one) => one.position !== undefined && one.type !== CATEGORY);
    const categories = all.filter((one) => one.type === CATEGORY).sort(byPosition);
    for (const category of [null, ...categories]) {
      const inside = channels.filter((one) => (one.parent_id ?? null) === (category?.id ?? null)).sort(byPosition);
      if (category && inside.length) rows.push(row(`c${category.id}`, "heading", { name: category.name }));
      for (const channel of inside)
        rows.push(
          this.#place(store, channel, kindOf(channel)),
          ...this.#threads(store, channel),
        );
    }
    return rows;
  }

  #threads(store, channel) {
    const rows = store
      .threads(channel.id, false)
      .slice(0, MOST_THREADS)
      .map((thread) => this.#place(store, thread, "thread"));
    const archived = store.threads(channel.id, true);
    if (!archived.length) return rows;
    const open = this.#archivesOpen.has(channel.id);
    rows.push(row(`a${channel.id}`, "archive", { open, count: archived.length, channel: channel.id }));
    return open ? [...rows, ...archived.map((thread) => this.#place(store, thread, "archived"))] : rows;
  }

  #place(store, channel, kind) {
    const unread = store.unread.get(channel.id);
    const about = {
      id: channel.id,
      name: store.title(channel),
      current: channel.id === this.app.channelId,
      unread: Boolean(unread) && channel.id !== this.app.channelId,
      pings: unread?.pings ?? 0,
      private: channel.type === 12,
    };
    return row(channel.id, kind, about);
  }

  #make({ key, kind, about, signature }) {
    const element =
      kind === "heading"
        ? h("h2", { class: "channel-heading" }, about.name)
        : kind === "archive"
          ? this.#archiveToggle(about)
          : this.#link(kind, about);
    Object.assign(element.dataset, { key, signature });
    return element;
  }

  #archiveToggle({ open, count, channel }) {
    const toggle = () => {
      if (!this.#archivesOpen.delete(channel)) this.#archivesOpen.add(channel);
      this.draw();
    };
    return h(
      "button",
      { class: "archive-toggle", type: "button", "aria-expanded": String(open), onclick: toggle },
      icon(open ? "down" : "right"),
      `Archived threads (${count})`,
    );
  }

  #link(kind, { id, name, current, unread, pings }) {
    const { store } = this.app.client;
    const recipient = kind === "dm" ? store.channels.get(id).recipients[0] : null;
    const words = WORDS[kind];
    const state = `${unread ? "unread, " : ""}${pings ? `${pings} mention${pings > 1 ? "s" : ""}, ` : ""}`;
    const sign = recipient
      ? avatar(recipient, "small")
      : icon(kind === "archived" ? "archive" : kind);
    return h(
      "a",
      {
        class: `channel ${kind}${unread ? " unread" : ""}`,
        href: `#${id}`,
        "aria-current": current ? "page" : undefined,
        "aria-label": `${state}${name} (${words})`,
      },
      sign,
      h("span", { class: "channel-name" }, name),
      pings > 0 && h("span", { class: "badge" }, String(pings)),
    );
  }

  #drawUser(store) {
    if (!store.me) return;
    const { people, person } = this.app;
    const owner = [...store.guilds.values()][0]?.owner_id === store.me.id;
    const others = people.filter((one) => one !== person).map((one) => `${one.name}${this.app.pingsOf(one)}`);
    const signature = [store.me.id, owner, ...others].join(" ");
    if (this.user.dataset.signature === signature) return;
    this.user.dataset.signature = signature;
    const items = () =>
      people.map((one) => ({
        label: `${one.name}${this.app.pingsOf(one) ? ` (${this.app.pingsOf(one)})` : ""}`,
        icon: one === person ? "check" : undefined,
        act: () => this.app.become(one),
      }));
    const waiting = people.filter((one) => one !== person).reduce((all, one) => all + this.app.pingsOf(one), 0);
    const button = h(
      "button",
      {
        class: "user-button",
        type: "button",
        "aria-haspopup": "menu",
        "aria-label": `Switch person: you are ${store.me.username}`,
        onclick: () => menu(button, items(), { label: "People" }),
      },
      avatar(store.me, "medium"),
      h(
        "span",
        { class: "user-words" },
        h("b", {}, store.name(store.me)),
        h("small", {}, owner ? "Server owner" : "Member"),
      ),
      waiting > 0 && h("span", { class: "badge" }, String(waiting)),
      icon("people"),
    );
    refill(this.user, [button]);
  }
}

function row(key, kind, about) {
  return { key, kind, about, signature: `${kind} ${JSON.stringify(about)}` };
}
