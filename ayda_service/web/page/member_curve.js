// @ts-check
// How fast somebody goes up and down: pace by slope, its band, and how much of it is their own.

import { svg } from "./dom.js";
import { say } from "./say.js";
import { lengthUnitM, pace, paceFigure, slope } from "./units.js";

/** @typedef {{gradient: number, pace_s_per_km: {p25: number, p50: number, p75: number}, n: number, prior_share: number}} CurvePoint */

const SMALL = window.matchMedia("(max-width: 36rem)");
/** As many units as it is wide for, so that letters stay as large. */
const wide = () => (SMALL.matches ? 300 : 560);
const HIGH = 200;
const LEFT = 52;
const TOP = 12;
const AXIS = 26;
const MOSTLY_OTHERS = 0.5;

/** Whole minutes of a kilometre or mile between which a curve lies. @param {number} low @param {number} high */
function ticksOf(low, high) {
  const unit = lengthUnitM() / 1000;
  const [from, to] = [(low * unit) / 60, (high * unit) / 60];
  const step = [1, 2, 3, 5, 10, 20].find((each) => (to - from) / each <= 4.5) ?? 40;
  const ticks = [];
  for (let minute = Math.ceil(from / step) * step; minute <= to; minute += step) ticks.push((minute * 60) / unit);
  return ticks;
}

/** @param {CurvePoint[]} curve in the order of their slopes */
export function curveOf(curve) {
  const points = [...curve].sort((one, other) => one.gradient - other.gradient);
  const paces = points.flatMap((point) => [point.pace_s_per_km.p25, point.pace_s_per_km.p75]);
  const [low, high] = [Math.min(...paces), Math.max(...paces)];
  const [first, last] = [points[0].gradient, points[points.length - 1].gradient];
  const x = (/** @type {number} */ gradient) => LEFT + ((gradient - first) / Math.max(last - first, 0.01)) * (wide() - LEFT - 8);
  const y = (/** @type {number} */ sPerKm) => TOP + (1 - (sPerKm - low) / Math.max(high - low, 1)) * (HIGH - TOP);
  const at = (/** @type {CurvePoint} */ point, /** @type {"p25" | "p50" | "p75"} */ which) => `${x(point.gradient).toFixed(1)} ${y(point.pace_s_per_km[which]).toFixed(1)}`;
  const band = [...points.map((point) => at(point, "p75")), ...[...points].reverse().map((point) => at(point, "p25"))].join("L");
  const pieces = points.slice(1).map((point, i) => {
    const others = Math.max(point.prior_share, points[i].prior_share) > MOSTLY_OTHERS;
    return svg("path", { class: others ? "line others" : "line", d: `M${at(points[i], "p50")}L${at(point, "p50")}` });
  });
  const flat = points.reduce((best, point) => (Math.abs(point.gradient) < Math.abs(best.gradient) ? point : best));
  return svg(
    "svg",
    { class: "curve", viewBox: `0 0 ${wide()} ${HIGH + AXIS}`, role: "img", "aria-label": toldOf(points, flat) },
    ticksOf(low, high).map((tick) => [
      svg("line", { class: "grid", x1: LEFT, x2: wide(), y1: y(tick).toFixed(1), y2: y(tick).toFixed(1) }),
      svg("text", { class: "tick", x: LEFT - 8, y: (y(tick) + 5).toFixed(1), "text-anchor": "end" }, paceFigure(tick)),
    ]).flat(),
    svg("path", { class: "spread", d: `M${band}Z` }),
    pieces,
    points.filter((point) => point.n > 0).map((point) => svg("circle", { class: "own", r: 3.5, cx: x(point.gradient).toFixed(1), cy: y(point.pace_s_per_km.p50).toFixed(1) })),
    slopesOf(first, last).map((gradient) => svg("text", { class: "tick", x: x(gradient).toFixed(1), y: HIGH + 20, "text-anchor": "middle" }, slope(gradient))),
  );
}

/** Slopes that have a name on the axis, the flat among them. @param {number} first @param {number} last */
function slopesOf(first, last) {
  const step = last - first > 0.45 ? 0.2 : 0.1;
  const slopes = [];
  for (let i = Math.ceil(first / step); i * step <= last; i += 1) slopes.push(i * step);
  return slopes;
}

/** @param {CurvePoint[]} points @param {CurvePoint} flat */
function toldOf(points, flat) {
  const [down, up] = [points[0], points[points.length - 1]];
  return say("Your pace by slope: {down} at {downhill}, {flat} on the flat, {up} at {uphill}.", {
    down: pace(down.pace_s_per_km.p50),
    downhill: slope(down.gradient),
    flat: pace(flat.pace_s_per_km.p50),
    up: pace(up.pace_s_per_km.p50),
    uphill: slope(up.gradient),
  });
}
