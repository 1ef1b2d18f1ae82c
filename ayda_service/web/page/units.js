// @ts-check
// Figures as people read them, in kilometres or miles.

import { keep, kept } from "./kept.js";
import { language, say } from "./say.js";

const MILE_M = 1609.344;
const FOOT_M = 0.3048;
const KEPT = "units";
const IN_MILES = new Set(["US", "GB", "LR", "MM"]);

/** @returns {"metric" | "imperial"} */
function guessed() {
  const known = kept(KEPT);
  if (known === "metric" || known === "imperial") return known;
  const region = navigator.language.split("-")[1] ?? "";
  return IN_MILES.has(region.toUpperCase()) ? "imperial" : "metric";
}

let units = guessed();

export const metric = () => units === "metric";

/** The other units from now on. */
export function switchUnits() {
  units = metric() ? "imperial" : "metric";
  keep(KEPT, units);
}

export const lengthUnitM = () => (metric() ? 1000 : MILE_M);
export const heightUnitM = () => (metric() ? 1 : FOOT_M);
export const unitName = () => (metric() ? say("km") : say("mi"));

/** A figure and its unit stay on one line. @param {string} text */
export const unbroken = (text) => text.replaceAll(" ", "\u00a0");

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Kilometres or miles, without the unit. @param {number} metres @param {number} [digits] */
export const lengthFigure = (metres, digits = 1) => number(metres / lengthUnitM(), digits);

/** @param {number} metres @param {number} [digits] */
export function length(metres, digits = 1) {
  const figure = lengthFigure(metres, digits);
  return unbroken(metric() ? say("{figure} km", { figure }) : say("{figure} mi", { figure }));
}

/** @param {number} metres */
export function height(metres) {
  const figure = number(Math.round(metres / heightUnitM()));
  return unbroken(metric() ? say("{figure} m", { figure }) : say("{figure} ft", { figure }));
}

/** `5:30`, of a kilometre or mile. @param {number} sPerKm */
export function paceFigure(sPerKm) {
  const whole = Math.round((sPerKm * lengthUnitM()) / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** `5:30 /km`. @param {number} sPerKm */
export function pace(sPerKm) {
  const figure = paceFigure(sPerKm);
  return unbroken(metric() ? say("{figure} /km", { figure }) : say("{figure} /mi", { figure }));
}

/** Hours and minutes. @param {number} seconds */
export function time(seconds) {
  const minutes = Math.round(Math.max(seconds, 0) / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** @param {number} seconds */
export const minutes = (seconds) => unbroken(say("{figure} min", { figure: number(Math.round(seconds / 60)) }));

/** @param {number} gradient a fraction */
export function slope(gradient) {
  const whole = Math.round(gradient * 100);
  return `${whole > 0 ? "+" : whole < 0 ? "−" : ""}${number(Math.abs(whole))}\u00a0%`;
}

/** @param {number} share */
export const percent = (share) => `${number(Math.round(share * 100))}\u00a0%`;

const FIELDS = /^(?:(\d{1,3}):)?(\d{1,4})[:.]([0-5]\d)$/;
const NAMED = /^(?:(\d{1,3}(?:\.\d+)?) ?(?:h|hours?|ч|час|часа|часов|시간))?(?: ?(\d{1,4}) ?(m|min|minutes?|м|мин|минут|분)?)?(?: ?(\d{1,2}) ?(?:s|sec|с|сек|초)?)?$/;

/** One kind of marks and single spaces. @param {string} text */
const plain = (text) => text.trim().toLowerCase().replaceAll(/[’′\u0060]/g, "'").replaceAll(/[”″]/g, '"').replaceAll(",", ".").replaceAll(/\s+/g, " ");

/**
 * Seconds of what names its units: `2h20`, `140min`, `48'30`; NaN for anything else.
 * @param {string} said
 */
function named(said) {
  const quoted = /^(\d{1,4})'(?:([0-5]?\d)"?)?$/.exec(said);
  if (quoted) return Number(quoted[1]) * 60 + Number(quoted[2] ?? 0);
  const read = NAMED.exec(said);
  if (!read || !said || (!read[1] && !read[3])) return NaN;
  return Number(read[1] ?? 0) * 3600 + Number(read[2] ?? 0) * 60 + Number(read[4] ?? 0);
}

/**
 * Seconds from `1:45:00`, `50:00`, `50.00`, `50` (minutes), `1h45`, `105min`; NaN for anything else.
 * @param {string} text
 */
export function readTime(text) {
  const said = plain(text);
  if (/^\d{1,4}$/.test(said)) return Number(said) * 60;
  const read = FIELDS.exec(said);
  if (!read) return named(said);
  return Number(read[1] ?? 0) * 3600 + Number(read[2]) * 60 + Number(read[3]);
}

/**
 * Seconds after the start from `2:30` (hours and minutes), `2:30:00`, `2h30`, `150min`; NaN for anything else.
 * @param {string} text
 */
export function readHours(text) {
  const said = plain(text);
  const read = FIELDS.exec(said);
  if (!read) return named(said);
  const [hours, minutes] = read[1] === undefined ? [read[2], read[3]] : [read[1], read[2]];
  return Number(minutes) < 60 ? Number(hours) * 3600 + Number(minutes) * 60 : NaN;
}
