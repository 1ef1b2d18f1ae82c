// @ts-check
// Inside Telegram the address says, behind its `#`, which colours the app has.

/** Telegram's names for our colours. @type {Record<string, string>} */
const COLOURS = {
  bg_color: "--paper",
  text_color: "--ink",
  hint_color: "--quiet",
  section_bg_color: "--card",
  button_color: "--strong",
  button_text_color: "--on-strong",
  section_separator_color: "--line",
};

/** @param {string} hex */
function isDark(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

const PAPER = window.matchMedia("print");
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** Calls back when the page turns dark or light, and when it goes onto paper. @param {() => void} act */
export function watchDark(act) {
  PAPER.addEventListener("change", act);
  DARK.addEventListener("change", act);
}

/** Whether the page is dark now; paper never is. */
export function dark() {
  if (PAPER.matches) return false;
  const told = document.documentElement.dataset.theme;
  return told ? told === "dark" : DARK.matches;
}

/** Takes over Telegram's colours; whether the page is inside Telegram. */
export function wearTelegram() {
  const told = new URLSearchParams(window.location.hash.slice(1));
  if (!told.has("tgWebAppData")) return false;
  try {
    wear(JSON.parse(told.get("tgWebAppThemeParams") || "{}") ?? {});
  } catch {
    // its own colours will do
  }
  return true;
}

/** @param {Record<string, unknown>} theme */
export function wear(theme) {
  const root = document.documentElement;
  for (const [name, ours] of Object.entries(COLOURS)) {
    const colour = theme[name];
    if (typeof colour === "string" && /^#[0-9a-f]{6}$/i.test(colour)) root.style.setProperty(ours, colour);
  }
  const background = theme.bg_color;
  if (typeof background === "string" && /^#[0-9a-f]{6}$/i.test(background)) {
    root.dataset.theme = isDark(background) ? "dark" : "light";
  }
}
