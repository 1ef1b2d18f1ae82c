// @ts-check
// Links that hold a question, or a day on the course, and nothing of the person: behind the `#`, which no server sees.

const ASK = "ask=";
const DAY = "day=";
export const MOST_PLACES = 200;

/** @param {unknown} value @param {number} least @param {number} most */
export const within = (value, least, most) => typeof value === "number" && value >= least && value <= most;

/** @param {string} prefix @param {unknown} value */
function addressWith(prefix, value) {
  const packed = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
  const here = new URL(window.location.href);
  here.search = "";
  here.hash = prefix + packed.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return here.href;
}

/**
 * What stands in an address; null where there is nothing. Whoever made the link may have written anything into it.
 * @param {string} prefix
 * @param {string} hash
 * @returns {unknown}
 */
function valueIn(prefix, hash) {
  if (!hash.startsWith(`#${prefix}`)) return null;
  try {
    const packed = atob(hash.slice(prefix.length + 1).replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(packed, (letter) => letter.charCodeAt(0))));
  } catch {
    return null;
  }
}

/** The address of this page with this question. @param {Record<string, unknown>} asked */
export const linkOf = (asked) => addressWith(ASK, checked(asked));

/** The question of an address, if it has one. @param {string} hash */
export const questionOf = (hash) => checked(valueIn(ASK, hash));

/** The address of this page with a day on the course. @param {unknown} day */
export const dayLinkOf = (day) => addressWith(DAY, day);

/** What an address holds in the place of such a day. @param {string} hash */
export const dayIn = (hash) => valueIn(DAY, hash);

/** @param {any} asked @returns {Record<string, any> | null} */
function checked(asked) {
  if (typeof asked !== "object" || asked === null) return null;
  /** @type {Record<string, any>} */
  const kept = {};
  for (const name of ["mode", "effort", "start_at", "race_id", "distance_id"]) {
    if (typeof asked[name] === "string" && asked[name].length <= 64) kept[name] = asked[name];
  }
  if (within(asked.flat_pace, 120, 1800)) kept.flat_pace = asked.flat_pace;
  if (within(asked.goal_s, 1, 1e7)) kept.goal_s = asked.goal_s;
  if (within(asked.result?.distance_m, 1000, 500000) && within(asked.result?.time_s, 1, 1e6)) {
    kept.result = { distance_m: asked.result.distance_m, time_s: asked.result.time_s };
  }
  if (asked.conditions) kept.conditions = told(asked.conditions);
  if (Array.isArray(asked.checkpoints)) kept.checkpoints = asked.checkpoints.slice(0, MOST_PLACES).flatMap(checkpoint);
  return kept;
}

/** What an address says of the day, as far as it can be meant. @param {any} said */
function told(said) {
  /** @type {Record<string, any>} */
  const kept = {};
  if (["road", "path", "rough"].includes(said.surface)) kept.surface = said.surface;
  if (within(said.heat_c, -60, 60)) kept.heat_c = said.heat_c;
  if (within(said.home_m, -430, 5500)) kept.home_m = said.home_m;
  if (within(said.people, 2, 50)) kept.people = said.people;
  if (within(said.hut?.at_m, 0, 1e6) && within(said.hut.stop_s, 1, 86400)) {
    kept.hut = { at_m: said.hut.at_m, stop_s: said.hut.stop_s, ...(typeof said.hut.name === "string" && said.hut.name ? { name: said.hut.name.slice(0, 80) } : {}) };
  }
  return kept;
}

/** @param {any} place */
function checkpoint(place) {
  if (typeof place?.name !== "string" || !place.name || !within(place.at_m, 0, 1e6)) return [];
  return [
    {
      name: place.name.slice(0, 80),
      at_m: place.at_m,
      ...(within(place.stop_s, 0, 86400) ? { stop_s: place.stop_s } : {}),
      ...(within(place.cutoff_s, 1, 1e6) ? { cutoff_s: place.cutoff_s } : {}),
    },
  ];
}
