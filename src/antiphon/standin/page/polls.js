// A poll in a message: its answers as buttons, with the votes that each has; and how one ended.

import { h } from "./dom.js";

const countOf = (poll, id) => poll.results?.answer_counts.find((one) => one.id === id) ?? { count: 0, me_voted: false };
const votes = (count) => `${count} ${count === 1 ? "vote" : "votes"}`;

/** `vote(answers)`: chooses these answers, by number, and no others. */
export function poll(data, vote) {
  const ended = data.results?.is_finalized;
  const mine = data.answers.map((one) => one.answer_id).filter((id) => countOf(data, id).me_voted);
  const total = data.answers.reduce((all, one) => all + countOf(data, one.answer_id).count, 0);
  const choose = (id) => {
    if (mine.includes(id)) vote(mine.filter((one) => one !== id));
    else vote(data.allow_multiselect ? [...mine, id] : [id]);
  };
  const answers = data.answers.map(({ answer_id: id, poll_media: media }) => {
    const { count, me_voted: chosen } = countOf(data, id);
    return h(
      "button",
      {
        class: `poll-answer${chosen ? " mine" : ""}`,
        type: "button",
        disabled: ended || undefined,
        "aria-pressed": String(chosen),
        onclick: () => choose(id),
      },
      media.emoji && h("span", { class: "emoji" }, media.emoji.name),
      h("span", { class: "poll-text" }, media.text),
      h("span", { class: "poll-count" }, votes(count)),
    );
  });
  const foot = [votes(total), data.allow_multiselect && "several answers", ended && "closed"];
  return h(
    "section",
    { class: "poll", "aria-label": `Poll: ${data.question.text}` },
    h("b", { class: "poll-question" }, data.question.text),
    answers,
    h("small", { class: "poll-foot" }, foot.filter(Boolean).join(" · ")),
  );
}

/** What the message that ends a poll says. */
export function ending(message) {
  const fields = Object.fromEntries((message.embeds[0]?.fields ?? []).map((field) => [field.name, field.value]));
  const winner = fields.victor_answer_text;
  const won = `${winner} has won with ${fields.victor_answer_votes} of ${votes(Number(fields.total_votes))}`;
  return ["check", "’s poll ", h("b", {}, fields.poll_question_text ?? ""), ` has closed: ${winner ? won : "no answer has won"}.`];
}
