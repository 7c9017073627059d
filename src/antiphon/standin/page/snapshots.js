// What a message brings along beside its own words: stickers, and copies of forwarded messages.

import { attachments } from "./attachments.js";
import { components } from "./components.js";
import { h } from "./dom.js";
import { embed } from "./embeds.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";

/** Stickers by name: the local Discord draws none. */
export const stickers = (items) =>
  (items ?? []).map((item) => h("div", { class: "sticker" }, icon("smile"), `Sticker: ${item.name}`));

/** Copies of what was forwarded. Nothing in them can be pressed. */
export function forwarded(snapshots, context) {
  const still = { ...context, press: () => {} };
  return (snapshots ?? []).map(({ message: copy }) =>
    h(
      "div",
      { class: "forwarded" },
      h("div", { class: "forwarded-head" }, icon("right"), "Forwarded"),
      h("div", { class: "md" }, markdown(copy.content, context.names)),
      attachments(copy.attachments ?? [], context),
      (copy.embeds ?? []).map((one) => embed(one, context)),
      copy.components?.length ? h("div", { class: "components" }, components(copy.components, still)) : null,
      stickers(copy.sticker_items),
    ),
  );
}
