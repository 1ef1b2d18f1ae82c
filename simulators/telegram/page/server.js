// @ts-check
/** Everything the page asks of the simulator. */

/**
 * @typedef {{ id: number, first_name: string, username: string, language_code: string, started: boolean,
 *   blocks_bot: boolean, chats: { id: number, type: string, last: Message | null }[] }} Person
 * @typedef {{ type: string, offset: number, length: number, url?: string }} Entity
 * @typedef {{ file_id: string, width?: number, height?: number, file_size: number, file_name?: string }} FileSize
 * @typedef {{ text: string, callback_data?: string, url?: string, web_app?: { url: string },
 *   copy_text?: { text: string } }} Button
 * @typedef {{ message_id: number, date: number, edit_date?: number, text?: string, entities?: Entity[],
 *   caption?: string, caption_entities?: Entity[], photo?: FileSize[], document?: FileSize,
 *   from: { id: number, is_bot: boolean, first_name: string }, chat: { id: number, type: string, title?: string },
 *   reply_to_message?: Message, reply_markup?: { inline_keyboard: Button[][] } }} Message
 * @typedef {{ version: number, chat: Message["chat"], messages: Message[], started: boolean, blocks_bot: boolean,
 *   reply_keyboard: { keyboard: { text: string }[][], input_field_placeholder?: string } | null,
 *   action: string | null, commands: { command: string, description: string }[],
 *   menu_button: { type: string, text?: string, web_app?: { url: string } },
 *   taps: { id: string, message_id: number, data: string,
 *     answer: { text: string, show_alert: boolean, url: string | null } | null }[] }} Chat
 * @typedef {{ version: number, bot: { id: number, first_name: string, username: string }, people: Person[],
 *   group: { id: number, title: string }, themes: Record<string, Record<string, string>> }} Everybody
 */

/** What the simulator says is not possible, as a sentence. */
export class Refused extends Error {}

/**
 * @param {string} path
 * @param {RequestInit} [more]
 */
async function asked(path, more) {
  const answer = await fetch(path, { cache: "no-store", ...more });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body.error || `The simulator answered ${answer.status}.`);
  return body;
}

/**
 * @param {string} path
 * @param {object} body
 */
function told(path, body) {
  return asked(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** @returns {Promise<Everybody>} */
export const everybody = () => asked("/client/people");

/** @param {number} chatId @param {number} personId @returns {Promise<Chat>} */
export const chatOf = (chatId, personId) => asked(`/client/chats/${chatId}?person_id=${personId}`);

/** Waits on the server's side: no more than one request is open. @param {number} after @returns {Promise<{ version: number }>} */
export const changeAfter = (after) => asked(`/client/changes?after=${after}`);

/** @param {number} personId @param {number} chatId @param {string} text @param {number | null} replyTo */
export const say = (personId, chatId, text, replyTo) =>
  told("/client/messages", { person_id: personId, chat_id: chatId, text, reply_to: replyTo });

/** @param {number} personId @param {number} chatId @param {number} messageId @param {string} data @returns {Promise<{ id: string }>} */
export const tap = (personId, chatId, messageId, data) =>
  told("/client/taps", { person_id: personId, chat_id: chatId, message_id: messageId, data });

/** @param {number} personId @param {{ language_code?: string, blocks_bot?: boolean }} change */
export const changePerson = (personId, change) => told(`/client/people/${personId}`, change);

/**
 * @param {number} personId
 * @param {{ url?: string, chat_id?: number, start_param?: string, theme: string }} how
 * @returns {Promise<{ url: string, theme_params: Record<string, string> }>}
 */
export const openMiniApp = (personId, how) => told("/client/mini-app", { person_id: personId, ...how });

/** @param {number} personId @param {number} chatId @param {File} file @param {string} caption @param {boolean} asPhoto */
export function sendFile(personId, chatId, file, caption, asPhoto) {
  const form = new FormData();
  form.set("person_id", String(personId));
  form.set("chat_id", String(chatId));
  form.set("caption", caption);
  form.set("as_photo", String(asPhoto));
  form.set("file", file, file.name);
  return asked("/client/files", { method: "POST", body: form });
}

/** @param {string} fileId */
export const addressOf = (fileId) => `/client/files/${encodeURIComponent(fileId)}`;
