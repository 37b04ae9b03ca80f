import { hash } from "node:crypto";

/** What a figure can be asked by. Null: it has none. */
export interface Dimensions {
  channel: string | null;
  campaignId: string | null;
  /** The step's ID; of another system's message the number of its step. */
  step: string | null;
  variant: string | null;
  senderId: string | null;
  profile: string | null;
  source: string | null;
  /** The lead's, when the message went out; in alphabetical order, each once. */
  tags: readonly string[];
}

export const noDimensions: Dimensions = {
  ...{ channel: null, campaignId: null, step: null, variant: null },
  ...{ senderId: null, profile: null, source: null, tags: [] },
};

export const dimensionNames = ["channel", "campaign", "step", "variant", "sender", "profile", "source", "tag"] as const;
export type DimensionName = (typeof dimensionNames)[number];

/**
 * Sums are kept ready for these sets of dimensions, so that what is mostly asked reads few rows; anything else is summed up
 * from `full`, which has all of them. A step belongs to its campaign, and a variant to its step.
 */
export const groupings = {
  all: [],
  channel: ["channel"],
  campaign: ["campaign"],
  step: ["campaign", "step"],
  variant: ["campaign", "step", "variant"],
  sender: ["sender"],
  profile: ["profile"],
  source: ["source"],
  tag: ["tag"],
  full: dimensionNames,
} as const satisfies Record<string, readonly DimensionName[]>;
export type Grouping = keyof typeof groupings;

/** The smallest grouping that knows all of these dimensions. One that is asked for twice: one value of it beside others. */
export function groupingFor(wanted: readonly DimensionName[]): Grouping {
  // Its sets have one tag each, and don't say which others the same lead had.
  if (wanted.indexOf("tag") !== wanted.lastIndexOf("tag")) return "full";
  for (const [grouping, names] of Object.entries(groupings) as [Grouping, readonly DimensionName[]][]) {
    if (wanted.every((name) => names.includes(name))) return grouping;
  }
  return "full";
}

/** A set of dimensions as it is stored. The ID says all of it, so that nobody has to look it up, or number it. */
export interface KeptDimensions extends Dimensions {
  /** A UUID. */
  id: string;
  grouping: Grouping;
}

export function keep(grouping: Grouping, of: Dimensions): KeptDimensions {
  const { channel, campaignId, step, variant, senderId, profile, source, tags } = of;
  const text = JSON.stringify([grouping, channel, campaignId, step, variant, senderId, profile, source, tags]);
  // Half of SHA-256: two of a billion sets are the same with a probability of 1e-21.
  const hex = hash("sha256", text).slice(0, 32);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { id, grouping, channel, campaignId, step, variant, senderId, profile, source, tags };
}

/** All sets in which something with these dimensions is counted: once in each grouping, and once for each of its tags. */
export function keptIn(of: Dimensions): KeptDimensions[] {
  const { channel, campaignId, step, variant, senderId, profile, source, tags } = of;
  const one = (grouping: Grouping, some: Partial<Dimensions>) => keep(grouping, { ...noDimensions, ...some });
  return [
    one("all", {}),
    one("channel", { channel }),
    one("campaign", { campaignId }),
    one("step", { campaignId, step }),
    one("variant", { campaignId, step, variant }),
    one("sender", { senderId }),
    one("profile", { profile }),
    one("source", { source }),
    ...(tags.length === 0 ? [one("tag", {})] : tags.map((tag) => one("tag", { tags: [tag] }))),
    keep("full", of),
  ];
}
