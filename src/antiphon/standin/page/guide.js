// Suggestions above the composer, in a guided order: prompts that are posted, and actions of the stand-in's owner.
// One row that scrolls, or all of them. What has been used is ticked off, for as long as this tab lives.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const KEPT = "standin-used";
const ACTIONS = "/standin/actions/";

export class Guide {
  #chips = []; // { chip, button }
  #used = new Set(kept());
  #open = false;

  /** `app`: attempt(work), toast(words). `post(text)`: posts a prompt; whether it went well. */
  constructor(app, post) {
    this.app = app;
    this.post = post;
    this.count = h("span", { class: "guide-count", role: "status" });
    this.toggle = h(
      "button",
      { class: "text-button guide-toggle", type: "button", onclick: () => this.open(!this.#open) },
      h("span", {}),
      icon("down"),
    );
    this.row = h("div", { class: "chips", role: "group", "aria-label": "Suggested prompts" });
    this.element = h(
      "section",
      { class: "guide", "aria-label": "Suggestions", hidden: true },
      h("div", { class: "guide-head" }, h("span", { class: "guide-title" }, "Suggestions"), this.count, this.toggle),
      this.row,
    );
    this.row.addEventListener("scroll", () => this.#edges(), { passive: true });
    this.row.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => this.#edges()).observe(this.row);
  }

  setChips(chips) {
    this.#chips = chips.map((chip) => ({ chip, button: this.#button(chip) }));
    this.row.replaceChildren(...this.#chips.map(({ button }) => button));
    this.element.hidden = chips.length === 0;
    this.#draw();
    this.open(false);
  }

  /** Where nothing has been said yet there is room for all, until one is used. */
  welcome() {
    if (this.#used.size === 0) this.open(true);
  }

  /** All of them, or one row. */
  open(wanted) {
    this.#open = wanted;
    this.element.classList.toggle("open", wanted);
    this.toggle.firstChild.textContent = wanted ? "Show less" : "Show all";
    this.toggle.setAttribute("aria-expanded", String(wanted));
    this.#next();
  }

  #button(chip) {
    const press = () => (chip.action === undefined ? this.#prompt(chip, button) : this.#act(chip, button));
    const button = h(
      "button",
      { class: `chip${chip.action === undefined ? "" : " chip-action"}`, type: "button", onclick: press },
      h("span", { class: "chip-label" }, icon("check"), chip.label),
      chip.shows && h("span", { class: "chip-shows" }, chip.shows),
      h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    );
    return button;
  }

  async #prompt(chip, button) {
    button.disabled = true; // once, however quickly it is pressed again
    const posted = await this.post(chip.text);
    button.disabled = false;
    if (posted) this.#use(chip);
  }

  async #act(chip, button) {
    if (button.disabled) return; // one at a time
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    if (chip.began) this.app.toast(chip.began);
    const done = await this.app.attempt(() => act(chip.action));
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (!done) return;
    if (chip.ended) this.app.toast(chip.ended);
    this.#use(chip);
  }

  #use(chip) {
    this.#used.add(chip.label);
    sessionStorage.setItem(KEPT, JSON.stringify([...this.#used]));
    this.#draw();
    this.open(false); // what happens now is to be seen
  }

  #draw() {
    for (const { chip, button } of this.#chips) {
      const used = this.#used.has(chip.label);
      button.classList.toggle("used", used);
      if (used) button.setAttribute("aria-description", "used");
    }
    const used = this.#chips.filter(({ chip }) => this.#used.has(chip.label)).length;
    this.count.textContent = used ? `${used} of ${this.#chips.length} tried` : "";
  }

  /** The first one that has not been used is the first in sight, with a bit of the one before it. */
  #next() {
    const next = this.#chips.find(({ chip }) => !this.#used.has(chip.label));
    if (!this.#open && next) {
      const left = next.button.offsetLeft - this.row.offsetLeft;
      this.row.scrollTo({ left: next === this.#chips[0] ? 0 : left - 28, behavior: "smooth" });
    }
    this.#edges();
  }

  /** Where there is more, the row fades out. */
  #edges() {
    const { scrollLeft, clientWidth, scrollWidth, scrollTop, clientHeight, scrollHeight } = this.row;
    const [at, shown, all] = this.#open
      ? [scrollTop, clientHeight, scrollHeight]
      : [scrollLeft, clientWidth, scrollWidth];
    this.row.classList.toggle("more-before", at > 2);
    this.row.classList.toggle("more-after", at + shown < all - 2);
  }

  /** A wheel turns one way only. */
  #wheel(event) {
    if (this.#open || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    this.row.scrollLeft += event.deltaY;
  }
}

/** What was used in this tab. */
function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** Lets the owner do it; returns when it is over. */
async function act(name) {
  const headers = { "X-Standin-Action": "1" }; // which no other site's page can send
  let response;
  try {
    response = await fetch(ACTIONS + encodeURIComponent(name), { method: "POST", headers });
  } catch {
    throw new Error("The stand-in cannot be reached.");
  }
  if (response.ok) return;
  const told = await response.json().catch(() => null);
  throw new Error(told?.message ?? `That failed (${response.status}).`);
}
