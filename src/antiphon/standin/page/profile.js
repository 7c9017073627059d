// The card of a person or app: who they are, a direct message, the commands that apps have for them.

import { css, h } from "./dom.js";
import { closePopup, popup } from "./menus.js";
import { appTag, avatar } from "./message.js";

export class Profile {
  constructor(app) {
    this.app = app;
  }

  async show(userId, anchor) {
    const { client, channelId, actions } = this.app;
    const { store } = client;
    const user = store.users.get(userId);
    if (!user) return;
    const commands = await actions.userCommands(userId, channelId);
    const roles = (store.member(userId)?.roles ?? []).map((id) => store.roles.get(id)).filter(Boolean);
    const write = async () => {
      closePopup();
      await this.app.attempt(async () => (location.hash = await client.openDm(userId)));
    };
    const run = (command) => () => {
      closePopup();
      command.run();
    };
    const card = h(
      "div",
      { class: "profile", role: "dialog", "aria-label": `Profile of ${store.name(user)}`, tabIndex: -1 },
      h("div", { class: "profile-head" }, avatar(user, "large")),
      h("div", { class: "profile-name" }, h("b", {}, store.name(user)), appTag(user)),
      h("div", { class: "profile-user" }, user.username),
      roles.length > 0 &&
        h(
          "div",
          { class: "profile-roles" },
          roles.map((role) =>
            h("span", { class: "role", style: { "--role": role.color ? css(role.color) : "var(--muted)" } }, role.name),
          ),
        ),
      userId !== store.me.id &&
        h("button", { class: "button button-primary", type: "button", onclick: write }, "Message"),
      commands.map((command) =>
        h("button", { class: "button button-secondary", type: "button", onclick: run(command) }, command.label),
      ),
    );
    popup(anchor, card);
  }
}
