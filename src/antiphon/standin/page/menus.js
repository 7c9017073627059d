// What floats above the page: popups, menus and the emoji picker. One popup at a time, and menus inside it.

import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { icon } from "./icons.js";

const MARGIN = 8;
let open = null;

export function closePopup() {
  open?.close();
}

/**
 * Shows `content` beside an element, or at a point ({ x, y }). Closed by Escape, a press elsewhere, or the returned
 * function. `above` puts it over its anchor; `wide` makes it as wide as that.
 */
export function popup(anchor, content, { onClose, above = false, wide = false, focus = true } = {}) {
  closePopup();
  const element = anchor instanceof Element ? anchor : null;
  const host = element?.closest("dialog") ?? document.querySelector("dialog[open]") ?? document.body;
  const before = document.activeElement;
  content.classList.add("popup");
  if (wide && element) content.style.width = `${element.getBoundingClientRect().width}px`;
  host.append(content);
  place(content, element ? element.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0), above);
  const outside = (event) => {
    if (!content.contains(event.target) && !element?.contains(event.target)) close();
  };
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const close = () => {
    if (open?.close !== close) return;
    open = null;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", keys, true);
    content.remove();
    if (focus && before?.isConnected) before.focus({ preventScroll: true });
    onClose?.();
  };
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", keys, true);
  open = { close, content };
  if (focus)
    (content.querySelector("[autofocus],[role=menuitem],[role=option],input") ?? content).focus({
      preventScroll: true,
    });
  return close;
}

function place(content, at, above) {
  const { width, height } = content.getBoundingClientRect();
  const left = Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN));
  const below = at.bottom + 4;
  const top = above || below + height > innerHeight - MARGIN ? at.top - height - 4 : below;
  content.style.left = `${left}px`;
  content.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
}

/** Arrow keys within a list of choices. */
export function arrowKeys(list, selector) {
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.querySelectorAll(selector)];
    const at = all.indexOf(document.activeElement);
    all[(at + step + all.length) % all.length]?.focus();
  });
}

/** A menu. Items: { label, icon, act, danger, items } or null for a line. */
export function menu(anchor, items, { label = "Actions" } = {}) {
  const list = h("div", { class: "menu", role: "menu", "aria-label": label });
  fill(list, items, anchor, label);
  arrowKeys(list, "[role=menuitem]");
  return popup(anchor, list);
}

function fill(list, items, anchor, label) {
  list.replaceChildren(
    ...items.map((item) => {
      if (item === null) return h("div", { class: "menu-line", role: "separator" });
      if (item instanceof Node) return item;
      const act = () => {
        if (item.items)
          return fill(
            list,
            [{ label: "Back", act: () => fill(list, items, anchor, label), stay: true }, null, ...item.items],
            anchor,
            label,
          );
        if (!item.stay) closePopup();
        return item.act();
      };
      return h(
        "button",
        { class: `menu-item${item.danger ? " danger" : ""}`, role: "menuitem", type: "button", onclick: act },
        h("span", {}, item.label),
        item.items ? icon("right") : item.icon && icon(item.icon),
      );
    }),
  );
  list.querySelector("[role=menuitem]")?.focus({ preventScroll: true });
}

/** The emoji picker; `choose(character)` is called once. */
export function pickEmoji(anchor, choose, { above = false } = {}) {
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const show = (filter) => {
    const found = EMOJI.filter(({ names }) => names.some((name) => name.includes(filter)));
    grid.replaceChildren(
      ...found.map(({ character, names }) => {
        const act = () => {
          closePopup();
          choose(character);
        };
        return h("button", { type: "button", title: `:${names[0]}:`, "aria-label": names[0], onclick: act }, character);
      }),
    );
  };
  const search = h("input", {
    type: "search",
    placeholder: "Find an emoji",
    "aria-label": "Find an emoji",
    oninput: () => show(search.value.trim().toLowerCase()),
    onkeydown: (event) => event.key === "Enter" && grid.querySelector("button")?.click(),
  });
  search.setAttribute("autofocus", "");
  show("");
  popup(anchor, h("div", { class: "emoji-picker", role: "dialog", "aria-label": "Emoji picker" }, search, grid), {
    above,
  });
}
