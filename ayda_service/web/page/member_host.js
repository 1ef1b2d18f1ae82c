// @ts-check
// What the page and the Telegram around it say to each other: in a frame by messages, on a phone by what it puts there.

/** @type {any} */
const here = window;
/** @type {Map<string, (data: any) => void>} */
const listeners = new Map();

/** @param {string} eventType @param {any} eventData */
function receive(eventType, eventData) {
  listeners.get(eventType)?.(eventData ?? {});
}

/** @param {MessageEvent} event */
function hearFrame(event) {
  if (event.source !== window.parent || window.parent === window) return;
  try {
    const said = typeof event.data === "string" ? JSON.parse(event.data) : null;
    if (typeof said?.eventType === "string") receive(said.eventType, said.eventData);
  } catch {
    // not of Telegram
  }
}

/** Listens to Telegram, and says that the page is there. */
export function greet() {
  window.addEventListener("message", hearFrame);
  here.Telegram = { ...here.Telegram, WebView: { receiveEvent: receive } };
  here.TelegramGameProxy = { receiveEvent: receive };
  tell("iframe_ready");
  tell("web_app_ready");
  tell("web_app_expand");
}

/** @param {string} eventType @param {(data: any) => void} act */
export function hear(eventType, act) {
  listeners.set(eventType, act);
}

/**
 * Whether there was a Telegram to tell. Only those who may frame the page can be its parent, by the page's policy.
 * @param {string} eventType
 * @param {Record<string, unknown>} [eventData]
 */
export function tell(eventType, eventData = {}) {
  if (here.TelegramWebviewProxy) here.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData));
  else if (typeof here.external?.notify === "function") here.external.notify(JSON.stringify({ eventType, eventData }));
  else if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType, eventData }), "*");
  else return false;
  return true;
}

/** Opens an address in the phone's own browser: Telegram's windows keep no files. @param {string} url */
export function openOutside(url) {
  if (tell("web_app_open_link", { url })) return;
  const link = document.createElement("a");
  Object.assign(link, { href: url, target: "_blank", rel: "noopener" });
  link.click();
}
