// A forum: its posts as cards, and a new one.

import { ask } from "./dialogs.js";
import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, time } from "./message.js";
import { createdAt, posted } from "./times.js";

export class Forum {
  #channelId = null;

  constructor(app) {
    this.app = app;
    this.list = h("ol", { class: "posts", "aria-label": "Posts" });
    this.element = h(
      "section",
      { class: "forum", hidden: true },
      h(
        "button",
        { class: "button button-primary", type: "button", onclick: () => this.#post() },
        icon("plus"),
        "New post",
      ),
      this.list,
    );
  }

  open(channelId) {
    this.#channelId = channelId;
    this.element.hidden = channelId === null;
    this.draw();
  }

  draw() {
    if (this.#channelId === null) return;
    const { store } = this.app.client;
    const threads = [...store.threads(this.#channelId, false), ...store.threads(this.#channelId, true)];
    reconcile(
      this.list,
      threads.map((thread) => [thread, this.#signature(store, thread)]),
      {
        key: ([thread]) => thread.id,
        make: ([thread, signature]) => this.#card(store, thread, signature),
        update: (element, [thread, signature]) =>
          element.dataset.signature === signature ? null : this.#card(store, thread, signature),
      },
    );
  }

  #signature = (store, thread) =>
    JSON.stringify([thread.name, thread.message_count, thread.thread_metadata, Boolean(store.unread.get(thread.id))]);

  #card(store, thread, signature) {
    const owner = store.users.get(thread.owner_id);
    const at = createdAt(thread.last_message_id ?? thread.id);
    const forum = store.channels.get(this.#channelId);
    const tags = (thread.applied_tags ?? [])
      .map((id) => forum?.available_tags?.find((tag) => tag.id === id)?.name)
      .filter(Boolean);
    const card = h(
      "a",
      { class: `post${store.unread.has(thread.id) ? " unread" : ""}`, href: `#${thread.id}` },
      tags.length > 0 &&
        h(
          "div",
          { class: "post-tags" },
          tags.map((tag) => h("span", { class: "role" }, tag)),
        ),
      h("b", {}, thread.name),
      h(
        "div",
        { class: "post-foot" },
        owner && avatar(owner, "tiny"),
        owner && store.name(owner),
        ` · ${thread.message_count ?? 0} replies · `,
        time(at, posted(at), ""),
        thread.thread_metadata.archived && " · archived",
      ),
    );
    return h("li", { dataset: { signature } }, card);
  }

  async #post() {
    const found = await ask(
      "New post",
      [
        { name: "title", label: "Title" },
        { name: "content", label: "Message", long: true, most: 2000 },
      ],
      "Post",
    );
    if (!found) return;
    await this.app.attempt(
      async () => (location.hash = (await this.app.client.startPost(this.#channelId, found.title, found.content)).id),
    );
  }
}
