// @ts-check
// The course as a line and as a profile, coloured by pace, with one cursor on both.

import { paceScale } from "./colours.js";
import { el, svg } from "./dom.js";
import { placeAt } from "./gpx.js";
import { say } from "./say.js";
import { dark } from "./telegram.js";
import { height, length, lengthUnitM, minutes, number, pace, slope, unitName } from "./units.js";

/**
 * @typedef {import("./along.js").Along} Along
 * @typedef {import("./clock.js").Clock} Clock
 * @typedef {import("./gpx.js").Track} Track
 */

const SMALL = window.matchMedia("(max-width: 36rem)");
/** A drawing has as many units as the window is wide for, so that letters and lines stay as large. */
const wide = () => (SMALL.matches ? 380 : 720);
const HIGH = 218;
const TOP = 44;
const PEAK_ROOM = 60;
const FLAG = 24;
const AXIS = 24;
const OUTLINE_HIGH = 400;
const OUTLINE_MARGIN = 14;
const LEAST_RELIEF_M = 60;

/** Calls back when drawings have to be made anew. @param {() => void} act */
export const watchWidth = (act) => SMALL.addEventListener("change", act);

/** Ends of ticks that people like. @param {number} span @param {number} most */
export function tickStep(span, most) {
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= rough) ?? 10 * power;
}

/**
 * The line of a course before its answer.
 * @param {Track} track
 */
export function plainOutline(track) {
  const frame = outlineFrame(track);
  return svg("svg", { class: "outline", viewBox: frame.box, role: "img", "aria-label": say("The course from above") }, svg("path", { class: "way", d: frame.path(0, 1) }));
}

/** @param {Track} track */
function outlineFrame(track) {
  const { points } = track;
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    west = Math.min(west, points[i]);
    east = Math.max(east, points[i]);
    south = Math.min(south, points[i + 1]);
    north = Math.max(north, points[i + 1]);
  }
  const scale = Math.min((wide() - 2 * OUTLINE_MARGIN) / Math.max(east - west, 1), (OUTLINE_HIGH - 2 * OUTLINE_MARGIN) / Math.max(north - south, 1));
  const [across, high] = [(east - west) * scale + 2 * OUTLINE_MARGIN, (north - south) * scale + 2 * OUTLINE_MARGIN];
  const left = (wide() - across) / 2 + OUTLINE_MARGIN;
  const xy = (/** @type {number} */ share) => {
    const [x, y] = placeAt(track, share);
    return [left + (x - west) * scale, OUTLINE_MARGIN + (north - y) * scale];
  };
  const last = track.distanceM.length - 1;
  const path = (/** @type {number} */ from, /** @type {number} */ to) => {
    const shares = [from];
    for (let i = Math.ceil(from * last + 1e-9); i < to * last - 1e-9; i += 1) shares.push(i / last);
    shares.push(to);
    return shares.map((share, i) => `${i ? "L" : "M"}${xy(share).map((value) => value.toFixed(1)).join(" ")}`).join("");
  };
  return { box: `0 0 ${wide()} ${Math.max(80, high).toFixed(0)}`, xy, path };
}

/**
 * Pieces of one colour, joined.
 * @param {Along} along
 * @param {ReturnType<typeof paceScale>} scale
 */
function bands(along, scale) {
  /** @type {Array<{fromM: number, toM: number, step: number}>} */
  const joined = [];
  for (const piece of along.pieces) {
    const step = scale.step(piece.sPerKm);
    const last = joined[joined.length - 1];
    if (last && last.step === step) last.toM = piece.toM;
    else joined.push({ fromM: piece.fromM, toM: piece.toM, step });
  }
  return joined;
}

/**
 * Outline, profile, legend and what stands at the cursor.
 * @param {Along} along
 * @param {Clock} clock
 * @param {Track | null} track
 */
