import type { z } from "zod";
import { type ErrorDetail, HeraldError } from "../domain/error.ts";

/** Schemas' complaints in plain words, and nothing of the values in them: a credential could be among these. */

type Issue = z.core.$ZodRawIssue;
const number = new Intl.NumberFormat("en-US");

/** Details that one answer holds at most. */
const maxDetails = 100;

/** `value` as the schema gives it back; throws invalid_request that names every wrong field. `whole`: what a problem with the value itself is called. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, whole: "body" | "params" | "query"): T {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  throw invalid(detailsOf(issuesOfUnion(schema, value) ?? result.error.issues, [], whole));
}

/**
 * Of a schema that is several, the issues of the one that was probably meant; null: it is one. Zod answers with those of an
 * alternative of which nothing but names are wrong, whatever the others say: `{action: "start"}` has a value that is not
 * possible, and not a field that doesn't exist.
 */
function issuesOfUnion(schema: z.ZodType, value: unknown): readonly z.core.$ZodIssue[] | null {
  const { type, options } = schema.def as { type: string; options?: readonly z.ZodType[] };
  if (type !== "union" || !options || "discriminator" in schema.def) return null;
  const branches = options.map((option) => option.safeParse(value, { error: plainWords }).error?.issues ?? []);
  return nearestBranch(branches) ?? null;
}

/** As `parse`, for a part of the body that has a schema of its own (`config` of a sender). */
export function parsePart<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  throw invalid(detailsOf(result.error.issues, [field], field));
}

/** The error of wrong fields. */
export function invalid(details: readonly ErrorDetail[]): HeraldError {
  const first = `${details[0]?.field}: ${details[0]?.reason}`;
  const message = details.length === 1 ? first : `${details.length} fields are wrong. ${first}`;
  return new HeraldError("invalid_request", message, details.slice(0, maxDetails));
}

function detailsOf(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[], whole: string): ErrorDetail[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ field: fieldName([...path, key], whole), reason: "There is no such field." }));
    }
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const nearest = nearestBranch(issue.errors);
      if (nearest) return detailsOf(nearest, path, whole);
    }
    return [{ field: fieldName(path, whole), reason: issue.message }];
  });
}

function fieldName(path: readonly PropertyKey[], whole: string): string {
  return path.length === 0 ? whole : path.map(String).join(".");
}

/**
 * Of a union's alternatives the one that was probably meant: of the right type, whose own fields were given (whatever is
 * wrong within them), and with the fewest problems.
 */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]) {
  const typed = branches.filter((issues) => !issues.some((i) => i.code === "invalid_type" && i.path.length === 0));
  const weight = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
  const outside = (issues: readonly z.core.$ZodIssue[]) =>
    weight(issues.filter(({ code, path }) => path.length === (code === "unrecognized_keys" ? 0 : 1)));
  return typed.sort((a, b) => outside(a) - outside(b) || weight(a) - weight(b))[0];
}

/** Used where the schema says nothing itself. */
function plainWords(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "This is required.";
      return `This must be ${typeNames[String(issue.expected)] ?? String(issue.expected)}.`;
    case "too_big":
      return tooBig(issue);
    case "too_small":
      return tooSmall(issue);
    case "invalid_format":
      return formatNames[String(issue.format)] ?? otherForm;
    case "not_multiple_of":
      return `This must be a multiple of ${issue.divisor}.`;
    case "invalid_value": {
      if (issue.input === undefined) return "This is required.";
      const values = issue.values.map((value) => JSON.stringify(value));
      return values.length === 1 ? `This must be ${values[0]}.` : `This must be one of ${values.join(", ")}.`;
    }
    case "invalid_union":
      if (issue.input === undefined) return "This is required.";
      return "This has none of the forms that are possible here.";
    case "invalid_key":
      return keyWords(issue.issues[0]);
    default:
      return "This can't be used here.";
  }
}

/** What a record's schema says of a name that it doesn't take. */
function keyWords(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_value") return `There is no such field; there are ${issue.values.join(", ")}.`;
  return issue === undefined || issue.message === otherForm ? "This name can't be used for a field." : issue.message;
}

const otherForm = "This has not the form that is needed here.";

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  date: "a time",
  null: "null",
};

const formatNames: Readonly<Record<string, string>> = {
  email: "This is not an email address.",
  url: "This is not a URL.",
  datetime: "Give a time as in 2026-01-05T09:30:00Z.",
};

function tooBig(issue: Issue & { code: "too_big" }): string {
  const max = number.format(Number(issue.maximum));
  if (issue.origin === "string") return `${count(issue.input)} characters; at most ${max}.`;
  if (issue.origin === "array" || issue.origin === "set") return `${count(issue.input)} items; at most ${max}.`;
  return `This must be ${issue.inclusive === false ? "less than" : "at most"} ${max}.`;
}

function tooSmall(issue: Issue & { code: "too_small" }): string {
  const min = number.format(Number(issue.minimum));
  if (issue.origin === "string") {
    return Number(issue.minimum) === 1
      ? "This must not be empty."
      : `${count(issue.input)} characters; at least ${min}.`;
  }
  if (issue.origin === "array" || issue.origin === "set") {
    return Number(issue.minimum) === 1 ? "This must not be empty." : `${count(issue.input)} items; at least ${min}.`;
  }
  return `This must be ${issue.inclusive === false ? "more than" : "at least"} ${min}.`;
}

function count(input: unknown): string {
  return typeof input === "string" || Array.isArray(input) ? number.format(input.length) : "Too many or too few";
}
