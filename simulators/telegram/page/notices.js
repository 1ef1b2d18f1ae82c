// @ts-check
/** Short notices that go by themselves, and those that want an answer. */

const TOAST_MS = 4000;
const toasts = /** @type {HTMLElement} */ (document.getElementById("toasts"));
const notice = /** @type {HTMLDialogElement} */ (document.getElementById("notice"));

/** @param {string} text */
export function toast(text) {
  const made = document.createElement("p");
  made.textContent = text;
  // a modal dialog hides what lies outside of it, from the eye and from readers
  const open = [...document.querySelectorAll("dialog[open]")].pop();
  (open ?? document.body).append(toasts);
  toasts.append(made);
  setTimeout(() => made.remove(), TOAST_MS);
}

/**
 * The id of the pressed button, empty when the notice was left without one.
 * @param {string} text
 * @param {{ title?: string, buttons?: { id: string, type?: string, text?: string }[] }} [more]
 * @returns {Promise<string>}
 */
export function ask(text, { title = "", buttons = [{ id: "ok", text: "OK" }] } = {}) {
  const heading = /** @type {HTMLElement} */ (document.getElementById("notice-title"));
  heading.textContent = title;
  heading.hidden = !title;
  /** @type {HTMLElement} */ (document.getElementById("notice-text")).textContent = text;
  const row = /** @type {HTMLElement} */ (document.getElementById("notice-buttons"));
  row.replaceChildren(...buttons.map(answerButton));
  notice.returnValue = "";
  if (!notice.open) notice.showModal();
  return new Promise((resolve) => {
    notice.addEventListener("close", () => resolve(notice.returnValue), { once: true });
  });
}

/** @param {{ id: string, type?: string, text?: string }} button */
function answerButton({ id, type, text }) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text || { ok: "OK", close: "Close", cancel: "Cancel" }[type ?? "ok"] || "OK";
  made.classList.toggle("destructive", type === "destructive");
  made.addEventListener("click", () => notice.close(id));
  return made;
}