export function lookOf(along, clock, track) {
  const scale = paceScale(along.pieces);
  const joined = bands(along, scale);
  const isDark = dark();
  const colour = (/** @type {number} */ step) => scale.colour(step, isDark);
  const frame = track && outlineFrame(track);
  const spot = svg("circle", { class: "spot", r: 8 });
  const outline =
    frame &&
    svg(
      "svg",
      { class: "outline", viewBox: frame.box, role: "img", "aria-label": say("The course from above, coloured by pace") },
      svg("path", { class: "casing", d: frame.path(0, 1) }),
      joined.map((band) => svg("path", { class: "way", stroke: colour(band.step), d: frame.path(band.fromM / along.lengthM, band.toM / along.lengthM) })),
      along.prediction.checkpoints.map((place) => flagOnOutline(frame.xy(place.at_m / along.lengthM), place.name)),
      spot,
    );
  const profile = profileOf(along, clock, joined, colour);
  const readout = el("div", { class: "readout card", "aria-hidden": "true" });
  const slider = el(
    "div",
    { class: "profile", tabindex: 0, role: "slider", "aria-label": say("Along the course"), "aria-valuemin": 0, "aria-valuemax": Math.round(along.lengthM) },
    profile.drawing,
  );
  const move = (/** @type {number} */ atM) => {
    const here = Math.min(along.lengthM, Math.max(0, atM));
    profile.move(here);
    if (frame) {
      const [x, y] = frame.xy(here / along.lengthM);
      spot.setAttribute("cx", x.toFixed(1));
      spot.setAttribute("cy", y.toFixed(1));
    }
    const told = toldAt(along, clock, here);
    readout.replaceChildren(...told.map((text, i) => el("span", { class: i % 2 ? "quiet" : "" }, text)));
    slider.setAttribute("aria-valuenow", String(Math.round(here)));
    slider.setAttribute("aria-valuetext", told.join(", "));
    slider.dataset.at = String(here);
  };
  listen(slider, profile.drawing, along, move);
  if (outline && frame) followOutline(outline, frame, move, along.lengthM);
  move(along.lengthM / 2);
  return el("section", { class: "look", "aria-label": say("Look") }, outline, slider, readout, legendOf(scale, isDark));
}

