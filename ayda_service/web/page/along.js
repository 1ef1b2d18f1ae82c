// @ts-check
// What an answer says at each place of the course: height, slope, pace, and the clock with its margin.

/**
 * @typedef {{p10: number, p50: number, p90: number}} Quantiles
 * @typedef {{from_m: number, to_m: number, gain_m: number, loss_m: number, time_s: Quantiles, mode: string}} Split
 * @typedef {Split & {kind: string, gradient: number}} Stretch
 * @typedef {{name: string, at_m: number, stop_s: number, eta_s: Quantiles, cutoff_s: number | null,
 *   p_in_time: number | null, p_all_in_time: number | null}} Checkpoint
 * @typedef {Record<string, any> & {splits: Split[], terrain: Stretch[], checkpoints: Checkpoint[],
 *   elapsed_s: Quantiles, elevation: Array<[number, number]>,
 *   route: {distance_m: number, gain_m: number, loss_m: number, gain_band_m: [number, number]}}} Prediction
 * @typedef {{fromM: number, toM: number, sPerKm: number}} Piece
 */

/** @param {number} value @param {number[]} xs @param {number[]} ys */
function between(value, xs, ys) {
  let high = xs.findIndex((x) => x >= value);
  if (high === 0) return ys[0];
  if (high < 0) return ys[ys.length - 1];
  const low = high - 1;
  const gap = xs[high] - xs[low];
  return gap > 0 ? ys[low] + ((value - xs[low]) / gap) * (ys[high] - ys[low]) : ys[high];
}

/**
 * Pieces of one pace: stretches of one character, so that a climb within a kilometre shows, with each kilometre's time.
 * @param {Prediction} prediction
 * @returns {Piece[]}
 */
function piecesOf(prediction) {
  const { splits, terrain } = prediction;
  const edges = [...new Set([...splits, ...terrain].flatMap((part) => [part.from_m, part.to_m]))].sort((a, b) => a - b);
  const raw = edges.slice(1).map((toM, i) => {
    const middle = (edges[i] + toM) / 2;
    const stretch = terrain.find((part) => part.from_m <= middle && middle < part.to_m);
    const split = splits.find((part) => part.from_m <= middle && middle < part.to_m) ?? splits[splits.length - 1];
    const own = stretch ?? split;
    const seconds = (own.time_s.p50 * (toM - edges[i])) / (own.to_m - own.from_m);
    return { fromM: edges[i], toM, split, seconds };
  });
  return raw
    .filter((piece) => piece.toM - piece.fromM > 0.5)
    .map((piece) => {
      const sum = raw.filter((other) => other.split === piece.split).reduce((all, other) => all + other.seconds, 0);
      const seconds = (piece.seconds * piece.split.time_s.p50) / sum;
      return { fromM: piece.fromM, toM: piece.toM, sPerKm: (1000 * seconds) / (piece.toM - piece.fromM) };
    });
}

export class Along {
  /** @param {Prediction} prediction */
  constructor(prediction) {
    this.prediction = prediction;
    this.lengthM = prediction.route.distance_m;
    this.pieces = piecesOf(prediction);
    this.heightsAt = prediction.elevation.map(([distance]) => distance);
    this.heights = prediction.elevation.map(([, metres]) => metres);
    this.edges = [0, ...this.pieces.map((piece) => piece.toM)];
    this.moved = [0];
    for (const piece of this.pieces) {
      this.moved.push(this.moved[this.moved.length - 1] + (piece.sPerKm * (piece.toM - piece.fromM)) / 1000);
    }
    this.stops = prediction.checkpoints.filter((place) => place.stop_s > 0 && place.at_m < this.lengthM);
    this.known = this.#known();
  }

  /** Share of the going done at a place. @param {number} atM */
  shareAt(atM) {
    return between(atM, this.edges, this.moved) / this.moved[this.moved.length - 1];
  }

  /** Planned stops before a place. @param {number} atM */
  stoppedS(atM) {
    return this.stops.filter((place) => place.at_m < atM).reduce((sum, place) => sum + place.stop_s, 0);
  }

  /** Where arrivals are known with their margin: the start, the checkpoints, the finish. */
  #known() {
    const { checkpoints, elapsed_s: end } = this.prediction;
    const all = this.stoppedS(Infinity);
    const known = [{ share: 0, low: 0, mid: 0, high: 0 }];
    for (const place of checkpoints.filter((each) => each.at_m > 0 && each.at_m < this.lengthM)) {
      const stopped = this.stoppedS(place.at_m);
      const { p10, p50, p90 } = place.eta_s;
      known.push({ share: this.shareAt(place.at_m), low: p10 - stopped, mid: p50 - stopped, high: p90 - stopped });
    }
    known.push({ share: 1, low: end.p10 - all, mid: end.p50 - all, high: end.p90 - all });
    return known;
  }

  /** Seconds after the start at a place: early, expected, late. @param {number} atM @returns {Quantiles} */
  clockAt(atM) {
    const share = this.shareAt(atM);
    const shares = this.known.map((place) => place.share);
    const stopped = this.stoppedS(atM);
    const [p10, p50, p90] = /** @type {const} */ (["low", "mid", "high"]).map(
      (name) => stopped + between(share, shares, this.known.map((place) => place[name])),
    );
    return { p10, p50, p90 };
  }

  /** @param {number} atM */
  heightAt(atM) {
    return between(atM, this.heightsAt, this.heights);
  }

  /** Rise over run of the hundred metres around a place. @param {number} atM */
  slopeAt(atM) {
    const [from, to] = [Math.max(0, atM - 50), Math.min(this.lengthM, atM + 50)];
    return to > from ? (this.heightAt(to) - this.heightAt(from)) / (to - from) : 0;
  }

  /** @param {number} atM */
  paceAt(atM) {
    const found = this.pieces.find((piece) => atM < piece.toM) ?? this.pieces[this.pieces.length - 1];
    return found.sPerKm;
  }

  /** Where one is so long after the start. @param {number} seconds */
  placeAfter(seconds) {
    let [low, high] = [0, this.lengthM];
    for (let i = 0; i < 30; i += 1) {
      const middle = (low + high) / 2;
      if (this.clockAt(middle).p50 < seconds) low = middle;
      else high = middle;
    }
    return high;
  }
}
