// Discord's select menu: a button that opens a list box. Used in messages, modals and for command options.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { arrowKeys, closePopup, popup } from "./menus.js";

const SEARCH_FROM = 12;

/**
 * `options`: { value, label, description, emoji }. A menu for one value chooses at once, one for several when it
 * closes. `onChoose(values)` is told only of changes.
 */
export function select({ options, values = [], min = 1, max = 1, placeholder, disabled = false, label, onChoose }) {
  let chosen = [...values];
  const shown = h("span", { class: "select-value" });
  const element = h(
    "button",
    {
      class: "select",
      type: "button",
      disabled,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      onclick: () => open(),
    },
    shown,
    icon("down"),
  );
  const show = () => {
    const found = chosen.map((value) => options.find((option) => option.value === value)).filter(Boolean);
    shown.replaceChildren(
      ...(found.length
        ? found.map((option) =>
            h("span", { class: max > 1 ? "select-pill" : "" }, option.emoji && `${option.emoji.name} `, option.label),
          )
        : [placeholder]),
    );
    shown.classList.toggle("unset", !found.length);
    element.setAttribute(
      "aria-label",
      `${label ?? placeholder}${found.length ? `: ${found.map((option) => option.label).join(", ")}` : ""}`,
    );
  };

  function open() {
    if (element.ariaBusy || element.ariaDisabled) return;
    const before = chosen.join("\n");
    const list = h("div", {
      class: "options",
      role: "listbox",
      "aria-label": label ?? placeholder,
      "aria-multiselectable": String(max > 1),
    });
    const pick = (option) => {
      if (max === 1) {
        chosen = chosen[0] === option.value && min === 0 ? [] : [option.value];
        closePopup();
        return;
      }
      if (chosen.includes(option.value)) chosen = chosen.filter((value) => value !== option.value);
      else if (chosen.length < max) chosen = [...chosen, option.value];
      for (const [n, one] of [...list.children].entries())
        one.setAttribute("aria-selected", String(chosen.includes(listed[n].value)));
    };
    let listed = options;
    const fill = (filter) => {
      listed = options.filter((option) => option.label.toLowerCase().includes(filter));
      list.replaceChildren(...listed.map((option) => row(option, chosen.includes(option.value), max > 1, pick)));
      if (list.firstChild) list.firstChild.tabIndex = 0; // the others by the arrows
    };
    fill("");
    const search =
      options.length > SEARCH_FROM &&
      h("input", {
        type: "search",
        class: "options-search",
        placeholder: "Search",
        "aria-label": "Search",
        oninput: () => fill(search.value.toLowerCase()),
      });
    element.setAttribute("aria-expanded", "true");
    const box = h("div", { class: "options-box" }, search, list);
    arrowKeys(box, "[role=option]");
    popup(element, box, {
      wide: true,
      onClose: () => {
        element.setAttribute("aria-expanded", "false");
        if (chosen.length < min && chosen.length > 0) chosen = before ? before.split("\n") : [];
        show();
        if (chosen.join("\n") !== before) onChoose(chosen);
      },
    });
  }

  show();
  return element;
}

function row(option, selected, several, pick) {
  const act = () => pick(option);
  const keys = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  return h(
    "div",
    { class: "option", role: "option", tabIndex: -1, "aria-selected": String(selected), onclick: act, onkeydown: keys },
    option.emoji?.name && h("span", { class: "emoji" }, option.emoji.name),
    h(
      "span",
      { class: "option-text" },
      h("span", { class: "option-label" }, option.label),
      option.description && h("span", { class: "option-description" }, option.description),
    ),
    h("span", { class: several ? "check-box" : "check-dot" }, icon("check")),
  );
}
