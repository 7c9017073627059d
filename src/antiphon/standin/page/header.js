// The bar over the messages: where one is, and what can be opened from there.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { appTag, avatar } from "./message.js";
import { DM, kindOf } from "./kinds.js";
import { isThread } from "./store.js";

export class Header {
  constructor(app) {
    this.app = app;
    const button = (name, label, act) =>
      h(
        "button",
        { class: "icon-button", type: "button", title: label, "aria-label": label, onclick: act },
        icon(name),
      );
    this.title = h("div", { class: "header-title" });
    this.count = h("span", { class: "badge", hidden: true });
    this.pins = button("pin", "Pinned messages", () => app.panel.toggle("pins"));
    this.notices = button("bell", "Notifications", () => app.panel.toggle("notices"));
    this.notices.append(this.count);
    this.members = button("people", "Members", () => app.panel.toggle("members"));
    this.archive = button("archive", "Archive thread", () => this.#toggleArchive());
    this.drawer = button("menu", "Open channels", () => app.openDrawer());
    this.drawer.classList.add("only-narrow");
    this.drawer.setAttribute("aria-expanded", "false");
    this.element = h(
      "header",
      { class: "header" },
      this.drawer,
      this.title,
      h("div", { class: "header-buttons" }, this.archive, this.pins, this.notices, this.members),
    );
  }

  draw() {
    const { client, channelId, panel } = this.app;
    const { store } = client;
    const channel = store.channels.get(channelId);
    const parent = isThread(channel) ? store.channels.get(channel.parent_id) : null;
    const metadata = channel?.thread_metadata;
    const signature = JSON.stringify([
      channelId,
      store.title(channel),
      parent?.name,
      channel?.topic,
      metadata?.archived,
      metadata?.locked,
      panel.shown,
    ]);
    const pings = store.notices.filter((notice) => notice.pingsMe && !notice.silent).length;
    this.count.hidden = pings === 0;
    this.count.textContent = String(pings);
    if (this.signature === signature) return;
    this.signature = signature;
    const sign =
      channel?.type === DM
        ? avatar(channel.recipients[0], "small")
        : icon(parent ? "thread" : kindOf(channel));
    this.title.replaceChildren(
      ...[
        parent &&
          h(
            "a",
            { class: "crumb", href: `#${parent.id}`, "aria-label": parent.name },
            icon(kindOf(parent)),
            h("span", {}, parent.name),
          ),
        parent && h("span", { class: "crumb-step" }, icon("right")),
        sign,
        h("h1", {}, store.title(channel)),
        channel?.type === DM && appTag(channel.recipients[0]),
        metadata?.archived && h("span", { class: "state" }, metadata.locked ? "Locked" : "Archived"),
        channel?.topic && h("span", { class: "topic" }, channel.topic),
      ].filter(Boolean),
    );
    this.archive.hidden = !metadata;
    const words = metadata?.archived ? "Open thread again" : "Archive thread";
    this.archive.title = words;
    this.archive.setAttribute("aria-label", words);
    for (const [name, one] of Object.entries({ pins: this.pins, notices: this.notices, members: this.members }))
      one.setAttribute("aria-pressed", String(panel.shown === name));
  }

  #toggleArchive() {
    const { client, channelId } = this.app;
    const { archived } = client.store.channels.get(channelId).thread_metadata;
    this.app.attempt(() => client.archive(channelId, !archived));
  }
}
