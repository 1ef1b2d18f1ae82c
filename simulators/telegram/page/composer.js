// @ts-check
/** Where a person writes: the field, files to be sent, commands, suggested answers. */

import { element, sized, summary, textual } from "./bubbles.js";

/**
 * @typedef {import("./server.js").Chat} Chat
 * @typedef {import("./server.js").Message} Message
 * @typedef {{ say: (text: string, replyTo: number | null) => Promise<void>,
 *   files: (files: File[], caption: string, asFiles: boolean) => Promise<void>,
 *   app: (url: string) => void }} Acts
 */

/** @template {HTMLElement} T @param {string} id @returns {T} */
const part = (id) => /** @type {T} */ (document.getElementById(id));

const PICTURES = ["image/png", "image/jpeg"];
const TALLEST_PX = 160;

export class Composer {
  /** @param {Acts} acts */
  constructor(acts) {
    this.acts = acts;
    /** @type {File[]} */
    this.staged = [];
    /** @type {Message | null} */
    this.replied = null;
    /** @type {Chat["commands"]} */
    this.commands = [];
    /** @type {Chat["menu_button"]} */
    this.menuButton = { type: "default" };
    this.field = /** @type {HTMLTextAreaElement} */ (part("text"));
    this.suggestions = part("suggestions");
    this.listen();
  }

  listen() {
    part("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => {
      this.grow();
      this.suggest();
    });
    this.field.addEventListener("paste", (event) => this.stage([...(event.clipboardData?.files ?? [])], event));
    const files = /** @type {HTMLInputElement} */ (part("files"));
    part("attach").addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      this.stage([...(files.files ?? [])]);
      files.value = "";
    });
    part("menu").addEventListener("click", () => this.pressMenu());
    part("reply-cancel").addEventListener("click", () => this.reply(null));
    this.suggestions.addEventListener("keydown", (event) => this.walk(event));
    this.dropping();
  }

  dropping() {
    const talk = /** @type {HTMLElement} */ (document.querySelector(".talk"));
    const drop = part("drop");
    const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    talk.addEventListener("dragover", (event) => {
      if (!carries(event) || part("composer").hidden) return;
      event.preventDefault();
      drop.hidden = false;
    });
    talk.addEventListener("dragleave", (event) => {
      if (!talk.contains(/** @type {Node | null} */ (event.relatedTarget))) drop.hidden = true;
    });
    talk.addEventListener("drop", (event) => {
      drop.hidden = true;
      if (carries(event)) this.stage([...(event.dataTransfer?.files ?? [])], event);
    });
  }

  /** @param {Chat} chat */
  show(chat) {
    this.commands = chat.commands;
    this.menuButton = chat.menu_button;
    const menu = part("menu");
    const app = chat.menu_button.type === "web_app";
    menu.hidden = !app && !chat.commands.length;
    menu.textContent = app ? (chat.menu_button.text ?? "Open") : "/";
    menu.classList.toggle("app-menu", app);
    menu.setAttribute("aria-label", app ? `Open ${menu.textContent}` : "Commands of the bot");
    this.field.placeholder = chat.reply_keyboard?.input_field_placeholder || "Message";
    this.keyboard(chat.reply_keyboard?.keyboard ?? []);
  }

  /** @param {{ text: string }[][]} rows */
  keyboard(rows) {
    const box = part("keyboard");
    const is = JSON.stringify(rows);
    box.hidden = !rows.length;
    if (box.dataset.is === is) return;
    box.dataset.is = is;
    box.replaceChildren(...rows.map((row) => {
      const line = element("div", "row");
      line.append(...row.map(({ text }) => this.choice("key", text, () => this.acts.say(text, null))));
      return line;
    }));
  }

  /** @param {string} name @param {string} text @param {() => unknown} act */
  choice(name, text, act) {
    const made = /** @type {HTMLButtonElement} */ (textual("button", name, text));
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  pressMenu() {
    if (this.menuButton.type === "web_app" && this.menuButton.web_app) {
      this.acts.app(this.menuButton.web_app.url);
      return;
    }
    this.list(this.suggestions.hidden ? this.commands : []);
    /** @type {HTMLElement | null} */ (this.suggestions.firstElementChild)?.focus();
  }

  suggest() {
    const typed = /^\/([a-z0-9_]*)$/i.exec(this.field.value);
    this.list(typed ? this.commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : []);
  }

  /** @param {Chat["commands"]} commands */
  list(commands) {
    this.suggestions.hidden = !commands.length;
    this.suggestions.replaceChildren(...commands.map(({ command, description }) => {
      const made = this.choice("command-line", "", () => {
        this.list([]);
        this.write("");
        void this.acts.say(`/${command}`, null);
        this.field.focus();
      });
      made.append(textual("strong", "", `/${command}`), textual("span", "", description));
      return made;
    }));
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      this.list([]);
      this.field.focus();
    } else if (step) {
      event.preventDefault();
      const lines = /** @type {HTMLElement[]} */ ([...this.suggestions.children]);
      const next = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step;
      (lines[next] ?? this.field).focus();
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    // while a syllable is being composed Enter ends it, as in Korean
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void this.send();
    } else if (event.key === "ArrowUp" && !this.suggestions.hidden) {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (this.suggestions.lastElementChild)?.focus();
    } else if (event.key === "Escape") {
      this.list([]);
      this.reply(null);
      this.unstage();
    }
  }

  async send() {
    const text = this.field.value.trim();
    const files = this.staged;
    if (!text && !files.length) return;
    const replyTo = this.replied?.message_id ?? null;
    const asFiles = /** @type {HTMLInputElement} */ (part("as-file")).checked;
    this.write("");
    this.list([]);
    this.reply(null);
    this.unstage();
    if (files.length) await this.acts.files(files, text, asFiles);
    else await this.acts.say(text, replyTo);
    this.field.focus();
  }

  /** @param {string} text */
  write(text) {
    this.field.value = text;
    this.grow();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
  }

  /** @param {Message | null} message */
  reply(message) {
    this.replied = message;
    part("reply").hidden = !message;
    if (!message) return;
    part("reply-who").textContent = message.from.first_name;
    part("reply-what").textContent = summary(message);
    this.field.focus();
  }

  /** @param {File[]} files @param {Event} [event] */
  stage(files, event) {
    if (!files.length) return;
    event?.preventDefault();
    this.staged = [...this.staged, ...files];
    this.showStaged();
    this.field.focus();
  }

  unstage() {
    this.staged = [];
    this.showStaged();
  }

  showStaged() {
    part("staged").hidden = !this.staged.length;
    part("as-file-line").hidden = !this.staged.some((file) => PICTURES.includes(file.type));
    part("staged-files").replaceChildren(...this.staged.map((file) => {
      const line = element("li", "");
      const away = this.choice("plain small", "Remove", () => {
        this.staged = this.staged.filter((other) => other !== file);
        this.showStaged();
      });
      away.setAttribute("aria-label", `Do not send ${file.name}`);
      line.append(textual("span", "", `${file.name} · ${sized(file.size)}`), away);
      return line;
    }));
  }
}

/** Whether Telegram would show it as a picture. @param {File} file */
export const isPicture = (file) => PICTURES.includes(file.type);
