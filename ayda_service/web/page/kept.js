// @ts-check
// What this browser keeps, and nobody else. It may be forbidden to: then all of it lasts as long as the page.

const OURS = "ayda.";

/** @param {string} name @returns {any} null where there is nothing that can be read */
export function kept(name) {
  try {
    const text = localStorage.getItem(OURS + name);
    return text?.startsWith("{") ? JSON.parse(text) : text;
  } catch {
    return null;
  }
}

/** @param {string} name @param {object | string | null} value null forgets it */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(OURS + name);
    else localStorage.setItem(OURS + name, typeof value === "string" ? value : JSON.stringify(value));
  } catch {
    // then it is gone with the page
  }
}

/** Nothing is kept any more. */
export function forgetAll() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(OURS)) localStorage.removeItem(key);
  } catch {
    // then nothing was
  }
}
