import type { Condition } from "./model.ts";

/** Conditions as rows of a form: a flat list, all or any of which must hold, each perhaps negated. */

export const conditionKinds = [
  ...(["connected", "replied", "opened", "clicked", "hasAddress", "hasTag", "field", "daysSinceLastTouch"] as const),
];
export type ConditionKind = (typeof conditionKinds)[number];
export const operators = ["exists", "equals", "contains", "oneOf", "atLeast", "atMost"] as const;
export type Operator = (typeof operators)[number];

export interface ConditionRow {
  kind: ConditionKind;
  negated: boolean;
  /** opened, clicked: a step's uid, or "" for any. */
  step: string;
  channel: "linkedin" | "sms" | "email";
  tag: string;
  field: string;
  operator: Operator;
  /** Of a field or of days. */
  value: string;
}

export interface ConditionForm {
  mode: "all" | "any";
  rows: ConditionRow[];
}

export const newRow = (): ConditionRow => ({
  ...{
    kind: "replied",
    negated: true,
    step: "",
    channel: "email",
    tag: "",
    field: "title",
    operator: "contains",
    value: "",
  },
});

/** Null: it is deeper, or asks more at once, than the form can show. */
export function toForm(condition: Condition | null): ConditionForm | null {
  if (condition === null) return { mode: "all", rows: [] };
  const mode = "any" in condition ? "any" : "all";
  const inner = "all" in condition ? condition.all : "any" in condition ? condition.any : [condition];
  const rows = inner.map(toRow);
  return rows.every((row) => row !== null) ? { mode, rows } : null;
}

function toRow(condition: Condition): ConditionRow | null {
  const row = { ...newRow(), negated: false };
  if ("all" in condition || "any" in condition) return null;
  if ("not" in condition) {
    const inner = toRow(condition.not);
    return inner && { ...inner, negated: !inner.negated };
  }
  if ("connected" in condition) return { ...row, kind: "connected", negated: !condition.connected };
  if ("replied" in condition) return { ...row, kind: "replied", negated: !condition.replied };
  if ("hasAddress" in condition) return { ...row, kind: "hasAddress", channel: condition.hasAddress };
  if ("hasTag" in condition) return { ...row, kind: "hasTag", tag: condition.hasTag };
  if ("opened" in condition) return { ...row, kind: "opened", ...seen(condition.opened) };
  if ("clicked" in condition) return { ...row, kind: "clicked", ...seen(condition.clicked) };
  const asked = "field" in condition ? condition.field : condition.daysSinceLastTouch;
  const given = Object.entries(asked).filter(([name, value]) => name !== "name" && value !== undefined);
  if (given.length !== 1) return null;
  const [operator, value] = given[0] as [Operator, unknown];
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  if (!("field" in condition)) return { ...row, kind: "daysSinceLastTouch", operator, value: text };
  const { name } = condition.field;
  if (operator === "exists") return { ...row, kind: "field", field: name, operator, negated: value === false };
  return { ...row, kind: "field", field: name, operator, value: text };
}

const seen = (asked: boolean | { step: number | string }) =>
  typeof asked === "boolean" ? { negated: !asked, step: "" } : { step: String(asked.step) };

export function toCondition({ mode, rows }: ConditionForm): Condition | null {
  const all = rows.map(fromRow);
  if (all.length === 0) return null;
  if (all.length === 1) return all[0]!;
  return mode === "all" ? { all } : { any: all };
}

function fromRow({ kind, negated, step, channel, tag, field, operator, value }: ConditionRow): Condition {
  const not = (condition: Condition): Condition => (negated ? { not: condition } : condition);
  if (kind === "connected") return { connected: !negated };
  if (kind === "replied") return { replied: !negated };
  if (kind === "opened") return step === "" ? { opened: !negated } : not({ opened: { step } });
  if (kind === "clicked") return step === "" ? { clicked: !negated } : not({ clicked: { step } });
  if (kind === "hasAddress") return not({ hasAddress: channel });
  if (kind === "hasTag") return not({ hasTag: tag });
  if (kind === "daysSinceLastTouch") {
    return not({ daysSinceLastTouch: { [operator === "atMost" ? "atMost" : "atLeast"]: Number(value) || 0 } });
  }
  if (operator === "exists") return { field: { name: field, exists: !negated } };
  if (operator === "oneOf") {
    const oneOf = value
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean);
    return not({ field: { name: field, oneOf } });
  }
  const compared = operator === "atLeast" || operator === "atMost" ? Number(value) || 0 : value;
  return not({ field: { name: field, [operator]: compared } });
}
