// @ts-check
// Figures as people read them, in kilometres or miles.

import { keep, kept } from "./kept.js";
import { language, say } from "./say.js";

const MILE_M = 1609.344;
const FOOT_M = 0.3048;
const KEPT = "units";
const MANY_S = 7200;
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

/** Minutes, and hours with them where they are many. @param {number} seconds */
export const minutes = (seconds) => seconds >= MANY_S ? time(seconds) : unbroken(say("{figure} min", { figure: number(Math.round(seconds / 60)) }));

/** @param {number} gradient a fraction */
export function slope(gradient) {
  const whole = Math.round(gradient * 100);
  return `${whole > 0 ? "+" : whole < 0 ? "−" : ""}${number(Math.abs(whole))}\u00a0%`;
}

/** @param {number} share */
export const percent = (share) => `${number(Math.round(share * 100))}\u00a0%`;
