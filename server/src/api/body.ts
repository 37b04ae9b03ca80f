import { isUtf8 } from "node:buffer";
import { HeraldError } from "../domain/error.ts";
import { invalid } from "./validate.ts";

/** Levels of lists and objects in a body at most. */
const maxDepth = 64;

/**
 * JSON as the API takes it: UTF-8, and without what no part of Herald could store or should ever merge. Nothing for an
 * empty body, which many clients send with a JSON content type on calls that take none.
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new HeraldError("malformed_json", "The body is not UTF-8.");
  let text = bytes.toString("utf8");
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HeraldError("malformed_json", `The body is not JSON: ${position(text, error as Error)}`);
  }
  // What is looked for can only be written with one of these; the look over all values is spared to most requests.
  if (text.includes("\\u") || text.includes("__proto__") || text.includes('"constructor"') || mayBeDeep(text))
    refuseUnsound(value);
  return value;
}

/** Whether brackets, those in texts among them, are open more levels deep than may be. What checks schemas goes as deep as a body does. */
function mayBeDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // [ and {, ] and }: nothing else has their bits beside the case bit.
    if ((code | 0x20) === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** V8's message without the piece of the body that it quotes: that could be a secret, and messages are logged by clients. */
function position(text: string, error: Error): string {
  const at = /at position (\d+)/.exec(error.message)?.[1];
  if (at === undefined) return "it ends too early, or something in it has no meaning in JSON.";
  const before = text.slice(0, Number(at)).split("\n");
  return `look at line ${before.length}, column ${before.at(-1)!.length + 1}.`;
}

/**
 * Throws where a text can't be stored (PostgreSQL refuses NUL; half of a surrogate pair has no UTF-8), and where a key
 * would reach an object's prototype if somebody merged the object into another.
 */
function refuseUnsound(root: unknown): void {
  const stack: { value: unknown; path: readonly string[] }[] = [{ value: root, path: [] }];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { value, path } = entry;
    if (typeof value === "string") {
      const reason = textProblem(value);
      if (reason) throw invalid([{ field: path.join(".") || "body", reason }]);
    } else if (typeof value === "object" && value !== null) {
      if (path.length >= maxDepth) throw invalid([{ field: "body", reason: `More than ${maxDepth} levels deep.` }]);
      for (const key of Object.keys(value)) {
        const inner = (value as Record<string, unknown>)[key];
        const reason = Array.isArray(value)
          ? null
          : keyProblem(key, Object.getOwnPropertyDescriptor(value, key)?.value);
        if (reason) throw invalid([{ field: [...path, key].join(".").replaceAll("\0", "\\u0000"), reason }]);
        stack.push({ value: inner, path: [...path, key] });
      }
    }
  }
}

function keyProblem(key: string, value: unknown): string | null {
  if (key === "__proto__") return "This name can't be used for a field.";
  if (key === "constructor" && typeof value === "object" && value !== null && Object.hasOwn(value, "prototype")) {
    return "This name can't be used for a field.";
  }
  return textProblem(key);
}

/** Null, or why this text can't be stored. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "This has a NUL character in it, which can't be stored.";
  if (!text.isWellFormed()) return "This has half of a character in it (a lone surrogate); it was probably cut off.";
  return null;
}
