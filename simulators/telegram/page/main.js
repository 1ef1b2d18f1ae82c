// @ts-check
/** The page: who one is, which chat is open, and what has changed since. */

import { Bubbles, element, refill, summary, textual } from "./bubbles.js";
import { Composer, isPicture } from "./composer.js";
import { MiniApp } from "./frame.js";
import { ask, toast } from "./notices.js";
import * as server from "./server.js";

/** @template {HTMLElement} T @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));
const dark = matchMedia("(prefers-color-scheme: dark)");
const DOING = { typing: "is typing …", upload_photo: "sends a picture …", upload_document: "sends a file …" };
const ACTION_MS = 5000;
const LONGEST_PAUSE_MS = 15_000;

/** @type {server.Everybody} */
let all;
let personId = 0;
let chatId = 0;
let version = 0;
let startPayload = "";
let subsided = 0;
/** @type {Map<string, { press: string, url?: string }>} presses that wait for the bot's answer */
const pressed = new Map();

const bubbles = new Bubbles(part("messages"), {
  command: (text) => void act(() => server.say(personId, chatId, text, null)),
  link: (url) => followed(url),
  reply: (message) => composer.reply(message),
  press: (message, button) => void press(message, button),
});
const composer = new Composer({
  say: (text, replyTo) => act(() => server.say(personId, chatId, text, replyTo)),
  files: (files, caption, asFiles) => act(() => sendAll(files, caption, asFiles)),
  app: (url) => void openApp({ url }),
});
const miniApp = new MiniApp({ themes: () => all.themes[theme()], link: (url) => followed(url) });

const theme = () => (dark.matches ? "dark" : "light");
const person = () => /** @type {server.Person} */ (all.people.find(({ id }) => id === personId));

/** Do it, say what is not possible, and show what has become of it. @param {() => Promise<unknown>} deed */
async function act(deed) {
  try {
    await deed();
    await refresh();
  } catch (failed) {
    toast(failed instanceof server.Refused ? failed.message : "The simulator cannot be reached.");
  }
}

/** @param {File[]} files @param {string} caption @param {boolean} asFiles */
async function sendAll(files, caption, asFiles) {
  for (const [i, file] of files.entries()) {
    await server.sendFile(personId, chatId, file, i ? "" : caption, isPicture(file) && !asFiles);
  }
}

/** @param {server.Message} message @param {server.Button} button */
async function press(message, button) {
  if (button.web_app) await openApp({ url: button.web_app.url });
  else if (button.copy_text) await navigator.clipboard.writeText(button.copy_text.text).then(() => toast("Copied."));
  else if (button.callback_data) {
    const { callback_data: data } = button;
    await act(async () => {
      const { id } = await server.tap(personId, chatId, message.message_id, data);
      pressed.set(id, { press: `${message.message_id}:${data}` });
    });
  }
}

/** @param {{ url?: string, start_param?: string }} how */
async function openApp(how) {
  await act(async () => {
    const { url } = await server.openMiniApp(personId, { ...how, chat_id: chatId, theme: theme() });
    miniApp.open(url, all.bot.first_name);
  });
}

/** Whether the link is one to the bot, and was followed here. @param {URL} url */
function followed(url) {
  const path = url.origin === location.origin ? url.pathname.replace(/^\/t\.me/, "") : url.pathname;
  const here = ["t.me", "telegram.me"].includes(url.hostname) || (url.origin === location.origin && path !== url.pathname);
  const [username] = path.split("/").filter(Boolean);
  if (!here || username?.toLowerCase() !== all.bot.username.toLowerCase()) return false;
  arrive(url.searchParams);
  return true;
}

/** @param {URLSearchParams} wanted */
function arrive(wanted) {
  chatId = personId;
  startPayload = wanted.get("start") ?? "";
  show("talk");
  const startParam = wanted.get("startapp");
  void refresh().then(() => (startParam === null ? undefined : openApp({ start_param: startParam })));
}

/** @param {"list" | "talk"} pane on a phone one of both is seen */
function show(pane) {
  const opened = part("app").dataset.pane !== pane;
  part("app").dataset.pane = pane;
  // what was not seen could not be scrolled
  if (opened && pane === "talk") bubbles.toEnd();
}

async function refresh() {
  const [everyone, chat] = await Promise.all([server.everybody(), server.chatOf(chatId || personId, personId)]);
  all = everyone;
  version = Math.min(everyone.version, chat.version);
  chatId = chat.chat.id;
  answered(chat);
  showSide();
  showChat(chat);
}

/** @param {server.Chat} chat */
function answered(chat) {
  for (const { id, answer } of chat.taps) {
    if (!answer || !pressed.has(id)) continue;
    pressed.delete(id);
    if (answer.show_alert) void ask(answer.text);
    else if (answer.text) toast(answer.text);
  }
}

