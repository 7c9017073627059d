// Modals that an app opens: text inputs, menus, files, choices; and what was filled in, sent back.

import { h, size } from "./dom.js";
import { closeButton, show } from "./dialogs.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { appTag, avatar } from "./message.js";
import { select } from "./select.js";

const PARAGRAPH = 2;
let ids = 0;

/**
 * Shows the modal of an interaction. A field is { component, read(files) }, where read gives what Discord is sent and
 * throws a text where something is missing.
 */
export function openModal(app, outcome) {
  const { data } = outcome;
  const { client, context } = app;
  const bot = client.store.users.get(client.store.applicationId);
  const failure = h("div", { class: "modal-failure", role: "alert", hidden: true });
  const drawn = data.components.map((component) => draw(component, context));
  const submit = h("button", { class: "button button-primary", type: "submit" }, "Submit");
  const cancel = h(
    "button",
    { class: "button button-plain", type: "button", onclick: () => element.close() },
    "Cancel",
  );
  const fail = (words) => {
    failure.textContent = words;
    failure.hidden = false;
  };
  const send = async (event) => {
    event.preventDefault();
    const files = [];
    let components;
    try {
      components = drawn.map((one) => one.read(files));
    } catch (missing) {
      if (typeof missing !== "string") throw missing;
      fail(missing);
      return;
    }
    submit.disabled = true;
    const answer = await client.submit(outcome, data.channel_id, components, files);
    submit.disabled = false;
    if (answer.kind === "success") element.close();
    else fail(answer.refused?.message ?? "Something went wrong. Try again.");
  };
  const element = h(
    "dialog",
    { class: "dialog modal", "aria-label": data.title },
    h("header", { class: "modal-head" }, bot && avatar(bot, "small"), h("h2", {}, data.title), closeButton()),
    h(
      "div",
      { class: "modal-warning" },
      "This form will be submitted to ",
      h("b", {}, bot ? client.store.name(bot) : "the app"),
      bot && appTag(bot),
      ". Do not share passwords or other sensitive information.",
    ),
    h(
      "form",
      { onsubmit: send, noValidate: true },
      failure,
      h(
        "div",
        { class: "modal-fields" },
        drawn.map((one) => one.element),
      ),
      h("div", { class: "dialog-actions" }, cancel, submit),
    ),
  );
  show(element);
  element.querySelector("input,textarea,button.select")?.focus();
}

function draw(component, context, label = {}) {
  const { type, id } = component;
  switch (type) {
    case 1: {
      const inner = component.components.map((one) => draw(one, context));
      return {
        element: h(
          "div",
          {},
          inner.map((one) => one.element),
        ),
        read: (files) => ({ type, id, components: inner.map((one) => one.read(files)) }),
      };
    }
    case 18: {
      const inner = draw(component.component, context, component);
      return { element: inner.element, read: (files) => ({ type, id, component: inner.read(files) }) };
    }
    case 10:
      return {
        element: h("div", { class: "md" }, markdown(component.content, context.names)),
        read: () => ({ type, id }),
      };
    case 4:
      return textInput(component, label);
    case 19:
      return fileUpload(component, label);
    case 21:
    case 22:
      return choices(component, label);
    case 23:
      return checkbox(component, label);
    default:
      return menu(component, context, label);
  }
}

/** A field under its label. */
function field(component, { label, description }, control) {
  const name = label ?? component.label ?? component.custom_id;
  const required = component.required !== false && component.type !== 23;
  const id = `field-${(ids += 1)}`;
  control.id = id;
  if (description) control.setAttribute("aria-describedby", `${id}-about`);
  if (component.type === 4 && required) control.ariaRequired = "true";
  const heading = h(
    "label",
    { class: "field-label", for: id },
    name,
    required && h("span", { class: "required", title: "Required" }, " *"),
  );
  return {
    name,
    required,
    element: h(
      "div",
      { class: "field" },
      heading,
      description && h("div", { class: "field-description", id: `${id}-about` }, description),
      control,
    ),
  };
}

