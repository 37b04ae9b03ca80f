import { hash } from "node:crypto";

/** Reading what others send: nothing is taken for granted, and nothing throws. */

export type Json = Record<string, unknown>;

export function objectOf(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** Levels of lists and objects at most: what is deeper can't be stored, and is nothing that anybody means. */
const maxDepth = 64;

/** Whether no more lists and objects are opened than may be open at once: nearly all bodies, and found out much faster. */
function opensFew(text: string): boolean {
  let opened = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++opened > maxDepth) return false;
    }
  }
  return true;
}

function isTooDeep(text: string): boolean {
  if (opensFew(text)) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 92) i += 1;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === 125 || code === 93) depth -= 1;
  }
  return false;
}

/** A body's text without the mark that programs of Windows begin a file with, which is no part of JSON (RFC 8259, 8.1). */
export function jsonText(body: Buffer): string {
  const text = body.toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** What was parsed last: a request is asked for its ID, and from whom it is, one after the other. */
let latest: { body: Buffer; object: Json | null } | null = null;

/**
 * Null: it is no object, or one that is more than 64 levels deep. Of a key that is there twice the last one counts. The same body
 * may get the same object again: nobody changes either.
 */
export function parseObject(body: Buffer): Json | null {
  if (latest?.body !== body) latest = { body, object: parsed(body) };
  return latest.object;
}

function parsed(body: Buffer): Json | null {
  try {
    const text = jsonText(body);
    return isTooDeep(text) ? null : objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A text that can be stored: PostgreSQL's can't hold NUL, nor half of a surrogate pair. Null where there is none. */
export function textOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value !== "string") return null;
  const text = value.replaceAll("\0", "\u2400").toWellFormed();
  return text.trim() === "" ? null : text;
}

/** An integer of at least 0 that PostgreSQL's can hold. */
export function countOf(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647 ? value : null;
}

/** The number of a step, which counts from 1; what can be none is none. */
export function stepOf(value: unknown): number | null {
  const step = countOf(value);
  return step !== null && step >= 1 && step <= 10_000 ? step : null;
}

/** A day and a time without a zone, which `Date.parse` would take for one of this machine's. */
const zoneless = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?$/;

/** From this number on, a unix time is in milliseconds: as milliseconds it is March 1973, as seconds the year 5138. */
const firstMilliseconds = 100_000_000_000;

/**
 * Unix milliseconds of an ISO 8601 time, in UTC where it names no zone, or of a unix time in seconds or milliseconds (from 2001 on, as
 * a number or its digits); what has not even a year is none.
 */
export function timeOf(value: unknown): number | null {
  const unix =
    typeof value === "number" ? value : typeof value === "string" && /^\d{10,13}$/.test(value) ? Number(value) : null;
  if (unix !== null)
    return unix >= 1e9 && unix < 1e13 ? Math.round(unix < firstMilliseconds ? unix * 1000 : unix) : null;
  if (typeof value !== "string" || !/\d{4}/.test(value)) return null;
  const ms = Date.parse(zoneless.test(value) ? `${value.replace(",", ".")}Z` : value);
  return Number.isFinite(ms) ? ms : null;
}

/** What can be stored as JSON: without NUL and halves of surrogate pairs, wherever they are. */
export function storable(value: Json): Json {
  const text = JSON.stringify(value);
  // JSON has both as escapes, and nothing else that is common.
  if (!text.includes("\\u")) return value;
  const clean = (text: string) => text.replaceAll("\0", "\u2400").toWellFormed();
  return JSON.parse(
    JSON.stringify(value, (_, inner) => {
      if (typeof inner === "string") return clean(inner);
      const object = objectOf(inner);
      if (!object || Object.keys(object).every((key) => clean(key) === key)) return inner;
      return Object.fromEntries(Object.entries(object).map(([key, one]) => [clean(key), one]));
    }),
  ) as Json;
}

/** For what has no ID of its own. */
export function bodyHash(body: Buffer): string {
  return `sha256:${hash("sha256", body, "hex")}`;
}

/** An ID as it is kept; one that is too long, or can't be stored, is hashed. */
export function deliveryIdOf(id: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(id) ? id : bodyHash(Buffer.from(id));
}
