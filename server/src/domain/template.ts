import { LiquidError, type Template } from "liquidjs";
import { HeraldError } from "./error.ts";
import { markValue, templateProblem, valueProblem, withoutMarks } from "./html-links.ts";
import { EmptyOutput, outlineOf, PlacedError, parse, render, templateFilters } from "./template-engine.ts";

/**
 * Message templates in Liquid: `Hi {{ firstName | default: "there" }}`. A variable without a value blocks the message:
 * "Hi ," is worse than no message. Only `default`, or an `if` around it, says that a value may be missing.
 */
export interface CompiledTemplate {
  readonly source: string;
  readonly body: "text" | "html";
  /** The names of the variables that the template looks up, those with a default too: `firstName`, `custom`. */
  readonly variables: readonly string[];
  /** For `renderTemplate`. */
  readonly parts: Template[];
}

export interface TemplateOptions {
  /** `html` escapes values for an HTML body. The template's own text is never escaped. Default `text`. */
  body?: "text" | "html";
}

export type RenderedTemplate =
  | { ok: true; text: string }
  /** `variable` as the template writes it: `firstName`, `custom.topic`. */
  | { ok: false; code: "missing_variable"; variable: string; reason: string }
  /** A link of an HTML body that leads elsewhere than to a web, mail or phone address (`javascript:`). */
  | { ok: false; code: "unsafe_link"; variable: null; reason: string }
  /** Anything else that values can do to a sound template: too long, not a number. */
  | { ok: false; code: "render_failed"; variable: null; reason: string };

/** What a change of the lead can mend: codes of blocked messages that are then written again. */
export const mendableCodes: readonly string[] = ["missing_variable", "unsafe_link"];

