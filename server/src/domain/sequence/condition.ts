import type { ErrorDetail } from "../error.ts";
import type { ChannelName } from "../event.ts";

/**
 * What a step asks about its lead. A condition is an object with one key:
 *
 * connected           whether the lead accepted an invitation of the campaign's sender on LinkedIn
 * replied             whether the lead ever replied, on any channel
 * opened, clicked     whether an email of this campaign was opened, or a link in it followed; or that of one step
 * hasAddress          whether the lead has an address for a channel
 * hasTag              whether the lead has a tag
 * field               what one of its fields says
 * daysSinceLastTouch  whole days since anything last went out to it, whoever sent it; nobody ever: endless
 * all, any, not       of other conditions
 */
export type Condition =
  | { connected: boolean }
  | { replied: boolean }
  | { opened: boolean | { step: string } }
  | { clicked: boolean | { step: string } }
  | { hasAddress: ChannelName }
  | { hasTag: string }
  | { field: FieldCondition }
  | { daysSinceLastTouch: { atLeast?: number | undefined; atMost?: number | undefined } }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };

/** Texts are compared without regard to case; `atLeast` and `atMost` compare numbers, and a text that is none doesn't hold. */
export interface FieldCondition {
  /** A standard field or a custom one. */
  name: string;
  exists?: boolean | undefined;
  equals?: string | number | boolean | undefined;
  oneOf?: (string | number)[] | undefined;
  contains?: string | undefined;
  atLeast?: number | undefined;
  atMost?: number | undefined;
}

/** What is known about a lead when its step asks. */
export interface ConditionFacts {
  /** With one of the senders that count for this lead. */
  connected: boolean;
  replied: boolean;
  /** IDs of the steps whose messages were opened, and whose links were followed. */
  opened: readonly string[];
  clicked: readonly string[];
  tags: readonly string[];
  /** Unix milliseconds; null: never. */
  lastTouchAt: number | null;
  /** A standard or custom field's text; null: none. */
  field: (name: string) => string | null;
}

const addressField = { linkedin: "linkedinUrl", sms: "phone", email: "email" } as const;
const dayMs = 86_400_000;

/** Null: it holds. Else the first thing that doesn't, in words. */
export function unmet(condition: Condition, facts: ConditionFacts, now: number): string | null {
  if ("all" in condition) {
    for (const each of condition.all) {
      const reason = unmet(each, facts, now);
      if (reason !== null) return reason;
    }
    return null;
  }
  if ("any" in condition) {
    const reasons = condition.any.map((each) => unmet(each, facts, now));
    return reasons.includes(null) ? null : reasons.join("; ");
  }
  if ("not" in condition) {
    return unmet(condition.not, facts, now) === null ? `it was asked that not: ${describe(condition.not)}` : null;
  }
  return holds(condition, facts, now) ? null : `it was asked that ${describe(condition)}`;
}

type Simple = Exclude<Condition, { all: Condition[] } | { any: Condition[] } | { not: Condition }>;

function holds(condition: Simple, facts: ConditionFacts, now: number): boolean {
  if ("connected" in condition) return facts.connected === condition.connected;
  if ("replied" in condition) return facts.replied === condition.replied;
  if ("opened" in condition) return seen(condition.opened, facts.opened);
  if ("clicked" in condition) return seen(condition.clicked, facts.clicked);
  if ("hasAddress" in condition) return facts.field(addressField[condition.hasAddress]) !== null;
  if ("hasTag" in condition) return facts.tags.some((tag) => same(tag, condition.hasTag));
  if ("field" in condition) return fieldHolds(condition.field, facts.field(condition.field.name));
  const days = facts.lastTouchAt === null ? Number.POSITIVE_INFINITY : Math.floor((now - facts.lastTouchAt) / dayMs);
  const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = condition.daysSinceLastTouch;
  return days >= atLeast && days <= atMost;
}

