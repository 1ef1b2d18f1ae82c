// @ts-check
// On the day: plan, now and margin in letters for a cold hand, for who runs and for who waits.

import { Clock } from "./clock.js";
import { dayOf, joined, keepDay, questionOfDay } from "./day.js";
import { el, focusNow, the } from "./dom.js";
import { dayLinkOf } from "./link.js";
import { count, say } from "./say.js";
import { reforecast, Refused, sentenceOf } from "./send.js";
import { copied } from "./take.js";
import { length, minutes, percent, unbroken } from "./units.js";

/** @typedef {import("./day.js").Day} Day @typedef {import("./day.js").DayPlace} DayPlace @typedef {import("./send.js").Reforecast} Reforecast */

const ON_TIME_S = 60;
const TICK_MS = 30000;

/** The view of one day; made when it is opened. */
export class OnDay {
  /**
   * @param {Day} day
   * @param {() => void} onClose
   */
  constructor(day, onClose) {
    this.day = joined(day);
    this.onClose = onClose;
    this.now = /** @type {Reforecast | null} */ (null);
    this.trouble = "";
    this.asked = 0;
    this.root = the("day");
    this.says = el("p", { class: "unseen", role: "status" });
    this.again = () => void this.forecast();
    window.addEventListener("online", this.again);
    this.leave = (/** @type {KeyboardEvent} */ event) => this.escape(event);
    this.root.addEventListener("keydown", this.leave);
    this.ticking = window.setInterval(() => this.tick(), TICK_MS);
    this.show();
    this.again();
  }

  close() {
    window.clearInterval(this.ticking);
    window.removeEventListener("online", this.again);
    this.root.removeEventListener("keydown", this.leave);
    this.root.replaceChildren();
    this.root.hidden = true;
    this.onClose();
  }

  /** Escape leads back, but for who has typed something that it would lose. @param {KeyboardEvent} event */
  escape({ key, target }) {
    const typing = target instanceof HTMLInputElement && target.value !== target.defaultValue;
    if (key === "Escape" && !typing) this.close();
  }

  get clock() {
    return new Clock(/** @type {any} */ ({ start_at: this.day.start, time_zone: this.day.zone }), "");
  }

  /** Asks what the passings mean; the latest question wins. */
  async forecast() {
    const { expected, passed } = questionOfDay(this.day);
    this.asked += 1;
    const mine = this.asked;
    try {
      const now = passed.length ? await reforecast(expected, passed) : null;
      if (mine !== this.asked) return;
      this.now = now;
      this.trouble = "";
    } catch (problem) {
      if (mine !== this.asked) return;
      this.trouble = sentenceOf(problem);
      if (!(problem instanceof Refused)) throw problem;
    } finally {
      if (mine === this.asked && !this.root.hidden) this.show();
    }
  }

  /** @param {DayPlace | null} place null is the finish @param {number | null} seconds */
  passed(place, seconds) {
    if (place) place.passed = seconds;
    else this.day.done = seconds;
    keepDay(this.day);
    this.again();
  }

  /** @param {number} index of a place, or behind them all for the finish */
  expectedAt(index) {
    const place = this.day.places[index];
    const ahead = place && this.now?.ahead.find((each) => Math.abs(each.at_m - place.at) < 0.5);
    if (place) return { eta: ahead ? [ahead.eta_s.p10, ahead.eta_s.p50, ahead.eta_s.p90] : place.eta, chance: ahead?.p_in_time ?? null };
    const finish = this.now?.finish_s;
    return { eta: finish ? [finish.p10, finish.p50, finish.p90] : this.day.finish, chance: null };
  }

  /** The first place after the last passing; behind them all it is the finish. */
  nextIndex() {
    return this.day.places.findLastIndex((place) => place.passed) + 1;
  }

  /** Seconds since the start by this device's clock; null where that makes no sense. */
  running() {
    const { instant } = this.clock;
    const seconds = instant === null ? -1 : (Date.now() - instant) / 1000;
    const last = this.day.places.reduce((most, place) => Math.max(most, place.passed ?? 0), 0);
    return seconds > last && seconds < 3 * this.day.finish[2] ? Math.round(seconds) : null;
  }

  /** Shows or hides what depends on the time of day. */
  tick() {
    const button = document.getElementById("day-here");
    if (button) button.hidden = this.running() === null || this.day.done !== null;
  }