const htmlEntities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const encodings = {
  text: (text: string) => text,
  html: (text: string) => markValue(text.replace(/[&<>"']/g, (character) => htmlEntities[character]!)),
};

/** Compiled templates by body and source, the least recently used first. At most 500 of at most 20,000 characters. */
const compiledTemplates = new Map<string, CompiledTemplate>();
const cacheEntries = 500;
const cachedSource = 20_000;

/**
 * Compiles a template, or finds it compiled. Tags: if, unless, case, assign, comment, raw; filters: `templateFilters`.
 * @throws HeraldError `invalid_template`, whose message has line and column, for everything that can be known before
 *   there are values: syntax, unknown tags and filters, length.
 */
export function compileTemplate(source: string, { body = "text" }: TemplateOptions = {}): CompiledTemplate {
  const key = `${body}:${source}`;
  const known = compiledTemplates.get(key);
  if (known !== undefined) {
    compiledTemplates.delete(key);
    compiledTemplates.set(key, known);
    return known;
  }
  const compiled = compile(source, body);
  if (source.length <= cachedSource) {
    compiledTemplates.set(key, compiled);
    if (compiledTemplates.size > cacheEntries) compiledTemplates.delete(compiledTemplates.keys().next().value!);
  }
  return compiled;
}

function compile(source: string, body: "text" | "html"): CompiledTemplate {
  try {
    const { parts, names } = parse(source, encodings[body]);
    return { source, body, variables: names, parts };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = explain(error);
    throw new HeraldError("invalid_template", `The template can't be used: ${reason}.`, [
      { field: "template", reason },
    ]);
  }
}

/** Renders a template. Looks at own properties of `variables` only; a value is data and is never read as a template. */
export function renderTemplate(compiled: CompiledTemplate, variables: Record<string, unknown>): RenderedTemplate {
  return attempt(compiled, scopeOf(compiled, variables));
}

/**
 * All variables for which these values would block the message, in the order in which the template needs them. Branches
 * that these values don't reach count as little as in `renderTemplate`.
 */
export function missingVariables(compiled: CompiledTemplate, variables: Record<string, unknown>): string[] {
  const scope = scopeOf(compiled, variables);
  const missing = new Set<string>();
  for (;;) {
    const result = attempt(compiled, scope);
    if (result.ok || result.code !== "missing_variable" || missing.has(result.variable)) return [...missing];
    missing.add(result.variable);
    // A placeholder lets the next attempt get as far as the next one.
    put(scope, result.variable, "-");
  }
}

/**
 * The text with these values, for somebody who reads it before it goes out: a variable that would block a message stands there
 * by its name in brackets, `[company]`, and in `missing`.
 */
export function fillTemplate(
  compiled: CompiledTemplate,
  variables: Record<string, unknown>,
): { ok: true; text: string; missing: string[] } | { ok: false; reason: string } {
  const scope = scopeOf(compiled, variables);
  const missing: string[] = [];
  for (;;) {
    const result = attempt(compiled, scope);
    if (result.ok) return { ok: true, text: result.text.toWellFormed().replaceAll("\0", ""), missing };
    if (result.code !== "missing_variable" || missing.includes(result.variable))
      return { ok: false, reason: result.reason };
    missing.push(result.variable);
    put(scope, result.variable, `[${result.variable}]`);
  }
}

/** Gives a variable a value, by the path as templates write it. */
function put(scope: Scope, variable: string, value: string): void {
  const path = variable.split(".");
  const last = path.pop()!;
  let target = scope;
  for (const name of path) {
    if (typeof target[name] !== "object") target[name] = Object.create(null);
    target = target[name] as Scope;
  }
  target[last] = value;
}

function attempt(compiled: CompiledTemplate, scope: Scope): RenderedTemplate {
  try {
    const text = render(compiled.parts, scope);
    return compiled.body === "html" ? checked(text) : { ok: true, text };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = LiquidError.is(error) ? (error.originalError ?? error) : error;
    const variable = cause instanceof EmptyOutput ? cause.variable : undefinedVariable(error, cause);
    if (variable === null) {
      return {
        ok: false,
        code: "render_failed",
        variable,
        reason: `The template can't be rendered: ${cause.message}.`,
      };
    }
    const reason = `The variable ${variable} has no value for this lead, and the template gives no default.`;
    return { ok: false, code: "missing_variable", variable, reason };
  }
}

/** An HTML body in which values are marked, without the marks. */
function checked(html: string): RenderedTemplate {
  const problem = valueProblem(html);
  if (problem === null) return { ok: true, text: withoutMarks(html) };
  const reason = `${problem.reason.replace(/^./, (letter) => letter.toUpperCase())}.`;
  return { ok: false, code: problem.code === "unsafe_link" ? "unsafe_link" : "render_failed", variable: null, reason };
}

/**
 * Why an HTML template should not be saved: a link of its own, or a value in a tag outside of quotes. Not checked when it
 * is sent: its author is trusted, and a campaign that was saved before there was this check goes on.
 */
export function htmlTemplateProblem(compiled: CompiledTemplate): string | null {
  return templateProblem(outlineOf(compiled.parts, markValue("")))?.reason ?? null;
}

/** The whole path as the template writes it (`custom.topic`, though already `custom` may be undefined), else null. */
function undefinedVariable(error: Error, cause: Error): string | null {
  if (!("variableName" in cause && typeof cause.variableName === "string")) return null;
  const written = LiquidError.is(error) ? error.token.getText() : "";
  return /^[\w.-]+$/.test(written) ? written : cause.variableName;
}

type Scope = Record<string, unknown>;

/**
 * The values that the template looks up, and no others. Each name becomes an own property even without a value, as does
 * `size` in every object: for a missing `{{ size }}` Liquid would print how many properties there are.
 */
function scopeOf(compiled: CompiledTemplate, variables: Record<string, unknown>): Scope {
  const scope: Scope = Object.create(null);
  scope.size = undefined;
  for (const name of compiled.variables)
    scope[name] = Object.hasOwn(variables, name) ? plain(variables[name], 0) : undefined;
  return scope;
}

/** Nothing but white space and invisible characters. */
const blank = /^[\s\p{Cf}]*$/u;
const deepest = 4;

/** A value as templates see it; what a person would call missing (null, blank, empty) is undefined. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === "string") return blank.test(value) ? undefined : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null || depth > deepest) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, depth + 1)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  const object: Scope = Object.create(null);
  object.size = undefined;
  for (const [name, item] of Object.entries(value)) object[name] = plain(item, depth + 1);
  return object;
}

function explain(error: Error): string {
  const cause = LiquidError.is(error) ? (error.originalError ?? error) : error;
  // liquidjs ends its messages with a position of its own.
  let text = cause.message.replace(/, line:\d+, col:\d+$/s, "");
  const filter = /^undefined filter: (.*)$/s.exec(text)?.[1];
  if (filter !== undefined) text = `there is no filter "${filter}"; there are ${templateFilters.join(", ")}`;
  const tag = /^tag "(.*)" not found$/s.exec(text)?.[1];
  if (tag !== undefined) text = `there is no tag "${tag}" here; there are if, unless, case, assign, comment and raw`;
  if (cause instanceof RangeError) text = "its tags are nested too deep";
  if (!(LiquidError.is(error) || error instanceof PlacedError)) return text;
  const [line, column] = error.token.getPosition();
  return `line ${line}, column ${column}: ${text}`;
}