/** @param {server.Chat} chat */
function showChat(chat) {
  const group = chat.chat.type !== "private";
  part("title").textContent = group ? all.group.title : all.bot.first_name;
  part("face").textContent = (group ? all.group.title : all.bot.first_name).slice(0, 1);
  part("face").className = `avatar ${group ? "hue3" : "hue0"}`;
  showAction(chat, group ? `${all.people.length} people and the bot` : `bot · @${all.bot.username}`);
  const busy = new Set([...pressed.values()].map(({ press: key }) => key));
  bubbles.show(chat.messages, { place: `${personId}:${chatId}`, personId, group, busy });
  composer.show(chat);
  part("block").hidden = group || !chat.started;
  part("block").textContent = chat.blocks_bot ? "Unblock" : "Block";
  const begin = part("begin");
  const unbegun = !group && (!chat.started || Boolean(startPayload));
  begin.hidden = !unbegun && (group || !chat.blocks_bot);
  begin.textContent = chat.blocks_bot ? "Unblock the bot" : "Start";
  part("composer").hidden = !begin.hidden;
}

/** @param {server.Chat} chat @param {string} usual */
function showAction(chat, usual) {
  const doing = chat.action ? (DOING[/** @type {keyof typeof DOING} */ (chat.action)] ?? "is busy …") : "";
  part("subtitle").textContent = doing || usual;
  part("subtitle").classList.toggle("doing", Boolean(doing));
  clearTimeout(subsided);
  if (doing) subsided = setTimeout(() => showAction({ ...chat, action: null }, usual), ACTION_MS);
}

/** Filled anew only when it has changed, so that whoever stands on it with the keyboard stays. */
function showSide() {
  const people = part("people");
  const legend = /** @type {Element} */ (people.firstElementChild);
  refill(people, [personId], () => [legend, ...all.people.map(personChoice)]);
  /** @type {HTMLSelectElement} */ (part("language")).value = person().language_code;
  refill(part("chats"), [personId, chatId, person().chats], () => person().chats.map(chatLine));
}

/** @param {server.Person} each */
function personChoice(each) {
  const label = textual("label", "", "");
  const input = /** @type {HTMLInputElement} */ (element("input", ""));
  input.type = "radio";
  input.name = "person";
  input.checked = each.id === personId;
  input.dataset.key = `person${each.id}`;
  input.addEventListener("change", () => {
    chatId = chatId === personId ? each.id : chatId;
    personId = each.id;
    composer.reply(null);
    void act(async () => undefined);
  });
  label.append(input, textual("span", "", each.first_name));
  return label;
}

/** @param {server.Person["chats"][number]} line */
function chatLine(line) {
  const group = line.type !== "private";
  const name = group ? all.group.title : all.bot.first_name;
  const button = /** @type {HTMLButtonElement} */ (element("button", "chat-line"));
  button.type = "button";
  button.dataset.key = `chat${line.id}`;
  if (line.id === chatId) button.setAttribute("aria-current", "true");
  const face = textual("span", `avatar ${group ? "hue3" : "hue0"}`, name.slice(0, 1));
  face.setAttribute("aria-hidden", "true");
  const told = element("span", "told");
  const who = line.last && group ? `${line.last.from.first_name}: ` : "";
  told.append(textual("strong", "", name), textual("span", "", who + summary(line.last)));
  button.append(face, told);
  button.addEventListener("click", () => {
    chatId = line.id;
    show("talk");
    void act(async () => undefined);
  });
  const item = element("li", "");
  item.append(button);
  return item;
}

function listen() {
  part("back").addEventListener("click", () => show("list"));
  part("block").addEventListener("click", () => act(() => server.changePerson(personId, { blocks_bot: !person().blocks_bot })));
  part("language").addEventListener("change", (event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    void act(() => server.changePerson(personId, { language_code: value }));
  });
  part("begin").addEventListener("click", () => act(async () => {
    if (person().blocks_bot) await server.changePerson(personId, { blocks_bot: false });
    const payload = startPayload;
    startPayload = "";
    await server.say(personId, personId, payload ? `/start ${payload}` : "/start", null);
  }));
  dark.addEventListener("change", () => miniApp.tellTheme());
}

/** One request waits at the server until something changes; after trouble the next comes later and later. */
async function follow() {
  for (let failures = 0; ; ) {
    try {
      const news = await server.changeAfter(version);
      if (news.version !== version) await refresh();
      failures = 0;
    } catch {
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS)));
    }
  }
}

async function begin() {
  listen();
  all = await server.everybody();
  personId = all.people[0].id;
  chatId = personId;
  const wanted = new URLSearchParams(location.search);
  if (wanted.has("start") || wanted.has("startapp")) {
    history.replaceState(null, "", "/");
    arrive(wanted);
  } else await refresh();
  await follow();
}

begin().catch(() => toast("The simulator cannot be reached."));
