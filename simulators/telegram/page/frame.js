// @ts-check
/** The Mini App in its frame, and what it and Telegram say to each other there. */

import { ask, toast } from "./notices.js";
import { webAddress } from "./words.js";

/** @template {HTMLElement} T @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));
const COLOUR = /^#[0-9a-f]{6}$/i;
/** As Telegram's own web client frames Mini Apps. */
const SANDBOX =
  "allow-scripts allow-same-origin allow-popups allow-forms allow-modals allow-storage-access-by-user-activation";

export class MiniApp {
  /** @param {{ themes: () => Record<string, string>, link: (url: URL) => boolean }} host */
  constructor(host) {
    this.host = host;
    this.sheet = /** @type {HTMLDialogElement} */ (part("sheet"));
    this.back = part("sheet-back");
    this.main = /** @type {HTMLButtonElement} */ (part("main-button"));
    /** @type {HTMLIFrameElement | null} */
    this.frame = null;
    this.origin = "";
    this.goesBack = false;
    this.asksToClose = false;
    this.listen();
  }

  listen() {
    window.addEventListener("message", (event) => this.hear(event));
    window.addEventListener("resize", () => this.tellSize());
    this.back.addEventListener("click", () => this.leave());
    this.sheet.addEventListener("cancel", (event) => {
      event.preventDefault();
      void this.leave();
    });
    this.main.addEventListener("click", () => this.tell("main_button_pressed"));
  }

  /** @param {string} url @param {string} title */
  open(url, title) {
    this.close();
    const frame = document.createElement("iframe");
    frame.title = title;
    frame.setAttribute("sandbox", SANDBOX);
    frame.allow = "clipboard-write";
    frame.src = url;
    this.frame = frame;
    this.origin = new URL(url).origin;
    part("sheet-title").textContent = title;
    /** @type {HTMLAnchorElement} */ (part("sheet-outside")).href = url;
    part("sheet-frame").replaceChildren(frame);
    this.sheet.showModal();
    frame.focus();
  }

  /** The button on the left: back within the app where it asked for that, else out of it. */
  async leave() {
    if (this.goesBack) {
      this.tell("back_button_pressed");
      return;
    }
    const buttons = [{ id: "close", text: "Close anyway", type: "destructive" }, { id: "", text: "Stay" }];
    if (this.asksToClose && (await ask("Changes that you made may not be saved.", { buttons })) !== "close") return;
    this.close();
  }

  close() {
    this.frame = null;
    this.asksToClose = false;
    this.showBack(false);
    this.main.hidden = true;
    part("sheet-frame").replaceChildren();
    if (this.sheet.open) this.sheet.close();
  }

  /** @param {string} eventType @param {object} [eventData] */
  tell(eventType, eventData = {}) {
    this.frame?.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), this.origin);
  }

  tellTheme() {
    this.tell("theme_changed", { theme_params: this.host.themes() });
  }

  tellSize() {
    if (!this.frame) return;
    const { clientHeight: height, clientWidth: width } = this.frame;
    this.tell("viewport_changed", { height, width, is_state_stable: true, is_expanded: true });
  }

  /** @param {boolean} goesBack */
  showBack(goesBack) {
    this.goesBack = goesBack;
    this.back.textContent = goesBack ? "Back" : "Close";
  }

  /** @param {MessageEvent} event */
  hear(event) {
    if (!this.frame || event.source !== this.frame.contentWindow) return;
    const said = parsed(event.data);
    if (said) this.obey(said.eventType, said.eventData);
  }

  /** @param {string} type @param {any} data */
  obey(type, data) {
    switch (type) {
      case "iframe_ready":
      case "web_app_ready":
      case "web_app_request_theme":
        this.tellTheme();
        break;
      case "web_app_expand":
      case "web_app_request_viewport":
        this.tellSize();
        break;
      case "web_app_request_safe_area":
        this.tell("safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 });
        break;
      case "web_app_request_content_safe_area":
        this.tell("content_safe_area_changed", { top: 0, bottom: 0, left: 0, right: 0 });
        break;
      case "web_app_close":
        this.close();
        break;
      case "web_app_open_link":
        this.openLink(String(data.url ?? ""));
        break;
      case "web_app_open_tg_link":
        this.host.link(new URL(`/t.me${String(data.path_full ?? "/")}`, location.origin));
        this.close();
        break;
      case "web_app_setup_back_button":
        this.showBack(Boolean(data.is_visible));
        break;
      case "web_app_setup_main_button":
        this.showMain(data);
        break;
      case "web_app_setup_closing_behavior":
        this.asksToClose = Boolean(data.need_confirmation);
        break;
      case "web_app_open_popup":
        void this.popup(data);
        break;
      case "web_app_request_file_download":
        this.download(data);
        break;
      default:
        // colours of bars, haptics and the like have nothing to show here
        break;
    }
  }

  /** Outside of Telegram, as the phone's own browser would. @param {string} address */
  openLink(address) {
    const url = webAddress(address);
    if (!url) toast("The app wanted to open something that is no web address.");
    else window.open(url.href, "_blank", "noopener,noreferrer");
  }

  /** @param {any} data */
  showMain(data) {
    const { main } = this;
    main.hidden = !data.is_visible;
    main.disabled = data.is_active === false;
    main.setAttribute("aria-busy", String(Boolean(data.is_progress_visible)));
    if (data.text) main.textContent = String(data.text);
    main.style.background = COLOUR.test(data.color) ? data.color : "";
    main.style.color = COLOUR.test(data.text_color) ? data.text_color : "";
    this.tellSize();
  }

  /** @param {any} data */
  async popup(data) {
    const buttons = Array.isArray(data.buttons) ? data.buttons : [{ id: "", type: "ok" }];
    const pressed = await ask(String(data.message ?? ""), { title: String(data.title ?? ""), buttons });
    this.tell("popup_closed", pressed ? { button_id: pressed } : {});
  }

  /** @param {any} data */
  download(data) {
    const url = webAddress(String(data.url ?? ""));
    if (url) window.open(url.href, "_blank", "noopener,noreferrer");
    this.tell("file_download_requested", { status: url ? "downloading" : "cancelled" });
  }
}

/** @param {unknown} data @returns {{ eventType: string, eventData: any } | null} */
function parsed(data) {
  try {
    const said = typeof data === "string" ? JSON.parse(data) : null;
    return typeof said?.eventType === "string" ? { eventType: said.eventType, eventData: said.eventData ?? {} } : null;
  } catch {
    return null;
  }
}
