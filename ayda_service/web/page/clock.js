// @ts-check
// The clock on the wall at the course.

import { language, say } from "./say.js";
import { time } from "./units.js";

/** @typedef {import("./along.js").Prediction} Prediction */

/** Tells times of day; without a start there are only times after it. */
export class Clock {
  /**
   * @param {Prediction} prediction
   * @param {string} asked the start as it was asked for, at the course
   */
  constructor(prediction, asked) {
    const told = prediction.start_at ?? asked;
    this.zone = prediction.time_zone ?? null;
    this.known = Boolean(told);
    const exact = /(Z|[+-]\d\d:\d\d)$/.test(told || "");
    this.instant = exact ? Date.parse(told) : null;
    this.startMs = exact && this.zone ? Date.parse(told) : Date.parse(`${(told || "").slice(0, 16)}:00Z`);
    this.timeZone = exact && this.zone ? this.zone : "UTC";
  }

  /** The nearest whole minute on this clock, in seconds after the start. @param {number} seconds */
  #minute(seconds) {
    const half = seconds + 30;
    return half - ((((this.startMs / 1000 + half) % 60) + 60) % 60);
  }

  /** @param {number} seconds after the start @param {Intl.DateTimeFormatOptions} how */
  #format(seconds, how) {
    return new Intl.DateTimeFormat(language, { timeZone: this.timeZone, ...how }).format(this.startMs + 1000 * this.#minute(seconds));
  }

  /** `12:22`, with the day where it is another one; time after the start where no start is known. @param {number} seconds */
  at(seconds) {
    const [weekday, clock] = [this.day(seconds, "short"), this.bare(seconds)];
    return weekday ? say("{weekday} {clock}", { weekday, clock }) : clock;
  }

  /** The same without the day. @param {number} seconds */
  bare(seconds) {
    return this.known ? this.#format(seconds, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) : time(seconds);
  }

  /** The day's name; empty on that of the start, and where none is known. @param {number} seconds @param {"short" | "long"} weekday */
  day(seconds, weekday) {
    if (!this.known) return "";
    const date = (/** @type {number} */ after) => this.#format(after, { day: "numeric", month: "numeric" });
    return date(seconds) === date(0) ? "" : this.#format(seconds, { weekday });
  }

  /**
   * Seconds after the start of a time that somebody typed: on this clock, at the moment nearest to `near`; without a
   * start since then. Null for what is no time.
   * @param {string} typed `12:40`, `12.40` or `1240`
   * @param {number} near seconds after the start
   */
  after(typed, near) {
    const read = /^\s*(\d{1,3}?)[:.\s]?([0-5]\d)\s*$/.exec(typed);
    if (!read) return null;
    const [hours, minutes] = [Number(read[1]), Number(read[2])];
    if (!this.known) return hours * 3600 + minutes * 60 || null;
    if (hours > 23) return null;
    const [hour, minute] = this.#format(near, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).split(":").map(Number);
    const apart = ((hours - hour) * 60 + minutes - minute + 2160) % 1440 - 720;
    const told = this.#minute(near) + 60 * apart;
    return told > 0 ? told : null;
  }

  /** The start, with its day. */
  start() {
    return this.#format(0, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  /** Where that clock hangs: `Los Angeles`. */
  place() {
    return this.zone ? this.zone.split("/").pop()?.replaceAll("_", " ") ?? "" : "";
  }

  /**
   * The dark hours, in seconds after the start.
   * @param {Prediction} prediction
   * @returns {Array<[number, number]>}
   */
  nights(prediction) {
    const sun = prediction.daylight;
    const until = prediction.elapsed_s.p90;
    if (!sun || this.instant === null) return [];
    if (sun.sun === "never_rises") return [[0, until]];
    if (!sun.civil_dusk || !sun.sunrise || !sun.sunset) return [];
    const after = (/** @type {string} */ text) => (Date.parse(text) - /** @type {number} */ (this.instant)) / 1000;
    const [rise, set, dusk] = [sun.sunrise, sun.sunset, sun.civil_dusk].map(after);
    const day = 86400;
    const twilight = (((dusk - set) % day) + day) % day;
    /** @type {Array<[number, number]>} */
    const nights = [[-Infinity, rise - twilight]];
    for (let i = 0; dusk + i * day < until; i += 1) {
      const dawn = rise - twilight + Math.ceil((dusk - rise + twilight) / day) * day;
      nights.push([dusk + i * day, dawn + i * day]);
    }
    return nights
      .map(([from, to]) => /** @type {[number, number]} */ ([Math.max(0, from), Math.min(until, to)]))
      .filter(([from, to]) => to > from);
  }
}
