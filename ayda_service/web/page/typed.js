// @ts-check
// Fields that people type into as they like: the server alone knows its grammar, and says what is not understood.

import { el, the } from "./dom.js";
import { meaning, sentenceOf } from "./send.js";

/** @typedef {HTMLInputElement} Field with the kind of thing that is typed as `data-kind`, and before it what stands in `data-after` */

/** What was understood of a field; nothing where it is empty or was not. @param {Field} field @returns {number[]} */
export const numbersOf = (field) => (field.dataset.numbers ?? "").split(" ").filter(Boolean).map(Number);

/** Writes what is known already. @param {Field} field @param {string} text @param {Array<number | null | undefined>} numbers */
export function write(field, text, numbers) {
  field.value = text;
  field.dataset.numbers = numbers.join(" ");
  complain(field, "");
}

/** @param {Field} field */
function textOf(field) {
  const { after } = field.dataset;
  const text = field.value.trim();
  return text && after ? `${the(after) instanceof HTMLInputElement ? the(after).value : ""} ${text}` : text;
}

/**
 * Whether what stands in a field now is understood, or nothing does; below it stands why not, and what was stays.
 * @param {Field} field
 */
export async function understood(field) {
  const text = textOf(field);
  const { numbers, wrong } = text ? await meaning(field.dataset.kind ?? "", text).catch((problem) => ({ numbers: [], wrong: sentenceOf(problem) })) : { numbers: [], wrong: "" };
  if (text !== textOf(field)) return false;
  if (!wrong) field.dataset.numbers = numbers.join(" ");
  complain(field, wrong ?? "");
  return !wrong;
}

/** @param {Field} field @param {string} wrong */
function complain(field, wrong) {
  const id = `${field.id}-wrong`;
  document.getElementById(id)?.remove();
  field.setAttribute("aria-invalid", String(wrong !== ""));
  if (!wrong) return field.removeAttribute("aria-describedby");
  field.setAttribute("aria-describedby", id);
  field.closest("li, .row")?.append(el("p", { id, class: "wrong unlikely", role: "alert" }, wrong));
}
