// @ts-check
// Colours of pace: light is fast and dark is slow, so that their brightness alone tells them apart.

const ON_PAPER = ["#f9b945", "#f2924a", "#e26b5d", "#c44671", "#9b2784", "#6a148e", "#360e8b"];
const IN_THE_DARK = ["#ffe08a", "#fdbb5b", "#f4935c", "#e2706f", "#c6559a", "#a04fc0", "#7d5ce0"];
const NARROWEST = 1.35;
const STEPS = 14;

/** @param {string} hex */
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/**
 * @param {number} share 0 for fast, 1 for slow
 * @param {boolean} dark
 */
function colourAt(share, dark) {
  const scale = dark ? IN_THE_DARK : ON_PAPER;
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const i = Math.min(scale.length - 2, Math.floor(at));
  const [from, to] = [channels(scale[i]), channels(scale[i + 1])];
  return `rgb(${from.map((value, n) => Math.round(value + (at - i) * (to[n] - value))).join(" ")})`;
}

/**
 * From pace to a step of the scale; its ends are those of most of the course, never so close that it shows noise.
 * @param {Array<{fromM: number, toM: number, sPerKm: number}>} pieces
 * @returns {{step: (sPerKm: number) => number, colour: (step: number, dark: boolean) => string, fastest: number, slowest: number}}
 */
export function paceScale(pieces) {
  const sorted = [...pieces].sort((one, other) => one.sPerKm - other.sPerKm);
  const metres = sorted.reduce((sum, piece) => sum + piece.toM - piece.fromM, 0);
  const at = (/** @type {number} */ share) => {
    let sum = 0;
    for (const piece of sorted) {
      sum += piece.toM - piece.fromM;
      if (sum >= share * metres) return piece.sPerKm;
    }
    return sorted[sorted.length - 1].sPerKm;
  };
  const [fast, slow] = [at(0.03), at(0.97)];
  const middle = Math.sqrt(fast * slow);
  const half = Math.sqrt(Math.max(slow / fast, NARROWEST));
  const [fastest, slowest] = [middle / half, middle * half];
  return {
    fastest,
    slowest,
    step: (sPerKm) => {
      const share = Math.log(sPerKm / fastest) / Math.log(slowest / fastest);
      return Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1));
    },
    colour: (step, dark) => colourAt(step / (STEPS - 1), dark),
  };
}
