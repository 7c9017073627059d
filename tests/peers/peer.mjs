// A bot as somebody who knows only discord.js would write it, except that the test tells it what to do.
//
// One line of JSON on stdin is one thing to do: {id, act, ...}. On stdout: {id, result} or {id, refused}, and
// {event, data} for whatever discord.js told its owner. Nothing in here knows of a local Discord but the two
// addresses on the command line.

import { createInterface } from 'node:readline';
import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContainerBuilder,
  ContextMenuCommandBuilder,
  ApplicationCommandType,
  Events,
  FileBuilder,
  GatewayIntentBits,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  Partials,
  SeparatorBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
  ThreadAutoArchiveDuration,
} from 'discord.js';

const [api, cdn] = process.argv.slice(2);
const {
  Guilds,
  GuildMembers,
  GuildMessages,
  GuildMessagePolls,
  GuildMessageReactions,
  GuildMessageTyping,
  DirectMessages,
  MessageContent,
} = GatewayIntentBits;

const client = new Client({
  intents: [
    Guilds,
    GuildMembers,
    GuildMessages,
    GuildMessagePolls,
    GuildMessageReactions,
    GuildMessageTyping,
    DirectMessages,
    MessageContent,
  ],
  partials: [Partials.Channel],
  rest: { api, cdn, version: '10' },
});

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (event, data = {}) => write({ event, data });
const shown = (message) => ({
  id: message.id,
  channel: message.channelId,
  content: message.content,
  author: message.author.username,
  member: message.member?.displayName ?? null,
  flags: message.flags.toArray(),
  type: message.type,
  replyTo: message.reference?.messageId ?? null,
  attachments: message.attachments.map(({ name, size, url, contentType }) => ({ name, size, url, contentType })),
  embeds: message.embeds.map((embed) => embed.title),
  components: message.components.map((component) => component.constructor.name),
  stickers: message.stickers.map(({ name, format }) => ({ name, format })),
  forwarded: message.messageSnapshots.map(({ content, attachments, stickers }) => ({
    content,
    attachments: attachments.map(({ name }) => name),
    stickers: stickers.map(({ name }) => name),
  })),
  reactions: message.reactions.cache.map(({ emoji, count, me }) => ({ emoji: emoji.name, count, me })),
});

const tagsOf = (thread) => {
  const known = thread.parent?.availableTags ?? [];
  return thread.appliedTags.map((id) => known.find((tag) => tag.id === id)?.name ?? id);
};

// What discord.js says.

client.on(Events.ClientReady, () =>
  tell('ready', {
    user: client.user.tag,
    application: client.application.id,
    guilds: client.guilds.cache.map((guild) => ({
      name: guild.name,
      owner: guild.ownerId,
      channels: guild.channels.cache.map((channel) => channel.name),
      canManageThreads: guild.members.me.permissions.has('ManageThreads'),
    })),
  }),
);
client.on(Events.ShardReady, () => tell('identified'));
client.on(Events.ShardResume, (_, replayed) => tell('resumed', { replayed }));
client.on(Events.MessageCreate, (message) => tell('message', shown(message)));
client.on(Events.MessageUpdate, (before, after) => tell('edited', { ...shown(after), before: before.content }));
client.on(Events.MessageDelete, (message) => tell('deleted', { id: message.id }));
client.on(Events.MessageReactionAdd, (reaction, user) =>
  tell('reaction', { emoji: reaction.emoji.name, count: reaction.count, user: user.username }),
);
client.on(Events.ThreadCreate, (thread, isNew) =>
  tell('thread', { id: thread.id, name: thread.name, isNew, tags: tagsOf(thread) }),
);
client.on(Events.ThreadUpdate, (_, thread) => tell('thread changed', { id: thread.id, tags: tagsOf(thread) }));
client.on(Events.MessagePollVoteAdd, (answer, user) => tell('voted', { answer: answer.text, count: answer.voteCount, user }));
client.on(Events.GuildMemberUpdate, (_, member) =>
  tell('member changed', { name: member.user.username, silent: member.isCommunicationDisabled() }),
);
client.on(Events.TypingStart, (typing) => tell('typing', { user: typing.user.username }));
client.on(Events.Error, (error) => tell('error', { message: String(error) }));
client.on(Events.Warn, (message) => tell('warning', { message }));
client.rest.on('rateLimited', ({ method, timeToReset, limit, global }) =>
  tell('rate limited', { method, timeToReset, limit, global }),
);
client.rest.on('invalidRequestWarning', (about) => tell('invalid requests', about));

