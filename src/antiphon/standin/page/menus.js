// What floats above the page: popups, menus and the emoji picker. One popup at a time, and menus inside it.

import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { icon } from "./icons.js";

const MARGIN = 8;
let open = null;

export function closePopup() {
  open?.close();
}

/** Where it belongs: what is open as a dialog, or the landmark of its anchor. */
const hostOf = (element) =>
  element?.closest("dialog") ??
  document.querySelector("dialog[open]") ??
  element?.closest("nav") ??
  document.querySelector("main");

/**
 * Shows `content` beside an element, or at a point ({ x, y }). Closed by Escape, a press elsewhere, Tab where it is no
 * dialog, or the returned function; then the focus is where it was. `above` puts it over its anchor; `wide` makes it as
 * wide as that.
 */
export function popup(anchor, content, { onClose, above = false, wide = false } = {}) {
  closePopup();
  const element = anchor instanceof Element ? anchor : null;
  const before = document.activeElement;
  content.classList.add("popup");
  if (wide && element) content.style.width = `${element.getBoundingClientRect().width}px`;
  hostOf(element).append(content);
  place(content, element ? element.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0), above);
  const outside = (event) => {
    if (!content.contains(event.target) && !element?.contains(event.target)) close();
  };
  const keys = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      if (content.getAttribute("role") === "dialog") stay(content, event);
      else close(); // and on from where it was opened
    }
  };
  const close = () => {
    if (open?.close !== close) return;
    open = null;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", keys, true);
    content.remove();
    (before?.isConnected ? before : element)?.focus({ preventScroll: true });
    onClose?.();
  };
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", keys, true);
  open = { close, content };
  focusFirst(content);
  return close;
}

const focusFirst = (content) =>
  (content.querySelector("[autofocus],input,[role=menuitem],[role=option],button") ?? content).focus({
    preventScroll: true,
  });

/** Tab goes around within `content`. */
function stay(content, event) {
  const all = [...content.querySelectorAll("button,input,a[href]")].filter((one) => one.tabIndex >= 0);
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (!to) event.preventDefault();
  if (document.activeElement !== from && document.activeElement !== content) return;
  event.preventDefault();
  to?.focus();
}

function place(content, at, above) {
  const { width, height } = content.getBoundingClientRect();
  const left = Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN));
  const below = at.bottom + 4;
  const top = above || below + height > innerHeight - MARGIN ? at.top - height - 4 : below;
  content.style.left = `${left}px`;
  content.style.top = `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`;
}

/** Arrow keys, Home and End within a list of choices; in a grid, up and down are `columns()` away. */
export function arrowKeys(list, selector, columns = () => 1) {
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll(selector)];
    const at = all.indexOf(document.activeElement);
    const typing = event.target.matches("input");
    const step = { ArrowDown: columns(), ArrowUp: -columns(), ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const ends = { Home: 0, End: all.length - 1 }[event.key];
    if (typing ? event.key !== "ArrowDown" : step === undefined && ends === undefined) return;
    event.preventDefault();
    const to = typing ? 0 : (ends ?? at + step);
    all[columns() === 1 ? (to + all.length) % all.length : Math.max(0, Math.min(to, all.length - 1))]?.focus();
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
  focusFirst(list);
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
        const label = names[0].replaceAll("_", " ");
        return h(
          "button",
          { type: "button", tabIndex: -1, title: `:${names[0]}:`, "aria-label": label, onclick: act },
          character,
        );
      }),
    );
    if (grid.firstChild) grid.firstChild.tabIndex = 0; // the others by the arrows
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
  const picker = h("div", { class: "emoji-picker", role: "dialog", "aria-label": "Emoji picker" }, search, grid);
  arrowKeys(picker, ".emoji-grid button", () => getComputedStyle(grid).gridTemplateColumns.split(" ").length);
  popup(anchor, picker, { above });
}