function textInput(component, label) {
  const {
    type,
    id,
    custom_id,
    style,
    value = "",
    placeholder = "",
    min_length: least = 0,
    max_length: most = 4000,
  } = component;
  const input = h(style === PARAGRAPH ? "textarea" : "input", {
    value,
    placeholder,
    maxLength: most,
    autocomplete: "off",
  });
  if (style === PARAGRAPH) input.rows = 4;
  const { name, required, element } = field(component, label, input);
  const read = () => {
    if (required && !input.value.trim()) throw `“${name}” is required.`;
    if (input.value && input.value.length < least) throw `“${name}” needs at least ${least} characters.`;
    return { type, id, custom_id, value: input.value };
  };
  return { element, read };
}

function menu(component, context, label) {
  const { type, id, custom_id, min_values: min = 1, max_values: max = 1 } = component;
  const options = type === 3 ? component.options : context.entities(type, component.channel_types);
  let chosen =
    type === 3
      ? options.filter((one) => one.default).map((one) => one.value)
      : (component.default_values ?? []).map((one) => one.id);
  const control = select({
    options,
    values: chosen,
    min,
    max,
    placeholder: component.placeholder ?? "Make a selection",
    label: label.label,
    onChoose: (values) => (chosen = values),
  });
  const { name, required, element } = field(component, label, control);
  const read = () => {
    if (chosen.length < min && (required || chosen.length))
      throw `“${name}” needs ${min === 1 ? "a choice" : `${min} choices`}.`;
    return { type, id, custom_id, values: chosen };
  };
  return { element, read };
}

function fileUpload(component, label) {
  const { type, id, custom_id, min_values: min = 1, max_values: max = 1 } = component;
  const names = h("div", { class: "upload-names" });
  const input = h("input", { type: "file", multiple: max > 1, class: "upload" });
  input.addEventListener("change", () =>
    names.replaceChildren(
      ...[...input.files].map((file) => h("div", {}, icon("file"), `${file.name} (${size(file.size)})`)),
    ),
  );
  const { name, required, element } = field(component, label, input);
  element.append(names);
  const read = (files) => {
    const found = [...input.files];
    if (required && found.length < min) throw `“${name}” needs ${min === 1 ? "a file" : `${min} files`}.`;
    if (found.length > max) throw `“${name}” takes at most ${max === 1 ? "one file" : `${max} files`}.`;
    return { type, id, custom_id, values: found.map((file) => String(files.push(file) - 1)) };
  };
  return { element, read };
}

function choices(component, label) {
  const { type, id, custom_id, options } = component;
  const one = type === 21;
  const group = `group-${(ids += 1)}`;
  const inputs = options.map((option) => {
    const input = h("input", {
      type: one ? "radio" : "checkbox",
      name: group,
      value: option.value,
      checked: option.default ?? false,
    });
    return [
      input,
      h(
        "label",
        { class: "choice" },
        input,
        h(
          "span",
          {},
          h("span", {}, option.label),
          option.description && h("span", { class: "option-description" }, option.description),
        ),
      ),
    ];
  });
  const box = h(
    "div",
    { class: "choices", role: one ? "radiogroup" : "group", "aria-label": label.label },
    inputs.map(([, row]) => row),
  );
  const { name, required, element } = field(component, label, box);
  const read = () => {
    const values = inputs.filter(([input]) => input.checked).map(([input]) => input.value);
    const [min, max] = one ? [1, 1] : [component.min_values ?? 1, component.max_values ?? options.length];
    if ((required || values.length) && values.length < min)
      throw `“${name}” needs ${min === 1 ? "a choice" : `${min} choices`}.`;
    if (values.length > max) throw `“${name}” takes at most ${max} choices.`;
    return one ? { type, id, custom_id, value: values[0] ?? null } : { type, id, custom_id, values };
  };
  return { element, read };
}

function checkbox(component, label) {
  const { type, id, custom_id } = component;
  const input = h("input", { type: "checkbox", checked: component.default ?? false });
  const { element } = field(component, label, input);
  return { element, read: () => ({ type, id, custom_id, value: input.checked }) };
}
