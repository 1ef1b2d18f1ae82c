// @ts-check
// Every sentence of the page passes through here; the English one is its key.

/** A sentence, or the forms of one that counts. @type {Record<string, string | string[]>} */
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");
const members = document.getElementById("words")?.dataset.members;
export const language = document.documentElement.lang || "en";

/** Learns what only members are told. It rejects where that cannot be had. */
export async function learnMembersWords() {
  if (members) Object.assign(words, await (await fetch(members)).json());
}

const plural = new Intl.PluralRules(language);
/** Which of a language's forms each of its kinds of numbers has; of others it is the last. @type {Record<string, number>} */
const FORMS = { one: 0, few: 1 };

/** @param {string} sentence @returns {string} */
function translated(sentence) {
  const found = words[sentence];
  return typeof found === "string" ? found : sentence;
}

/** @param {string} sentence @param {Record<string, string | number>} named */
const filled = (sentence, named) => sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in named ? String(named[name]) : whole));

/**
 * An English sentence in the page's language, its `{names}` filled.
 * @param {string} sentence
 * @param {Record<string, string | number>} [named]
 */
export function say(sentence, named = {}) {
  return filled(translated(sentence), named);
}

/**
 * A sentence about `number` things, in the form the language has for so many; `{number}` is filled too.
 * @param {string} one
 * @param {string} many
 * @param {number} number
 * @param {Record<string, string | number>} [named]
 */
export function count(one, many, number, named = {}) {
  const known = words[one];
  const forms = Array.isArray(known) ? known : [one, many];
  const form = forms[FORMS[plural.select(number)] ?? forms.length - 1] ?? forms[0];
  return filled(form, { number: new Intl.NumberFormat(language).format(number), ...named });
}

/**
 * The same in pieces, where names are filled with elements.
 * @param {string} sentence
 * @param {Record<string, Node | string>} named
 * @returns {Array<Node | string>}
 */
export function parts(sentence, named) {
  return translated(sentence)
    .split(/(\{\w+\})/)
    .filter(Boolean)
    .map((piece) => named[piece.slice(1, -1)] ?? piece);
}

/**
 * What was wrong with a course by its stable code, its figures filled; the server's English where there is no translation.
 * @param {{code: string, message: string, detail?: Record<string, number | string | string[]>}} warning
 * @param {(name: string, figure: number | string | string[]) => string} shown
 */
export function sayWarning({ code, message, detail = {} }, shown) {
  const known = words[`warning ${code}`];
  if (typeof known !== "string") return message;
  return known.replace(/\{(\w+)\}/g, (whole, name) => (name in detail ? shown(name, detail[name]) : whole));
}
