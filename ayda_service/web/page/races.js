// @ts-check
// Races of the catalogue: one is taken as it is chosen; who goes through them by keys chooses first, and takes then.

import { el, the } from "./dom.js";
import { say } from "./say.js";
import { races } from "./send.js";
import { height, length } from "./units.js";

/** @typedef {(name: string, race: {race_id: string, distance_id: string}) => void} Take */

/** Keys that go from one to the next in a list that is not open. */
const MOVES = /^(Arrow|Page|Home|End)|^\S$/;

const list = () => /** @type {HTMLSelectElement} */ (the("race"));

/**
 * Fills the list.
 * @param {string | null} wanted a distance to take at once
 * @param {Take} take
 */
export async function listRaces(wanted, take) {
  const all = await races().catch(() => []);
  const select = list();
  for (const race of all) {
    for (const distance of race.distances) {
      const facts = `${length(distance.facts.distance_m)}, ${say("{metres} up", { metres: height(distance.facts.gain_m) })}`;
      select.append(el("option", { value: `${race.id} ${distance.id}` }, `${race.name}, ${distance.name} · ${facts}`));
    }
  }
  the("races").hidden = all.length === 0;
  if (wanted && [...select.options].some((option) => option.value === wanted)) {
    select.value = wanted;
    takeChosen(take);
  }
}

/** @param {Take} take */
export function watchRaces(take) {
  const [select, button] = [list(), the("race-take")];
  let moving = false;
  select.addEventListener("pointerdown", () => { moving = false; });
  select.addEventListener("keydown", (event) => {
    moving = MOVES.test(event.key);
    if (event.key !== "Enter" || button.hidden) return;
    event.preventDefault();
    takeChosen(take);
  });
  select.addEventListener("change", () => {
    if (moving) button.hidden = select.value === "";
    else takeChosen(take);
  });
  button.addEventListener("click", () => takeChosen(take));
}

/** @param {Take} take */
function takeChosen(take) {
  const [chosen] = list().selectedOptions;
  const [race_id, distance_id] = chosen?.value.split(" ") ?? [];
  if (!distance_id) return;
  take(chosen.textContent?.split(" · ")[0] ?? "", { race_id, distance_id });
  the("race-take").hidden = true;
}