  show() {
    const focused = focusNow();
    const within = this.root.contains(document.activeElement);
    const { day, clock } = this;
    const went = day.places.filter((place) => place.passed).length;
    this.root.hidden = false;
    const parts = [
      this.says,
      el("div", { class: "row" }, el("h1", { class: "day-name" }, day.name || say("On the day")), el("button", { type: "button", class: "plain", id: "day-close", click: () => this.close() }, say("back"))),
      clock.known ? el("p", { class: "quiet" }, say("Start {start}", { start: clock.start() })) : this.startNow(),
      this.headline(clock),
      this.trouble && el("p", { class: "note", role: "alert" }, this.trouble),
      day.done === null && this.next(clock),
      el("h2", {}, say("Passing times")),
      went > 0 && el("p", {}, count("{number} place behind you", "{number} places behind you", went)),
      el("p", { class: "quiet" }, clock.known ? say("Type the time on the clock, such as 12:40.") : say("Type the time since the start, such as 3:20.")),
      el("ol", { class: "passings" }, day.places.map((place, i) => this.row(clock, place, i)), this.row(clock, null, day.places.length)),
      this.below(),
    ];
    this.root.replaceChildren(...parts.filter((part) => part instanceof Node));
    this.tick();
    focused();
    if (within && !this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true });
    this.says.textContent = this.now ? say("finish, as it looks now") + " " + clock.at(this.now.finish_s.p50) : "";
  }

  startNow() {
    return el("p", {}, el("button", { type: "button", class: "button", id: "day-start", click: () => {
      this.day.start = new Date(Math.floor(Date.now() / 60000) * 60000).toISOString();
      this.day.zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      keepDay(this.day);
      this.show();
    } }, say("We start now")));
  }

  /** @param {Clock} clock */
  headline(clock) {
    const { day, now } = this;
    const [early, middle, late] = this.expectedAt(day.places.length).eta;
    const plan = say("plan {clock}", { clock: clock.at(day.finish[1]) });
    return el(
      "div",
      { class: "now" },
      el("p", { class: "quiet" }, day.done === null ? say("finish, as it looks now") : say("finished")),
      el("p", { class: "time" }, clock.at(day.done ?? middle)),
      day.done === null && el("p", { class: "margin" }, say("between {early} and {late}", { early: clock.at(early), late: clock.at(late) })),
      el("p", { class: "quiet" }, now ? `${plan} · ${behind(now.behind_s)}` : plan),
    );
  }

  /** @param {Clock} clock */
  next(clock) {
    const index = this.nextIndex();
    const place = this.day.places[index];
    const { eta, chance } = this.expectedAt(index);
    const name = place ? nameOf(place) : say("finish");
    const closes = place?.cutoff && say("closes {clock}", { clock: clock.at(place.cutoff) });
    return el(
      "section",
      { class: "card next", "aria-label": say("Next") },
      el("p", {}, say("next: {place}", { place: name })),
      el("p", { class: "next-time" }, clock.at(eta[1])),
      el("p", {}, say("between {early} and {late}", { early: clock.at(eta[0]), late: clock.at(eta[2]) })),
      closes && el("p", { class: chance !== null && chance < 0.5 ? "unlikely" : "" }, chance === null ? closes : `${closes} · ${say("{chance} in time", { chance: percent(chance) })}`),
      el("button", { type: "button", class: "button strong here", id: "day-here", hidden: true, click: () => this.passed(place ?? null, this.running()) }, say("Here now")),
    );
  }

  /** @param {Clock} clock @param {DayPlace | null} place null is the finish @param {number} index */
  row(clock, place, index) {
    const was = place ? place.passed : this.day.done;
    const plan = (place ? place.eta : this.day.finish)[1];
    const { eta } = this.expectedAt(index);
    const name = place ? nameOf(place) : say("finish");
    const isNext = index >= this.nextIndex() && this.day.done === null;
    const input = el("input", {
      id: `passed-${index}`, value: was ? clock.at(was).split(" ").pop() : "", inputmode: "numeric", autocomplete: "off", maxlength: 6,
      placeholder: clock.known ? "--:--" : "-:--", "aria-label": say("passed {place} at", { place: name }),
    });
    input.addEventListener("change", () => {
      const seconds = clock.after(input.value, was ?? eta[1]);
      const wrong = input.value.trim() !== "" && seconds === null;
      input.setAttribute("aria-invalid", String(wrong));
      if (!wrong) this.passed(place, seconds);
    });
    return el(
      "li",
      { class: was ? "passed" : "" },
      el("div", {}, el("b", {}, name), el("span", { class: "quiet" }, [place?.name ? length(place.at) : "", unbroken(say("plan {clock}", { clock: clock.at(plan) }))].filter(Boolean).join(" · "))),
      el("div", { class: "eta" }, isNext && this.now && [el("b", {}, clock.at(eta[1])), el("span", { class: "quiet" }, `${clock.at(eta[0])}–${clock.at(eta[2])}`)], was && el("span", { class: "quiet" }, behind(was - plan))),
      input,
    );
  }

  below() {
    const said = el("p", { class: "quiet", role: "status" });
    const note = say("The link is copied. It holds the places and times, not the course and not you.");
    return el(
      "div",
      { class: "along" },
      el(
        "p",
        { class: "choices" },
        el("button", { type: "button", class: "button", id: "day-link", click: () => copied(dayLinkOf(this.day), note, say("The link for the crew"), said) }, say("Link for the crew")),
      ),
      said,
      el("p", { class: "row quiet" }, say("Kept in this browser only."), el("button", { type: "button", class: "plain", id: "day-forget", click: () => { keepDay(null); this.close(); } }, say("forget this day"))),
    );
  }
}

/** @param {DayPlace} place */
const nameOf = (place) => place.name || length(place.at, 0);

/** @param {number} seconds */
function behind(seconds) {
  if (Math.abs(seconds) < ON_TIME_S) return say("on time");
  const time = minutes(Math.abs(seconds));
  return seconds > 0 ? say("{time} behind", { time }) : say("{time} ahead", { time });
}

/** @param {Day} day @param {(day: Day) => void} open */
function openKept(day, open) {
  const mine = joined(day);
  keepDay(mine);
  open(mine);
}

/**
 * The door to the day of an answer.
 * @param {string} name
 * @param {import("./along.js").Along} along
 * @param {string | null} start
 * @param {(day: Day) => void} open
 */
export function dayDoor(name, along, start, open) {
  return el(
    "section",
    { class: "along", "aria-labelledby": "day-title" },
    el("h2", { id: "day-title" }, say("On the day")),
    el("p", { class: "quiet" }, say("Type when you come through, and the rest is worked out anew: for you and for your crew.")),
    el("p", { class: "choices" }, el("button", { type: "button", class: "button", id: "day-open", click: () => openKept(dayOf(name, along, start), open) }, say("Open the day"))),
  );
}