function seen(asked: boolean | { step: string }, steps: readonly string[]): boolean {
  return typeof asked === "boolean" ? steps.length > 0 === asked : steps.includes(asked.step);
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

function fieldHolds(asked: FieldCondition, value: string | null): boolean {
  if (asked.exists !== undefined && (value !== null) !== asked.exists) return false;
  if (asked.exists === false) return true;
  const comparisons = [asked.equals, asked.oneOf, asked.contains, asked.atLeast, asked.atMost];
  if (comparisons.every((each) => each === undefined)) return true;
  if (value === null) return false;
  if (asked.equals !== undefined && !same(value, String(asked.equals))) return false;
  if (asked.oneOf !== undefined && !asked.oneOf.some((each) => same(value, String(each)))) return false;
  if (asked.contains !== undefined && !value.toLowerCase().includes(asked.contains.toLowerCase())) return false;
  if (asked.atLeast === undefined && asked.atMost === undefined) return true;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  return number >= (asked.atLeast ?? Number.NEGATIVE_INFINITY) && number <= (asked.atMost ?? Number.POSITIVE_INFINITY);
}

/** In words, to follow "if": "the lead has the tag vip". */
export function describe(condition: Condition): string {
  if ("all" in condition) return condition.all.map(describe).join(" and ");
  if ("any" in condition) return `(${condition.any.map(describe).join(" or ")})`;
  if ("not" in condition) return `not (${describe(condition.not)})`;
  if ("connected" in condition) return `the lead is ${condition.connected ? "" : "not "}connected on LinkedIn`;
  if ("replied" in condition) return `the lead has ${condition.replied ? "" : "not "}replied`;
  if ("opened" in condition) return describeSeen(condition.opened, "opened");
  if ("clicked" in condition) return describeSeen(condition.clicked, "clicked a link in");
  if ("hasAddress" in condition) return `the lead has an address for ${condition.hasAddress}`;
  if ("hasTag" in condition) return `the lead has the tag ${condition.hasTag}`;
  if ("field" in condition) return describeField(condition.field);
  const { atLeast, atMost } = condition.daysSinceLastTouch;
  const bounds = [
    atLeast === undefined ? [] : [`at least ${atLeast}`],
    atMost === undefined ? [] : [`at most ${atMost}`],
  ];
  return `the last touch was ${bounds.flat().join(" and ")} days ago`;
}

function describeSeen(asked: boolean | { step: string }, did: string): string {
  if (typeof asked !== "boolean") return `the lead ${did} the email of the step ${asked.step}`;
  return `the lead ${did} ${asked ? "an" : "no"} email of the campaign`;
}

function describeField({ name, exists, equals, oneOf, contains, atLeast, atMost }: FieldCondition): string {
  const parts: string[] = [];
  if (exists !== undefined) parts.push(exists ? "is given" : "is not given");
  if (equals !== undefined) parts.push(`is ${equals}`);
  if (oneOf !== undefined) parts.push(`is one of ${oneOf.join(", ")}`);
  if (contains !== undefined) parts.push(`contains ${contains}`);
  if (atLeast !== undefined) parts.push(`is at least ${atLeast}`);
  if (atMost !== undefined) parts.push(`is at most ${atMost}`);
  return `the field ${name} ${parts.join(" and ")}`;
}

const most = { depth: 5, conditions: 50 };

/**
 * All that is wrong with a condition beyond its shape; fields are named under `field`. `stepOf` finds the step that is
 * meant by a reference, as an index into the sequence; null: there is none. `at`: the index of the step that asks.
 */
export function conditionProblems(
  condition: Condition,
  field: string,
  at: number,
  stepOf: (reference: string) => number | null,
): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  let count = 0;
  const look = (each: Condition, path: string, depth: number) => {
    count += 1;
    if (depth > most.depth) {
      problems.push({ field: path, reason: `Conditions stand at most ${most.depth} deep in one another.` });
      return;
    }
    if ("all" in each || "any" in each) {
      const [kind, inner] = "all" in each ? (["all", each.all] as const) : (["any", each.any] as const);
      for (const [i, one] of inner.entries()) look(one, `${path}.${kind}.${i}`, depth + 1);
    } else if ("not" in each) look(each.not, `${path}.not`, depth + 1);
    else if ("field" in each && Object.values(each.field).filter((value) => value !== undefined).length < 2) {
      const reason = "Say what is asked of the field: exists, equals, oneOf, contains, atLeast or atMost.";
      problems.push({ field: `${path}.field`, reason });
    } else if ("daysSinceLastTouch" in each) {
      const { atLeast, atMost } = each.daysSinceLastTouch;
      const where = `${path}.daysSinceLastTouch`;
      if (atLeast === undefined && atMost === undefined) {
        problems.push({ field: where, reason: "Give atLeast, atMost, or both." });
      } else if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) {
        problems.push({ field: where, reason: "atLeast is more than atMost: this never holds." });
      }
    }
    for (const kind of ["opened", "clicked"] as const) {
      const asked = kind in each ? (each as Record<string, unknown>)[kind] : undefined;
      if (typeof asked !== "object" || asked === null) continue;
      const { step } = asked as { step: string };
      const target = stepOf(step);
      const where = `${path}.${kind}.step`;
      if (target === null) problems.push({ field: where, reason: `There is no step ${step} in this sequence.` });
      else if (target >= at)
        problems.push({ field: where, reason: "This step doesn't come before: it can't have been opened." });
    }
  };
  look(condition, field, 1);
  if (count > most.conditions) problems.push({ field, reason: `At most ${most.conditions} conditions for a step.` });
  return problems;
}

/** The same condition with the steps that it names replaced. */
export function withSteps(condition: Condition, idOf: (reference: string) => string): Condition {
  if ("all" in condition) return { all: condition.all.map((each) => withSteps(each, idOf)) };
  if ("any" in condition) return { any: condition.any.map((each) => withSteps(each, idOf)) };
  if ("not" in condition) return { not: withSteps(condition.not, idOf) };
  if ("opened" in condition && typeof condition.opened === "object")
    return { opened: { step: idOf(condition.opened.step) } };
  if ("clicked" in condition && typeof condition.clicked === "object")
    return { clicked: { step: idOf(condition.clicked.step) } };
  return condition;
}