// What the bot does of its own accord: it answers interactions.

const REASON = new ModalBuilder()
  .setCustomId('why')
  .setTitle('Why?')
  .addLabelComponents(
    new LabelBuilder()
      .setLabel('Reason')
      .setTextInputComponent(new TextInputBuilder().setCustomId('reason').setStyle(TextInputStyle.Paragraph)),
  );

async function slow(interaction) {
  await interaction.deferReply();
  await interaction.editReply(`ran ${interaction.options.getString('skill', true)}`);
  const said = await interaction.followUp({ content: 'only you', flags: MessageFlags.Ephemeral });
  tell('followed up', shown(said));
}

async function whisper(interaction) {
  const answer = await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral, withResponse: true });
  tell('whispered', shown(answer.resource.message));
}

async function answer(interaction) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond(['1', '2'].map((end) => ({ name: typed + end, value: typed + end })));
  } else if (interaction.isChatInputCommand()) {
    await { slow, whisper }[interaction.commandName](interaction);
  } else if (interaction.isMessageContextMenuCommand()) {
    await interaction.reply(`of ${interaction.targetMessage.author.username}: ${interaction.targetMessage.content}`);
  } else if (interaction.isButton() && interaction.customId === 'grow') {
    await interaction.update({ components: [new TextDisplayBuilder().setContent(`grown by ${interaction.user.username}`)] });
  } else if (interaction.isButton()) {
    await interaction.update(`pressed by ${interaction.user.username}`);
  } else if (interaction.isStringSelectMenu()) {
    tell('chosen', { values: interaction.values });
    await interaction.showModal(REASON);
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`because ${interaction.fields.getTextInputValue('reason')}`);
  }
}
client.on(Events.InteractionCreate, (interaction) =>
  answer(interaction).catch((error) => tell('error', { message: String(error), code: error.code })),
);

// What the test may ask for.

const place = (id) => client.channels.fetch(id);
const find = async ({ channel, message }) => (await place(channel)).messages.fetch(message);

