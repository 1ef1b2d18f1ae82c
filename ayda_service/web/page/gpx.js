// @ts-check
// A course for drawing, read in the browser: where it runs never leaves it. What it takes is read by the server.

/**
 * @typedef {{name: string, points: Float64Array, distanceM: Float64Array}} Track `points` are pairs of x and y metres
 */

const EARTH_M = 6371008.8;
const MOST_POINTS = 1500;
const BIGGEST = 60 * 1024 * 1024;
const MOST_HEAD = 20000;

const LAT = /\slat\s*=\s*["']([^"']*)["']/;
const LON = /\slon\s*=\s*["']([^"']*)["']/;
/** @type {Record<string, string>} */
const LETTERS = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The beginning of an element of this name, whatever its prefix. @param {string} name */
const begin = (name) => `<(?:[\\w.-]+:)?${name}(?=[\\s/>])`;

/**
 * The line of a GPX, thinned for a screen; null where there is none to draw, which the server then explains.
 *
 * It is looked for in the text: a tree of a long course takes a phone seconds to build.
 * @param {File | Blob} file
 * @returns {Promise<Track | null>}
 */
export async function readTrack(file) {
  if (file.size > BIGGEST) return null;
  const gpx = await file.text();
  const places = degreesOf(gpx, "trkpt");
  const degrees = places.length > 1 ? places : degreesOf(gpx, "rtept");
  if (degrees.length < 2) return null;
  return laidFlat(degrees, nameIn(gpx, "trk", "trkpt") || nameIn(gpx, "metadata", "trk") || nameIn(gpx, "rte", "rtept"));
}

/** @param {string} gpx @param {string} name of the points */
function degreesOf(gpx, name) {
  const found = [];
  for (const [, attributes] of gpx.matchAll(new RegExp(`${begin(name)}([^>]*)>`, "g"))) {
    const [lat, lon] = [parseFloat(LAT.exec(attributes)?.[1] ?? ""), parseFloat(LON.exec(attributes)?.[1] ?? "")];
    if (Math.abs(lat) <= 90 && Math.abs(lon) <= 180) found.push([lat, lon]);
  }
  return found;
}

/** The name that an element of this kind has before others begin. @param {string} gpx @param {string} owner @param {string} until */
function nameIn(gpx, owner, until) {
  const from = gpx.search(new RegExp(begin(owner)));
  if (from < 0) return "";
  const end = gpx.slice(from + 1).search(new RegExp(begin(until)));
  const head = gpx.slice(from, end < 0 ? from + MOST_HEAD : Math.min(from + 1 + end, from + MOST_HEAD));
  const named = new RegExp(`${begin("name")}[^>]*>([^]*?)</(?:[\\w.-]+:)?name\\s*>`).exec(head);
  return named ? plain(named[1]).trim().slice(0, 120) : "";
}

/** What a text of XML says. @param {string} text */
function plain(text) {
  const kept = /^\s*<!\[CDATA\[([^]*?)\]\]>\s*$/.exec(text);
  if (kept) return kept[1];
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    const code = hex ? parseInt(hex, 16) : decimal ? Number(decimal) : 0;
    if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    return LETTERS[name] ?? whole;
  });
}

/**
 * @param {number[][]} degrees
 * @param {string} name
 * @returns {Track}
 */
function laidFlat(degrees, name) {
  const radian = Math.PI / 180;
  const middle = Math.cos(degrees[Math.floor(degrees.length / 2)][0] * radian);
  const first = degrees[0];
  const all = degrees.map(([lat, lon]) => [
    ((((lon - first[1] + 540) % 360) + 360) % 360 - 180) * radian * EARTH_M * middle,
    (lat - first[0]) * radian * EARTH_M,
  ]);
  const walked = new Float64Array(all.length);
  for (let i = 1; i < all.length; i += 1) {
    walked[i] = walked[i - 1] + Math.hypot(all[i][0] - all[i - 1][0], all[i][1] - all[i - 1][1]);
  }
  return thinned(all, walked, name);
}

/**
 * Points at even distances.
 * @param {number[][]} all
 * @param {Float64Array} walked
 * @param {string} name
 * @returns {Track}
 */
function thinned(all, walked, name) {
  const wanted = Math.min(MOST_POINTS, all.length);
  const points = new Float64Array(2 * wanted);
  const distanceM = new Float64Array(wanted);
  const end = walked[walked.length - 1];
  for (let i = 0, at = 0; i < wanted; i += 1) {
    const here = (end * i) / (wanted - 1);
    while (at < walked.length - 2 && walked[at + 1] < here) at += 1;
    const step = walked[at + 1] - walked[at];
    const share = step > 0 ? Math.min(1, Math.max(0, (here - walked[at]) / step)) : 0;
    points[2 * i] = all[at][0] + share * (all[at + 1][0] - all[at][0]);
    points[2 * i + 1] = all[at][1] + share * (all[at + 1][1] - all[at][1]);
    distanceM[i] = here;
  }
  return { name, points, distanceM };
}

/**
 * Where the course is after so many metres.
 * @param {Track} track
 * @param {number} share of the whole way
 * @returns {[number, number]}
 */
export function placeAt(track, share) {
  const last = track.distanceM.length - 1;
  const at = Math.min(1, Math.max(0, share)) * last;
  const i = Math.min(last - 1, Math.floor(at));
  const rest = at - i;
  const { points } = track;
  return [
    points[2 * i] + rest * (points[2 * i + 2] - points[2 * i]),
    points[2 * i + 1] + rest * (points[2 * i + 3] - points[2 * i + 1]),
  ];
}
