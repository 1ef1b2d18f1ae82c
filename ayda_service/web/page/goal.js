// @ts-check
// A goal: how likely it is, and how to go to reach it.

import { el } from "./dom.js";
import { say } from "./say.js";
import { byDay, table } from "./tables.js";
import { lengthFigure, minutes, paceFigure, percent, time, unitName } from "./units.js";

/** @typedef {import("./along.js").Prediction} Prediction @typedef {import("./clock.js").Clock} Clock */

const STEP_S = 60;

/**
 * @param {Prediction} prediction
 * @param {Clock} clock
 * @param {(goalS: number | null) => void} onChange
 */
export function goalOf(prediction, clock, onChange) {
  const { p10, p50, p90 } = prediction.elapsed_s;
  const goal = prediction.plan?.goal_s ?? Math.round(p50 / STEP_S) * STEP_S;
  const least = Math.floor(Math.min(p10 * 0.85, goal) / STEP_S) * STEP_S;
  const most = Math.ceil(Math.max(p90 * 1.1, goal) / STEP_S) * STEP_S;
  const says = el("output", { for: "goal" }, time(goal));
  const slider = el("input", { type: "range", id: "goal", min: least, max: most, step: STEP_S, value: goal, "aria-valuetext": time(goal) });
  slider.addEventListener("input", () => {
    says.textContent = time(Number(slider.value));
    slider.setAttribute("aria-valuetext", time(Number(slider.value)));
  });
  slider.addEventListener("change", () => onChange(Number(slider.value)));
  return el(
    "div",
    { class: "goal" },
    el("div", { class: "row" }, el("label", { for: "goal" }, say("from start to finish in")), says),
    slider,
    prediction.plan ? planOf(prediction.plan, clock) : el("p", { class: "quiet" }, say("Move it, and there is a plan for that time.")),
  );
}

/** @param {any} plan @param {Clock} clock */
function planOf(plan, clock) {
  const stops = plan.splits.some((/** @type {any} */ split) => split.stop_s >= STEP_S);
  const heads = [unitName(), say("pace"), ...(stops ? [say("stop")] : []), clock.known ? say("clock") : say("time so far")];
  const rows = plan.splits.map((/** @type {any} */ split) => ({
    cells: [lengthFigure(split.to_m), paceFigure(split.pace_s_per_km), ...(stops ? [split.stop_s >= STEP_S ? minutes(split.stop_s) : ""] : [])],
    atS: split.elapsed_s,
  }));
  const fade = say("The second half is {fade} slower at equal effort.", { fade: percent(Math.max(0, plan.fade)) });
  return el(
    "div",
    {},
    el("p", { class: "chance" }, say("You make it on {chance} of such days.", { chance: percent(plan.p_reach) })),
    el("p", { class: "quiet" }, fade),
    table(heads, byDay(clock, rows)),
  );
}