const ACTS = {
  send: async ({ channel, body }) => shown(await (await place(channel)).send(body)),
  fetch: async (what) => {
    const channel = await place(what.channel);
    return shown(await channel.messages.fetch({ message: what.message, force: true }));
  },
  history: async ({ channel }) => [...(await (await place(channel)).messages.fetch({ limit: 50 })).values()].map(shown),
  reply: async ({ body, ...what }) => shown(await (await find(what)).reply(body)),
  edit: async ({ body, ...what }) => shown(await (await find(what)).edit(body)),
  delete: async (what) => void (await (await find(what)).delete()),
  react: async ({ emoji, ...what }) => void (await (await find(what)).react(emoji)),
  type: async ({ channel }) => void (await (await place(channel)).sendTyping()),
  thread: async ({ name, ...what }) => {
    const thread = await (await find(what)).startThread({
      name,
      autoArchiveDuration: ThreadAutoArchiveDuration.OneHour,
    });
    return { id: thread.id, name: thread.name, parent: thread.parentId };
  },
  post: async ({ channel, name, text, tags }) => {
    const forum = await place(channel);
    const thread = await forum.threads.create({
      name,
      message: { content: text, files: [new AttachmentBuilder(Buffer.from(text), { name: 'a.txt' })] },
      appliedTags: forum.availableTags.filter((tag) => tags.includes(tag.name)).map((tag) => tag.id),
    });
    return { id: thread.id, tags: tagsOf(thread), first: shown(await thread.fetchStarterMessage()) };
  },
  tag: async ({ channel, tags }) => {
    const thread = await place(channel);
    const chosen = thread.parent.availableTags.filter((tag) => tags.includes(tag.name)).map((tag) => tag.id);
    return tagsOf(await thread.setAppliedTags(chosen));
  },
  rename: async ({ channel, name }) => (await (await place(channel)).setName(name)).name,
  forum: async ({ channel }) => {
    const { availableTags, defaultReactionEmoji, defaultForumLayout, defaultSortOrder } = await place(channel);
    const tags = availableTags.map(({ name, moderated, emoji }) => ({ name, moderated, emoji: emoji?.name ?? null }));
    return { tags, emoji: defaultReactionEmoji?.name ?? null, layout: defaultForumLayout, order: defaultSortOrder };
  },
  poll: async ({ channel, question, answers }) => {
    const poll = { question: { text: question }, answers: answers.map((text) => ({ text })), duration: 1 };
    return shown(await (await place(channel)).send({ poll: { ...poll, allowMultiselect: false } }));
  },
  results: async (what) => {
    const { poll } = await find(what);
    const answers = await Promise.all(
      poll.answers.map(async (answer) => [answer.text, answer.voteCount, [...(await answer.fetchVoters()).values()].map((one) => one.username)]),
    );
    return { answers, finalized: poll.resultsFinalized };
  },
  endPoll: async (what) => void (await (await find(what)).poll.end()),
  sticker: async (what) => {
    const [sticker] = (await find(what)).stickers.values();
    const whole = await sticker.fetch();
    return { name: whole.name, type: whole.type, url: sticker.url };
  },
  forward: async ({ to, ...what }) => shown(await (await find(what)).forward(to)),
  upload: async ({ channel, name, text }) => {
    const file = new AttachmentBuilder(Buffer.from(text), { name, description: 'a file' });
    return shown(await (await place(channel)).send({ content: 'here', files: [file] }));
  },
  download: async ({ url }) => {
    const response = await fetch(url);
    return { status: response.status, text: await response.text() };
  },
  layout: async ({ channel, words }) => {
    const container = new ContainerBuilder()
      .setAccentColor(0x00ff00)
      .addTextDisplayComponents(new TextDisplayBuilder().setContent(words))
      .addSeparatorComponents(new SeparatorBuilder())
      .addSectionComponents((section) =>
        section
          .addTextDisplayComponents((text) => text.setContent('a section'))
          .setButtonAccessory((button) => button.setCustomId('grow').setLabel('Go').setStyle(ButtonStyle.Primary)),
      )
      .addFileComponents(new FileBuilder().setURL('attachment://notes.txt'));
    const sent = await (await place(channel)).send({
      flags: MessageFlags.IsComponentsV2,
      components: [container],
      files: [new AttachmentBuilder(Buffer.from('notes'), { name: 'notes.txt' })],
    });
    return { ...shown(sent), inside: sent.components[0].components.map((component) => component.constructor.name) };
  },
  panel: async ({ channel }) => {
    const button = new ButtonBuilder().setCustomId('go').setLabel('Go').setStyle(ButtonStyle.Success);
    const menu = new StringSelectMenuBuilder()
      .setCustomId('menu')
      .addOptions({ label: 'A', value: 'a' }, { label: 'B', value: 'b' });
    const rows = [button, menu].map((component) => new ActionRowBuilder().addComponents(component));
    return shown(await (await place(channel)).send({ content: 'choose', components: rows }));
  },
  register: async () => {
    const commands = await client.application.commands.set([
      new SlashCommandBuilder()
        .setName('slow')
        .setDescription('Takes its time')
        .addStringOption((option) =>
          option.setName('skill').setDescription('What to run').setRequired(true).setAutocomplete(true),
        ),
      new SlashCommandBuilder().setName('whisper').setDescription('Only to you'),
      new ContextMenuCommandBuilder().setName('Whose is it').setType(ApplicationCommandType.Message),
    ]);
    return commands.map(({ name, type }) => ({ name, type }));
  },
};

async function act({ id, act: name, ...what }) {
  try {
    write({ id, result: (await ACTS[name](what)) ?? null });
  } catch (error) {
    write({ id, refused: { message: String(error), code: error.code ?? null, status: error.status ?? null } });
  }
}

process.on('unhandledRejection', (error) => tell('error', { message: String(error) }));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const asked = JSON.parse(line);
  if (asked.act === 'login') {
    client.login(asked.token).then(
      () => write({ id: asked.id, result: null }),
      (error) => write({ id: asked.id, refused: { message: String(error), code: error.code ?? null } }),
    );
  } else {
    act(asked);
  }
});
lines.on('close', () => client.destroy());
