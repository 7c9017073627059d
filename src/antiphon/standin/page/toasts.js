// Short words at the edge: pings from elsewhere, refusals, what was copied.

import { h } from "./dom.js";

const SHOWN_MS = 5000;
const MOST = 4;

export class Toasts {
  constructor() {
    this.element = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  }

  show(words, { href, ping = false, bad = false } = {}) {
    const toast = h(
      href ? "a" : "div",
      { class: `toast${bad ? " bad" : ""}`, href, onclick: () => toast.remove() },
      ping && "🔔 ",
      words,
    );
    this.element.append(toast);
    while (this.element.children.length > MOST) this.element.firstChild.remove();
    setTimeout(() => toast.remove(), SHOWN_MS);
  }
}
