// @ts-check
// Splits, climbs, and where the minutes come from.

import { el, svg } from "./dom.js";
import { say } from "./say.js";
import { height, heightUnitM, lengthFigure, lengthUnitM, minutes, number, paceFigure, slope, time, unitName } from "./units.js";

/** @typedef {import("./along.js").Prediction} Prediction @typedef {import("./along.js").Along} Along @typedef {import("./clock.js").Clock} Clock */

/**
 * @param {Array<string | Node>} heads
 * @param {Array<Array<string | Node>>} rows the first cell of each names it; one that stands alone, those below
 */
export function table(heads, rows) {
  const row = (/** @type {Array<string | Node>} */ cells) => cells.length === 1 ? el("tr", {}, el("th", { scope: "rowgroup", colspan: heads.length }, cells[0])) : el("tr", {}, cells.map((cell, i) => (i ? el("td", {}, cell) : el("th", { scope: "row" }, cell))));
  return el(
    "div",
    { class: "scrolls" },
    el("table", {}, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows.map(row))),
  );
}

/**
 * Rows that end with their time on the clock, each further day named above its first.
 * @param {Clock} clock
 * @param {Array<{cells: string[], atS: number}>} rows
 */
export function byDay(clock, rows) {
  let today = "";
  return rows.flatMap(({ cells, atS }) => {
    const [day, row] = [clock.day(atS, "long"), [...cells, clock.bare(atS)]];
    const begins = day !== today;
    today = day;
    return begins ? [[day], row] : [row];
  });
}

/**
 * One row for each kilometre, or mile.
 * @param {Along} along
 * @param {Clock} clock
 */
export function splitsOf(along, clock) {
  const unit = lengthUnitM();
  const count = Math.ceil(along.lengthM / unit - 0.01);
  const rows = Array.from({ length: count }, (_, i) => {
    const [from, to] = [i * unit, Math.min(along.lengthM, (i + 1) * unit)];
    const seconds = movedS(along, to) - movedS(along, from);
    const [up, down] = climbed(along, from, to);
    const name = to - from < 0.99 * unit ? lengthFigure(to, 2) : number(i + 1);
    const cells = [name, signed("+", up), signed("−", down), paceFigure((1000 * seconds) / (to - from))];
    return { cells, atS: along.clockAt(to).p50 };
  });
  const when = clock.known ? say("clock") : say("time so far");
  return table([unitName(), say("up"), say("down"), say("pace"), when], byDay(clock, rows));
}

/** @param {Along} along @param {number} atM */
const movedS = (along, atM) => along.shareAt(atM) * along.prediction.interval.p50_s;

/** @param {string} sign @param {number} metres */
const signed = (sign, metres) => `${Math.round(metres / heightUnitM()) ? sign : ""}${height(metres)}`;

/** Metres up and down between two places, as the answer's own kilometres have them. @param {Along} along @param {number} from @param {number} to */
function climbed(along, from, to) {
  let [up, down] = [0, 0];
  for (const split of along.prediction.splits) {
    const shared = Math.max(0, Math.min(to, split.to_m) - Math.max(from, split.from_m)) / (split.to_m - split.from_m);
    up += shared * split.gain_m;
    down += shared * split.loss_m;
  }
  return [up, down];
}

/** @param {Prediction} prediction */
export function climbsTable(prediction) {
  /** @type {Array<{from_m: number, to_m: number, gain_m: number, gradient: number, time_s: {p50: number}}>} */
  const climbs = prediction.climbs ?? [];
  if (!climbs.length) return el("p", { class: "quiet" }, say("No climb here is worth the name."));
  const rows = climbs.map((climb) => [
    `${lengthFigure(climb.from_m)}–${lengthFigure(climb.to_m)}`,
    height(climb.gain_m),
    slope(climb.gradient),
    time(climb.time_s.p50),
  ]);
  return table([unitName(), say("up"), say("slope"), say("takes")], rows);
}

/** @returns {Record<string, string>} */
const causes = () => ({
  climb: say("climbing"),
  descent: say("descending"),
  distance: say("the distance"),
  terrain: say("ground and bends"),
  level: say("your own level"),
  surface: say("the surface you told of"),
  heat: say("heat"),
  altitude: say("thin air (not known from results)"),
  company: say("waiting for each other"),
  hut: say("the night in a hut"),
});

/**
 * Bars that add up: each begins where the one before it has ended.
 * @param {Prediction} prediction
 */
export function whyOf(prediction) {
  let reached = prediction.flat_run_s / 60;
  const bars = [{ name: say("the same way on the flat"), from: 0, to: reached }];
  for (const { cause, minutes: more } of prediction.minutes) {
    if (cause === "hut" || Math.abs(more) < 0.5) continue;
    bars.push({ name: causes()[cause] ?? String(cause), from: reached, to: reached + more });
    reached += more;
  }
  const moving = prediction.times_s.moderate / 60;
  bars.push({ name: say("moving, when you go steadily"), from: 0, to: moving });
  const whole = new Set([bars[0], bars[bars.length - 1]]);
  const { minutes: night = 0 } = prediction.minutes.find((/** @type {any} */ each) => each.cause === "hut") ?? {};
  if (night) bars.push({ name: causes().hut, from: moving, to: moving + night });
  const most = Math.max(...bars.flatMap((bar) => [bar.from, bar.to]));
  const rows = bars.map((bar) => {
    const [left, right] = [Math.min(bar.from, bar.to), Math.max(bar.from, bar.to)];
    const shown = svg(
      "svg",
      { class: "bar-chart", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", {
        class: whole.has(bar) ? "whole" : bar.to < bar.from ? "less" : "more",
        x: (100 * left) / most, y: 1, height: 8, width: Math.max(0.4, (100 * (right - left)) / most),
      }),
    );
    const change = bar.to - bar.from;
    const least = Math.abs(change) < 60 ? minutes : time;
    const text = whole.has(bar) ? time(60 * change) : `${change < 0 ? "−" : "+"}${least(60 * Math.abs(change))}`;
    return [bar.name, shown, text];
  });
  return el("div", { class: "why" }, table([say("what"), el("span", { class: "unseen" }, say("as a bar")), say("how long")], rows), formulasOf(prediction));
}

/** What the classical formulas say, for those who trust them. @param {Prediction} prediction */
function formulasOf(prediction) {
  const { strava_gap, minetti, tobler, naismith, din33466, swiss } = prediction.formulas_s;
  const rows = [["GAP", strava_gap], ["Minetti", minetti], ["Tobler", tobler], ["Naismith", naismith], ["DIN 33466", din33466], [say("Swiss signposts"), swiss]];
  return el("details", {}, el("summary", {}, say("What the known formulas say")), table([say("formula"), say("moving")], rows.map(([name, seconds]) => [String(name), time(Number(seconds))])));
}

