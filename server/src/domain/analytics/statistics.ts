/** What a small number of observations says, and what it doesn't. Pure. */

/** The standard normal quantile of 97.5 %: 95 % lie between it and its negative. */
const z95 = 1.959_963_984_540_054;

/** So many of so many, as a share with the interval in which the true one lies with a confidence of 95 %. */
export interface Share {
  count: number;
  of: number;
  /** Null: of none. */
  rate: number | null;
  low: number | null;
  high: number | null;
}

/**
 * Wilson's score interval (1927), which is right for small numbers and for shares near 0 and 1, where the usual
 * `p ± 1.96·√(pq/n)` leaves the range from 0 to 1, or has no width at all.
 */
export function share(count: number, of: number): Share {
  if (of <= 0) return { count, of, rate: null, low: null, high: null };
  const p = count / of;
  const z2 = z95 * z95;
  const middle = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (z95 / (1 + z2 / of)) * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of));
  // At 0 and 1 the formula gives the bound itself, but for what the last digit makes of it.
  return { count, of, rate: p, low: count === 0 ? 0 : middle - half, high: count === of ? 1 : middle + half };
}

/** The probability that a standard normal variable is farther from 0 than `z`: Abramowitz and Stegun 7.1.26, to 1e-7. */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.327_591_1 * x);
  const series =
    t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
  return series * Math.exp(-x * x);
}

/** The z whose two-sided probability is `p` (0 < p < 1): by bisection, exact enough for a number of messages. */
export function zOfTwoSided(p: number): number {
  let low = 0;
  let high = 8;
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (twoSided(middle) > p) low = middle;
    else high = middle;
  }
  return low;
}

export interface Arm {
  count: number;
  of: number;
}

/** The p-value of two shares being the same in truth: the two-proportion z-test with a pooled variance, two-sided. */
export function pValue(a: Arm, b: Arm): number {
  if (a.of === 0 || b.of === 0) return 1;
  const pooled = (a.count + b.count) / (a.of + b.of);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / a.of + 1 / b.of));
  return deviation === 0 ? 1 : twoSided((a.count / a.of - b.count / b.of) / deviation);
}

/** Whether the z-test may be used: each outcome is expected at least five times in each arm (Cochran's rule). */
export function enough(a: Arm, b: Arm): boolean {
  const pooled = (a.count + b.count) / (a.of + b.of);
  return Math.min(a.of, b.of) * Math.min(pooled, 1 - pooled) >= 5;
}

/** z of a power of 80 %: four of five real differences are found. */
const zPower = 0.841_621_233_572_914;

/** How many each arm needs until a difference as it shows now would be found; null: none shows. */
export function neededEach(a: Arm, b: Arm, alpha: number): number | null {
  if (a.of === 0 || b.of === 0) return null;
  const p = a.count / a.of;
  const q = b.count / b.of;
  if (p === q) return null;
  const middle = (p + q) / 2;
  const root =
    zOfTwoSided(alpha) * Math.sqrt(2 * middle * (1 - middle)) + zPower * Math.sqrt(p * (1 - p) + q * (1 - q));
  return Math.ceil((root / (p - q)) ** 2);
}

export interface Comparison {
  verdict: "significant" | "not_yet_significant" | "no_data";
  /** For people. */
  text: string;
  /** Which is ahead, and with which the closest one behind it is compared. */
  best: string | null;
  against: string | null;
  /** Of that comparison; null: there is none. */
  pValue: number | null;
  /** What it must be below: 0.05 divided by the number of pairs (Bonferroni). */
  alpha: number;
  /** Messages that each of the two still needs, if the difference is as large as it looks now; null: not to be said. */
  moreNeeded: number | null;
}

const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`;
const whole = (n: number) => n.toLocaleString("en-US");

/** Compares the best of several variants with the second best, and says in words what that means. */
export function compare(arms: readonly (Arm & { name: string })[]): Comparison {
  const pairs = Math.max(1, (arms.length * (arms.length - 1)) / 2);
  const alpha = 0.05 / pairs;
  const none = { best: null, against: null, pValue: null, alpha, moreNeeded: null };
  const tried = arms.filter(({ of }) => of > 0).sort((a, b) => b.count / b.of - a.count / a.of || b.of - a.of);
  const [best, second] = tried;
  if (!best || !second) {
    const text = "There is nothing to compare yet: fewer than two variants were sent.";
    return { verdict: "no_data", text, ...none };
  }
  const p = pValue(best, second);
  const rates = `${best.name} has ${percent(best.count / best.of)} of ${whole(best.of)}, ${second.name} ${percent(second.count / second.of)} of ${whole(second.of)}`;
  const result = { best: best.name, against: second.name, pValue: p, alpha };
  if (p < alpha && enough(best, second)) {
    const text = `Significant: ${rates}. By chance alone a difference like that would come about in ${p < 0.001 ? "fewer than 0.1 %" : percent(p)} of cases.`;
    return { verdict: "significant", text, ...result, moreNeeded: 0 };
  }
  const needed = neededEach(best, second, alpha);
  const smaller = Math.min(best.of, second.of);
  // At least so many that the test may be used at all.
  const pooled = (best.count + second.count) / (best.of + second.of);
  const usable = pooled > 0 && pooled < 1 ? Math.ceil(5 / Math.min(pooled, 1 - pooled)) : null;
  const moreNeeded = needed === null ? null : Math.max(1, Math.max(needed, usable ?? 0) - smaller);
  const text =
    moreNeeded === null
      ? `Not yet significant: ${rates}, which is no difference.`
      : `Not yet significant: ${rates}. If the difference is real, about ${whole(moreNeeded)} more messages of each would show it.`;
  return { verdict: "not_yet_significant", text, ...result, moreNeeded };
}
