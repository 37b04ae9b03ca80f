import {
  AssignTag,
  Context,
  type Emitter,
  evalToken,
  Liquid,
  Output,
  type Template,
  type Token,
  TypeGuards,
  toValueSync,
  Value,
} from "liquidjs";

/**
 * Liquid, cut down to what a message needs and hardened: a template comes from a user and the values in it from
 * strangers. There are no loops and no includes, so that a template is as long as it looks, touches no file, and its time
 * and memory are bounded by its length; `raw` is no filter here, so that nothing gets into HTML unescaped; and an output
 * that would print nothing is an error, never a hole in a message.
 */
const allowedTags = new Set(["if", "unless", "case", "assign", "comment", "raw", "#"]);

/** The filters that templates can use, for error messages and documentation. */
export const templateFilters = [
  ...["default", "capitalize", "upcase", "downcase", "strip", "truncate", "truncatewords", "replace", "remove"],
  ...["append", "prepend", "split", "join", "first", "last", "size", "url_encode"],
  ...["plus", "minus", "times", "divided_by", "round"],
] as const;

/** In characters. Far above what a channel takes, and low enough that parsing is a matter of milliseconds. */
export const sourceLimit = 100_000;
/** In characters. */
export const outputLimit = 100_000;
const markupLimit = 1_000;
const nestingLimit = 20;

const liquid = new Liquid({
  strictFilters: true,
  strictVariables: true,
  lenientIf: true,
  ownPropertyOnly: true,
  parseLimit: sourceLimit,
  // Milliseconds. A wall clock stops for garbage collection too: enough not to fail a sound template on a busy machine.
  renderLimit: 1_000,
  memoryLimit: 1_000_000,
  // An in-memory map of no files takes the place of the file system.
  templates: {},
});
for (const name of Object.keys(liquid.tags)) if (!allowedTags.has(name)) delete liquid.tags[name];
for (const name of Object.keys(liquid.filters)) {
  if (!(templateFilters as readonly string[]).includes(name)) liquid.unregisterFilter(name);
}

/** An output has nothing to print. */
export class EmptyOutput extends Error {
  readonly variable: string;
  constructor(variable: string) {
    super(`${variable} has no value`);
    this.variable = variable;
  }
}

/** Something wrong with one part of a template, with the part's place in it. */
export class PlacedError extends Error {
  readonly token: Template["token"];
  constructor(message: string, part: Template) {
    super(message);
    this.token = part.token;
  }
}

/** A template, ready to render: what the parser found, and every top-level name that it looks up. */
export interface ParsedTemplate {
  readonly parts: Template[];
  readonly names: readonly string[];
}

/**
 * Parses and guards a template. `encode` is applied to every value that is printed. Throws liquidjs's errors, a PlacedError, or a plain Error where no place is to blame.
 */
export function parse(source: string, encode: (text: string) => string): ParsedTemplate {
  if (source.length > sourceLimit) throw new Error(`it has more than ${sourceLimit} characters`);
  // Counted before parsing: the parser recurses into every tag that is opened.
  if (source.split(/\{\{|\{%/).length - 1 > markupLimit) throw new Error(`it has more than ${markupLimit} tags`);
  const parts = liquid.parse(source);
  guard(parts, encode, 0);
  return { parts, names: liquid.variablesSync(parts) };
}

/** The template's own text, branch after branch, with `mark` for every output. What `raw` protects is left out. */
export function outlineOf(parts: readonly Template[], mark: string): string {
  return parts
    .map((part) => {
      if (part instanceof Output) return mark;
      if (part.children) return outlineOf(toValueSync(part.children(false, true)) as Template[], mark);
      return TypeGuards.isHTMLToken(part.token) ? part.token.getContent() : "";
    })
    .join("");
}

/** Renders into one string. Throws liquidjs's errors, some of which wrap `EmptyOutput` or a plain Error. */
export function render(parts: Template[], scope: object): string {
  const emitter = new CappedEmitter();
  const context = new Context(scope, liquid.options, { sync: true }, { liquid });
  toValueSync(liquid.renderer.renderTemplates(parts, context, emitter));
  return emitter.buffer;
}

class CappedEmitter implements Emitter {
  buffer = "";
  write(text: unknown): void {
    this.buffer += String(text);
    if (this.buffer.length > outputLimit) throw new Error(`the text has more than ${outputLimit} characters`);
  }
}

function guard(parts: readonly Template[], encode: (text: string) => string, depth: number): void {
  for (const part of parts) {
    if (depth > nestingLimit) throw new PlacedError(`tags are nested more than ${nestingLimit} deep`, part);
    for (const argument of part.arguments?.() ?? []) if (argument instanceof Value) guardExpression(argument, part);
    if (part.children) guard(toValueSync(part.children(false, true)) as Template[], encode, depth + 1);
    if (part instanceof Output) guardOutput(part, encode);
  }
}

function hasDefault(value: Value): boolean {
  return value.filters.some((filter) => filter.name === "default");
}

/**
 * liquidjs lets a missing variable pass before `default` only if that is the first filter, and lets it pass in every
 * `assign`, from where it would reach an output unseen. Here it passes wherever a `default` follows, and only there.
 */
function guardExpression(value: Value, part: Template): void {
  // `{{ first name }}`: liquidjs would print `first` and drop the rest.
  let operands = 0;
  for (const token of value.initial.postfix) {
    if (!TypeGuards.isOperatorToken(token)) operands += 1;
    else if (token.operator !== "not") operands -= 1;
  }
  if (operands !== 1) {
    throw new PlacedError("two values stand side by side; a variable's name has no spaces", part);
  }
  if (!(part instanceof Output || part instanceof AssignTag)) return;
  value.value = (context) => evaluate(value, context);
}

/**
 * What there is nothing of goes to the `default` that follows, past the filters before it: `append: "!"` would make a text of it, and
 * a hole in a message. What needs no default doesn't look up another variable for one; of several, only the last one has to have a value.
 */
function* evaluate({ initial, filters }: Value, context: Context): Generator<unknown, unknown, unknown> {
  const last = filters.findLastIndex(({ name }) => name === "default");
  let value = yield initial.evaluate(context, last >= 0);
  for (const [i, filter] of filters.entries()) {
    const nothing = value === undefined || value === null || value === "";
    if (filter.name === "default" ? needsNoDefault(value) : nothing && i < last) continue;
    const [fallback] = filter.args;
    // A name and a value: `allow_false: true`.
    const plain = filter.args.length === 1 && !Array.isArray(fallback);
    value =
      filter.name === "default" && i < last && plain
        ? yield evalToken(fallback as Token, context, true)
        : yield filter.render(value, context);
  }
  return value;
}

const needsNoDefault = (value: unknown) =>
  value === true ||
  typeof value === "number" ||
  ((typeof value === "string" || Array.isArray(value)) && value.length > 0);

/** The parser makes `Output`s itself, so that each is given its own `render` instead of being another class. */
function guardOutput(output: Output, encode: (text: string) => string): void {
  const label = (output.token as { content?: string }).content?.split("|")[0]?.trim() ?? "An output";
  const mayBeEmpty = hasDefault(output.value);
  output.render = function* (context, emitter) {
    const text = print(yield output.value.value(context), label);
    if (text.trim() === "" && !mayBeEmpty) throw new EmptyOutput(label);
    emitter.write(encode(text));
  };
}

function print(value: unknown, label: string): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return String(value);
  if (Array.isArray(value)) return value.map((item) => print(item, label)).join(", ");
  throw new Error(typeof value === "number" ? `${label} is not a number` : `${label} is not a text`);
}