/** @param {number[]} xy @param {string} name */
function flagOnOutline([x, y], name) {
  return svg("g", { class: "flag", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, svg("title", {}, name), svg("path", { d: "M0 0V-16L10 -12L0 -8" }));
}

/**
 * @param {Along} along
 * @param {Clock} clock
 * @param {number} atM
 */
function toldAt(along, clock, atM) {
  const eta = along.clockAt(atM);
  const margin = Math.round((eta.p90 - eta.p10) / 120) * 60;
  const clockText = clock.at(eta.p50);
  return [
    length(atM),
    height(along.heightAt(atM)),
    slope(along.slopeAt(atM)),
    pace(along.paceAt(atM)),
    clockText,
    `± ${minutes(margin)}`,
  ];
}

/**
 * Pointer and keys along the profile.
 * @param {HTMLElement} slider
 * @param {SVGElement} drawing
 * @param {Along} along
 * @param {(atM: number) => void} move
 */
function listen(slider, drawing, along, move) {
  const follow = (/** @type {PointerEvent} */ event) => {
    const box = drawing.getBoundingClientRect();
    move(((event.clientX - box.left) / box.width) * along.lengthM);
  };
  slider.addEventListener("pointermove", follow);
  slider.addEventListener("pointerdown", follow);
  slider.addEventListener("keydown", (event) => {
    const at = Number(slider.dataset.at);
    const step = (event.shiftKey ? 1 : 0.1) * lengthUnitM();
    /** @type {Record<string, number>} */
    const goes = {
      ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
      PageDown: at - 10 * step, PageUp: at + 10 * step, Home: 0, End: along.lengthM,
    };
    if (!(event.key in goes)) return;
    event.preventDefault();
    move(goes[event.key]);
  });
}

/**
 * The nearest place of the line to a pointer above it.
 * @param {SVGElement} outline
 * @param {ReturnType<typeof outlineFrame>} frame
 * @param {(atM: number) => void} move
 * @param {number} lengthM
 */
function followOutline(outline, frame, move, lengthM) {
  const places = Array.from({ length: 401 }, (_, i) => frame.xy(i / 400));
  const follow = (/** @type {PointerEvent} */ event) => {
    const box = outline.getBoundingClientRect();
    const scale = wide() / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let [best, nearest] = [0, Infinity];
    places.forEach(([px, py], i) => {
      const off = (px - x) ** 2 + (py - y) ** 2;
      if (off < nearest) [best, nearest] = [i, off];
    });
    move((best / 400) * lengthM);
  };
  outline.addEventListener("pointermove", follow);
  outline.addEventListener("pointerdown", follow);
}

/**
 * @param {Along} along
 * @param {Clock} clock
 * @param {Array<{fromM: number, toM: number, step: number}>} joined
 * @param {(step: number) => string} colour
 */
function profileOf(along, clock, joined, colour) {
  const [low, high] = [Math.min(...along.heights), Math.max(...along.heights)];
  const relief = Math.max(high - low, LEAST_RELIEF_M);
  const x = (/** @type {number} */ atM) => (atM / along.lengthM) * wide();
  const y = (/** @type {number} */ metres) => TOP + (HIGH - TOP) * (1 - (metres - low + 0.08 * relief) / (1.08 * relief));
  const point = (/** @type {number} */ atM) => `${x(atM).toFixed(1)} ${y(along.heightAt(atM)).toFixed(1)}`;
  const ridge = (/** @type {number} */ fromM, /** @type {number} */ toM) => {
    const inner = along.heightsAt.filter((at) => at > fromM && at < toM);
    return [fromM, ...inner, toM].map(point).join("L");
  };
  const under = (/** @type {{fromM: number, toM: number, step: number}} */ band) =>
    svg("path", { fill: colour(band.step), d: `M${x(band.fromM).toFixed(1)} ${HIGH}L${ridge(band.fromM, band.toM)}L${x(band.toM).toFixed(1)} ${HIGH}Z` });
  const night = clock.nights(along.prediction).map(([from, to]) => {
    const [left, right] = [x(along.placeAfter(from)), x(along.placeAfter(to))];
    return svg("rect", { class: "night", x: left.toFixed(1), y: 0, width: Math.max(0, right - left).toFixed(1), height: HIGH }, svg("title", {}, say("dark")));
  });
  const top = along.heightsAt[along.heights.indexOf(high)];
  const flagged = along.prediction.checkpoints.some((place) => Math.abs(x(place.at_m) - x(top)) < PEAK_ROOM);
  const line = svg("line", { class: "cursor", y1: 0, y2: HIGH });
  const spot = svg("circle", { class: "spot", r: 7 });
  const drawing = svg(
    "svg",
    { class: "heights", viewBox: `0 0 ${wide()} ${HIGH + AXIS}`, "aria-hidden": "true" },
    night,
    joined.map(under),
    svg("path", { class: "ridge", d: `M${ridge(0, along.lengthM)}` }),
    ticks(along.lengthM, x),
    svg("text", { class: "peak", x: Math.min(wide() - PEAK_ROOM, Math.max(PEAK_ROOM, x(top))).toFixed(0), y: (y(high) - (flagged ? FLAG : 8)).toFixed(0), "text-anchor": "middle" }, height(high)),
    along.prediction.checkpoints.map((place) => flagOnProfile(x(place.at_m), y(along.heightAt(place.at_m)), place.name)),
    line,
    spot,
  );
  const move = (/** @type {number} */ atM) => {
    const here = x(atM).toFixed(1);
    line.setAttribute("x1", here);
    line.setAttribute("x2", here);
    spot.setAttribute("cx", here);
    spot.setAttribute("cy", y(along.heightAt(atM)).toFixed(1));
  };
  return { drawing, move };
}

/** @param {number} lengthM @param {(atM: number) => number} x */
function ticks(lengthM, x) {
  const unit = lengthUnitM();
  const step = tickStep(lengthM / unit, 5);
  const all = [];
  for (let at = 0; at * unit < lengthM * 0.9; at += step) {
    all.push(svg("text", { class: "tick", x: x(at * unit).toFixed(1), y: HIGH + 18, "text-anchor": at === 0 ? "start" : "middle" }, number(at, step < 1 ? 1 : 0)));
  }
  all.push(svg("text", { class: "tick", x: wide(), y: HIGH + 18, "text-anchor": "end" }, unitName()));
  return all;
}

/** @param {number} x @param {number} y @param {string} name */
function flagOnProfile(x, y, name) {
  return svg("g", { class: "flag", transform: `translate(${Math.min(wide() - 11, x).toFixed(1)} ${y.toFixed(1)})` }, svg("title", {}, name), svg("path", { d: "M0 0V-18L11 -13.5L0 -9" }));
}

/** @param {ReturnType<typeof paceScale>} scale @param {boolean} isDark */
function legendOf(scale, isDark) {
  const steps = Array.from({ length: 14 }, (_, i) => svg("rect", { x: i * 10, width: 10.5, height: 8, y: 0, fill: scale.colour(i, isDark) }));
  return el(
    "p",
    { class: "legend quiet" },
    pace(scale.fastest),
    svg("svg", { viewBox: "0 0 140 8", class: "scale", role: "img", "aria-label": say("From fast, light, to slow, dark") }, steps),
    pace(scale.slowest),
  );
}
