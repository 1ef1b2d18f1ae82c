// @ts-check
// A member is here: the page inside Telegram, its rooms, and what is kept for who opened it.

import { el, the } from "./dom.js";
import { MemberAsks } from "./member_ask.js";
import { clubRoom } from "./member_club.js";
import { dataRoom } from "./member_data.js";
import { greet, hear, openOutside, tell } from "./member_host.js";
import { Session } from "./member_session.js";
import { complete } from "./member_strava.js";
import { youRoom } from "./member_you.js";
import { language, say } from "./say.js";
import { sentenceOf } from "./send.js";
import { wear } from "./telegram.js";
import { metric } from "./units.js";

/**
 * What the page lets a member do with it.
 * @typedef {{asks: any, prediction: () => import("./along.js").Prediction | null, anew: () => void, redraw: () => void,
 *   measure: () => void, begun: () => boolean, leave: () => void}} Page
 * @typedef {"route" | "you" | "club" | "data"} Room
 */

const CLAIM = "strava_";

export class Member {
  /** @param {Session} session @param {Page} page */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    this.asks = new MemberAsks(session);
    this.prediction = page.prediction;
    /** @type {Room} */
    this.room = "route";
    this.place = el("main", { class: "room", id: "room", hidden: true });
    this.nav = el("nav", { class: "rooms", "aria-label": say("Rooms") });
    this.hint = el("div", { class: "hint" });
    /** Recordings that are still to be sent. @type {File[]} */
    this.brought = [];
    /** Shows what is known of the member anew. @type {() => Promise<void>} */
    this.onLearned = async () => {};
  }

  /** @returns {Record<Room, string>} */
  static names() {
    return { route: say("Route"), you: say("You"), club: say("Club"), data: say("Data") };
  }

  settle() {
    const names = Object.entries(Member.names());
    this.nav.append(...names.map(([room, name]) => el("button", { type: "button", "data-room": room, click: () => this.open(/** @type {Room} */ (room)) }, name)));
    document.querySelector("header.bar")?.after(this.nav);
    this.main().after(this.place);
    the("choose").prepend(this.hint);
    the("stored").textContent = say("The course and your answers are kept for you, until you erase them.");
    hear("back_button_pressed", () => this.back());
    hear("theme_changed", ({ theme_params: theme }) => {
      wear(theme ?? {});
      this.page.redraw();
    });
    const paced = the("question").querySelector('input[name="by"][value="pace"]');
    if (paced instanceof HTMLInputElement) paced.click();
    the("question").addEventListener("change", () => void this.sayWhoseAnswers());
    this.mark();
  }

  main() {
    return /** @type {HTMLElement} */ (document.querySelector("main:not(.room)"));
  }

  mode() {
    const chosen = the("question").querySelector('input[name="mode"]:checked');
    return chosen instanceof HTMLInputElement ? chosen.value : "trail_run";
  }

  /** @param {Room} room */
  open(room) {
    this.room = room;
    const makers = { you: youRoom, club: clubRoom, data: dataRoom };
    const make = room === "route" ? null : makers[room];
    this.main().hidden = make !== null;
    this.place.hidden = make === null;
    this.onLearned = async () => {};
    this.place.replaceChildren(...(make ? [el("h1", {}, Member.names()[room]), ...make(this)] : []));
    this.mark();
    window.scrollTo(0, 0);
  }

  mark() {
    for (const button of this.nav.querySelectorAll("button")) {
      if (button.dataset.room === this.room) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    tell("web_app_setup_back_button", { is_visible: this.room !== "route" || this.page.begun() });
  }

  back() {
    if (this.room === "route") this.page.leave();
    else this.open("route");
    this.mark();
  }

  /** Takes recordings that were brought to the first room to where they are read. @param {File[]} files */
  bring(files) {
    this.brought.push(...files);
    this.open("you");
  }

  /** Something new is known of the member: whatever rests on it is asked for again. */
  async learned() {
    this.asks.profiles.clear();
    const before = the("question").dataset.rests;
    await Promise.all([this.sayWhoseAnswers(), this.onLearned()]);
    if (before !== the("question").dataset.rests && this.page.begun()) this.page.anew();
  }

  /** What the first room says of whom it is about. */
  async sayWhoseAnswers() {
    const own = await this.asks.knows(this.mode());
    if (own) {
      this.hint.replaceChildren();
      return;
    }
    const go = el("button", { type: "button", class: "button", click: () => this.open("you") }, say("Make it about me"));
    this.hint.replaceChildren(el("p", {}, say("Nothing is known of you yet, so answers are about people of your pace.")), go);
  }

  /** @param {string} chosen a language */
  async speak(chosen) {
    if (chosen === language) return;
    await this.session.call("PUT", "/me/preferences", { json: { language: chosen } }).catch(() => {});
    reopen(chosen);
  }

  /** Keeps the units of now, and shows the room in them. */
  async keepUnits() {
    const asked = document.activeElement?.getAttribute("name");
    if (this.room !== "route" && this.place.isConnected) this.open(this.room);
    const again = asked && this.place.querySelector(`input[name="${asked}"]:checked`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    await this.session.call("PUT", "/me/preferences", { json: { units: metric() ? "metric" : "imperial" } }).catch(() => {});
  }

  /**
   * Has the phone's browser fetch a file, by an address that is good once.
   * @param {{what: string, prediction_id?: string}} wanted
   * @returns {Promise<string>} what to say of it
   */
  async save(wanted) {
    const { url } = await this.session.call("POST", "/downloads", { json: wanted });
    openOutside(url);
    return say("Your browser has it. The address works once, for five minutes.");
  }

  /** Nothing but this is shown any more. @param {HTMLElement} shown */
  closeFor(shown) {
    this.nav.remove();
    this.main().hidden = true;
    this.place.replaceWith(shown);
    tell("web_app_setup_back_button", { is_visible: false });
    window.scrollTo(0, 0);
    shown.focus();
  }
}

/** The same page in another language. @param {string} chosen */
function reopen(chosen) {
  const here = new URL(window.location.href);
  here.searchParams.set("lang", chosen);
  window.location.replace(here.href);
}

/**
 * Speaks as the member wants it, where they have said so; a language that stands in the address was chosen just now.
 * @param {Member} member
 */
async function speakAsKept(member) {
  const kept = await member.session.call("GET", "/me/preferences").catch(() => null);
  if (!kept) return;
  const chosen = new URL(window.location.href).searchParams.get("lang");
  if (chosen && chosen !== kept.language) await member.session.call("PUT", "/me/preferences", { json: { language } }).catch(() => {});
  else if (kept.language && kept.language !== language) return reopen(kept.language);
  if (kept.units && (kept.units === "metric") !== metric()) member.page.measure();
  the("units").addEventListener("click", () => void member.keepUnits());
}

/** What Telegram opened the page for. @param {Member} member */
async function follow(member) {
  const { start } = member.session;
  if (!start.startsWith("strava")) return;
  const here = new URL(window.location.href);
  here.searchParams.delete("tgWebAppStartParam");
  window.history.replaceState(null, "", here.href);
  const told = start.startsWith(CLAIM) ? await complete(member, start.slice(CLAIM.length)) : "";
  member.open("you");
  if (told) member.place.querySelector("h1")?.after(el("p", { class: "note", role: "status" }, told));
}

/**
 * Makes the page the member's whose proof stands in the address.
 * @param {Page} page
 */
export async function enter(page) {
  const initData = new URLSearchParams(window.location.hash.slice(1)).get("tgWebAppData") ?? "";
  greet();
  const session = new Session(initData);
  const member = new Member(session, page);
  try {
    await session.open();
  } catch (problem) {
    the("choose").before(el("p", { class: "note", role: "alert" }, sentenceOf(problem)));
    return;
  }
  Object.assign(page.asks, {
    ask: member.asks.ask.bind(member.asks),
    giveUp: member.asks.giveUp.bind(member.asks),
    outings: member.bring.bind(member),
    make: (/** @type {string} */ kind, /** @type {unknown} */ _course, /** @type {any} */ { prediction_id: id }) => session.call("GET", `/predictions/${id}/${kind}`, { blob: true }),
    outside: (/** @type {string} */ what, /** @type {any} */ { prediction_id }) => member.save({ what, prediction_id }),
    shown: () => member.mark(),
  });
  member.settle();
  await Promise.all([speakAsKept(member), member.sayWhoseAnswers()]);
  await follow(member);
}
