// What is hidden until somebody asks for it: words, pictures, files, containers.

import { h } from "./dom.js";

/** What makes text a button (the message list listens); in `plain` text nothing can be pressed. */
export const pressed = (plain) => (plain ? {} : { role: "button", tabIndex: 0 });

/** Hidden text that opens upon a press. */
export function spoiler(inner, plain) {
  const attributes = { class: "md-spoiler", ...pressed(plain), "aria-label": plain ? undefined : "Spoiler" };
  return h("span", attributes, h("span", { class: "md-spoiler-text", inert: true }, inner));
}

/** Opens it: from there on it is text, which keeps the focus that the button had. */
export function openSpoiler(element) {
  element.classList.add("opened");
  element.firstChild.inert = false;
  element.removeAttribute("role");
  element.removeAttribute("aria-label");
  element.tabIndex = -1;
}

/** The element with what is in it behind a button, which takes itself away. */
export function veil(element, name) {
  const inside = [...element.children];
  for (const one of inside) one.inert = true;
  const show = h(
    "button",
    {
      class: "reveal",
      type: "button",
      "aria-label": `Spoiler: ${name}`,
      onclick: () => {
        element.classList.remove("hidden-media");
        for (const one of inside) one.inert = false;
        show.remove();
        element.tabIndex = -1;
        element.focus({ preventScroll: true });
      },
    },
    "SPOILER",
  );
  element.classList.add("hidden-media");
  element.append(show);
  return element;
}
