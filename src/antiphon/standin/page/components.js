// Message components, legacy and V2. Presses and choices go to `press`, which resolves when Discord has the answer.

import { css, h } from "./dom.js";
import { fileCard, media } from "./attachments.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { select } from "./select.js";
import { veil } from "./spoilers.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

/** `context`: names, look(source, alt), press(component, values), entities(type). */
export const components = (list, context) => list.map((one) => component(one, context));

function component(one, context) {
  switch (one.type) {
    case 1:
      return h("div", { class: "action-row" }, components(one.components, context));
    case 2:
      return button(one, context);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return menuOf(one, context);
    case 9:
      return h(
        "div",
        { class: "section" },
        h("div", { class: "section-text" }, components(one.components, context)),
        h("div", { class: "section-accessory" }, component(one.accessory, context)),
      );
    case 10:
      return h("div", { class: "text-display md" }, markdown(one.content, context.names));
    case 11:
      return h(
        "div",
        { class: "thumbnail" },
        media(
          { ...one.media, description: one.description },
          { look: context.look, name: "Thumbnail", width: 85, height: 85, spoiler: one.spoiler },
        ),
      );
    case 12:
      return gallery(one, context);
    case 13:
      return fileCard(
        { ...one.file, name: one.name, size: one.size, filename: one.name ?? "file" },
        { spoiler: one.spoiler },
      );
    case 14:
      return h("div", {
        class: `separator${one.spacing === 2 ? " large" : ""}${one.divider ? " line" : ""}`,
        role: one.divider ? "separator" : undefined,
      });
    case 17:
      return container(one, context);
    default:
      return h("div", { class: "unknown" }, `A component of type ${one.type}`);
  }
}

function container(one, context) {
  const style =
    one.accent_color === null || one.accent_color === undefined ? undefined : { "--accent": css(one.accent_color) };
  const element = h(
    "div",
    { class: `container${style ? " accented" : ""}`, style },
    components(one.components, context),
  );
  return one.spoiler ? veil(element, "a part of this message") : element;
}

function gallery(one, context) {
  const count = one.items.length;
  const most = count === 1 ? { width: 550, height: 350 } : { width: 300, height: 300 };
  const items = one.items.map((item) =>
    media(
      { ...item.media, description: item.description },
      { look: context.look, name: item.description ?? "Picture", spoiler: item.spoiler, ...most },
    ),
  );
  return h("div", { class: `gallery${count > 1 ? " many" : ""}` }, items);
}

export function emojiOf(one) {
  if (!one?.name) return null;
  return h("span", { class: "emoji" }, one.id ? `:${one.name}:` : one.name);
}

function button(one, context) {
  const inner = [emojiOf(one.emoji), one.label && h("span", { class: "label" }, one.label)];
  if (one.style === 5) {
    const attributes = {
      class: "button button-link",
      href: /^https?:/.test(one.url) ? one.url : undefined,
      target: "_blank",
      rel: "noopener noreferrer",
    };
    return one.disabled
      ? h("button", { class: "button button-link", disabled: true }, inner, icon("link"))
      : h("a", attributes, inner, icon("link"));
  }
  const element = h(
    "button",
    {
      class: `button button-${STYLES[one.style] ?? "secondary"}`,
      type: "button",
      disabled: one.disabled ?? false,
      "aria-label": one.label ? undefined : (one.emoji?.name ?? "Button"),
      onclick: () => busy(element, () => context.press(one)),
    },
    inner,
    dots(),
  );
  return element;
}

const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));

/** Shows that an answer is awaited; the other controls of the message wait, too. */
async function busy(element, act) {
  const message = element.closest(".message") ?? element.parentElement;
  if (message.classList.contains("awaiting")) return;
  const others = [...message.querySelectorAll("button:is(.button, .select):enabled")].filter((one) => one !== element);
  message.classList.add("awaiting");
  element.setAttribute("aria-busy", "true");
  for (const one of others) one.setAttribute("aria-disabled", "true");
  try {
    await act();
  } finally {
    message.classList.remove("awaiting");
    element.removeAttribute("aria-busy");
    for (const one of others) one.removeAttribute("aria-disabled");
  }
}

function menuOf(one, context) {
  const options = one.type === 3 ? one.options : context.entities(one.type, one.channel_types);
  const preset =
    one.type === 3
      ? options.filter((option) => option.default).map((option) => option.value)
      : (one.default_values ?? []).map((value) => value.id);
  const control = select({
    options,
    values: preset,
    min: one.min_values ?? 1,
    max: one.max_values ?? 1,
    placeholder: one.placeholder ?? "Make a selection",
    disabled: one.disabled ?? false,
    onChoose: (values) => busy(control, () => context.press(one, values)),
  });
  return control;
}
