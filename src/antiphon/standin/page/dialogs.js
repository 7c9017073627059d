// Dialogs of the page's own: confirm, ask for a line, look at a picture.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Shows a dialog; it takes itself away when it closes. Returns the element. */
export function show(element, onClose) {
  element.addEventListener("close", () => {
    element.remove();
    onClose?.();
  });
  element.addEventListener("click", (event) => event.target === element && element.close());
  document.body.append(element);
  element.showModal();
  return element;
}

export const closeButton = () =>
  h(
    "button",
    {
      class: "icon-button dialog-close",
      type: "button",
      "aria-label": "Close",
      onclick: (event) => event.target.closest("dialog").close(),
    },
    icon("close"),
  );

/** Resolves to true when it is confirmed. */
export function confirm(title, words, action) {
  return new Promise((resolve) => {
    let said = false;
    const yes = h(
      "button",
      {
        class: "button button-danger",
        type: "button",
        onclick: () => {
          said = true;
          element.close();
        },
      },
      action,
    );
    const no = h("button", { class: "button button-plain", type: "button", onclick: () => element.close() }, "Cancel");
    const element = h(
      "dialog",
      { class: "dialog", "aria-label": title },
      h("h2", {}, title),
      h("p", {}, words),
      h("div", { class: "dialog-actions" }, no, yes),
    );
    show(element, () => resolve(said));
    yes.focus();
  });
}

/** Asks for texts: fields of { name, label, long, most }. Resolves to name -> text, or null. */
export function ask(title, fields, action) {
  return new Promise((resolve) => {
    let said = null;
    const inputs = fields.map(({ name, label, long = false, most = 100, value = "" }) => {
      const input = h(long ? "textarea" : "input", { name, maxLength: most, required: true, value });
      return [name, input, h("label", { class: "field" }, h("span", { class: "field-label" }, label), input)];
    });
    const submit = (event) => {
      event.preventDefault();
      said = Object.fromEntries(inputs.map(([name, input]) => [name, input.value.trim()]));
      element.close();
    };
    const actions = h(
      "div",
      { class: "dialog-actions" },
      h("button", { class: "button button-plain", type: "button", onclick: () => element.close() }, "Cancel"),
      h("button", { class: "button button-primary", type: "submit" }, action),
    );
    const element = h(
      "dialog",
      { class: "dialog", "aria-label": title },
      h("h2", {}, title),
      closeButton(),
      h(
        "form",
        { onsubmit: submit },
        inputs.map(([, , label]) => label),
        actions,
      ),
    );
    show(element, () => resolve(said));
  });
}

/** A picture in full. */
export function look(source, alt) {
  const open = h("a", { class: "md-link", href: source, target: "_blank", rel: "noopener" }, "Open original");
  show(
    h(
      "dialog",
      { class: "lightbox", "aria-label": alt || "Picture" },
      closeButton(),
      h("img", { src: source, alt }),
      open,
    ),
  );
}
