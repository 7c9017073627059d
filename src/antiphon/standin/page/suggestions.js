// The list above the composer: commands, members, channels, emoji, choices. The text field keeps the focus.

import { h } from "./dom.js";

let ids = 0;

export class Suggestions {
  #items = [];
  #at = 0;
  #pick = null;

  constructor() {
    this.id = `suggestions-${(ids += 1)}`;
    this.title = h("div", { class: "suggestions-title" });
    this.list = h("div", { class: "suggestions-list", role: "listbox", id: this.id, "aria-label": "Suggestions" });
    this.element = h("div", { class: "suggestions", hidden: true }, this.title, this.list);
  }

  get shown() {
    return !this.element.hidden && this.#items.length > 0;
  }

  /** `items`: { label, detail, side, icon } and whatever `pick(item)` needs. Nothing at all hides the list. */
  show(title, items, pick, { field = null, at = 0 } = {}) {
    if (this.field !== field) this.hide();
    this.#items = items;
    this.#pick = pick;
    this.#at = at; // -1: nothing is chosen until an arrow is pressed
    this.field = field;
    this.title.textContent = title;
    this.list.replaceChildren(...items.map((item, n) => this.#row(item, n)));
    this.element.hidden = !title && !items.length;
    this.#tell();
    this.#mark();
  }

  hide() {
    this.element.hidden = true;
    this.#items = [];
    this.#tell();
  }

  /** Tells the field whether there is a list. */
  #tell() {
    if (this.field?.role === "combobox") this.field.setAttribute("aria-expanded", String(this.shown));
    if (!this.shown || this.#at < 0) this.field?.removeAttribute("aria-activedescendant");
  }

  /** Whether a key was meant for the list. */
  key(event) {
    if (event.key === "Escape" && !this.element.hidden) {
      this.hide();
      return true;
    }
    if (!this.shown) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.#at =
        this.#at < 0
          ? step > 0
            ? 0
            : this.#items.length - 1
          : (this.#at + step + this.#items.length) % this.#items.length;
      this.#mark();
      return true;
    }
    if (this.#at < 0) return false;
    if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
      this.#pick(this.#items[this.#at]);
      return true;
    }
    return false;
  }

  #row(item, n) {
    const act = (event) => {
      event.preventDefault(); // the text field keeps the focus
      this.#pick(item);
    };
    return h(
      "div",
      {
        class: "suggestion",
        role: "option",
        id: `${this.id}-${n}`,
        onmousedown: (event) => event.preventDefault(),
        onclick: act,
      },
      item.icon,
      h(
        "span",
        { class: "suggestion-text" },
        h("span", { class: "suggestion-label" }, item.label),
        item.detail && h("span", { class: "suggestion-detail" }, item.detail),
      ),
      item.side && h("span", { class: "suggestion-side" }, item.side),
    );
  }

  #mark() {
    for (const [n, row] of [...this.list.children].entries()) row.setAttribute("aria-selected", String(n === this.#at));
    this.list.children[this.#at]?.scrollIntoView({ block: "nearest" });
    if (this.shown && this.#at >= 0) this.field?.setAttribute("aria-activedescendant", `${this.id}-${this.#at}`);
  }
}
