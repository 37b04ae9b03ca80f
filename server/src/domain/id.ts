import { randomFillSync } from "node:crypto";

/**
 * IDs. Every entity has a TypeID: a short type prefix, an underscore, and a UUIDv7 in Crockford base32 (26 characters),
 * so that an ID says what it names, sorts by creation time and needs no coordination.
 * Events alone have another form, `evt_<13-digit unix ms>_<9 of a-z0-9>`, which existing webhook handlers expect.
 */

export const idPrefixes = {
  workspace: "ws",
  apiKey: "key",
  lead: "lead",
  sender: "sender",
  campaign: "camp",
  step: "step",
  message: "msg",
  task: "task",
  conversation: "conv",
  destination: "dest",
  source: "src",
  received: "rcv",
  leadImport: "imp",
  replay: "replay",
  audit: "audit",
  consent: "consent",
  approval: "appr",
  erasure: "erasure",
  profile: "prof",
  knowledge: "know",
  turn: "turn",
  condition: "cond",
  context: "ctx",
  user: "user",
  session: "sess",
  invitation: "inv",
  view: "view",
  snippet: "snip",
} as const;

export type IdKind = keyof typeof idPrefixes;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** 128 bits as 26 base32 characters, most significant first (the first character holds only 3 bits). */
function base32(bytes: Uint8Array): string {
  let out = "";
  // Two bits of nothing before the first byte make 130 bits: 26 groups of five.
  let held = 0;
  let bits = 2;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return out;
}

/** Random bytes are drawn by the page: one call of the generator for each ID was a tenth of a busy process's time. */
const pool = Buffer.allocUnsafe(8_192);
let used = pool.length;

function random(size: number): Buffer {
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + size));
  used += size;
  return bytes;
}

let latestAt = 0;
let inThisMillisecond = 0;

/**
 * UUIDv7 bytes: 48 bits of unix milliseconds, 12 that count within the millisecond (RFC 9562, 6.2, method 1), then random
 * bits with version and variant set. What one process makes in a row sorts as it was made: items that came in together
 * are taken in their order. After 2,048 in one millisecond the rest of it is in no order.
 */
function uuidv7(now: number): Uint8Array {
  const bytes = random(16);
  if (now === latestAt) inThisMillisecond = Math.min(inThisMillisecond + 1, 0xfff);
  else {
    latestAt = now;
    inThisMillisecond = bytes.readUInt16BE(6) & 0x7ff;
  }
  bytes.writeUIntBE(now, 0, 6);
  bytes.writeUInt16BE(0x7000 | inThisMillisecond, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

/** A new ID, for example `lead_01k9...`. `now` is unix milliseconds and becomes the ID's sort key. */
export function newId(kind: IdKind, now: number = Date.now()): string {
  return `${idPrefixes[kind]}_${base32(uuidv7(now))}`;
}

/** Whether `value` has the form of an ID of this kind. Says nothing about whether it exists. */
export function isId(kind: IdKind, value: string): boolean {
  const prefix = `${idPrefixes[kind]}_`;
  return value.startsWith(prefix) && /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(value.slice(prefix.length));
}

/** The 16 bytes of an ID. */
export function idBytes(id: string): Uint8Array {
  let bits = 0n;
  for (const character of id.slice(id.indexOf("_") + 1)) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return Buffer.from(bits.toString(16).padStart(32, "0"), "hex");
}

/** The ID of these 16 bytes. */
export function idOfBytes(kind: IdKind, bytes: Uint8Array): string {
  return `${idPrefixes[kind]}_${base32(bytes)}`;
}

/** Unix milliseconds at which an ID was made. */
export const idTime = (id: string): number => Buffer.from(idBytes(id)).readUIntBE(0, 6);

/** What no ID of this kind sorts before that was made at these unix milliseconds or later; up to the year 9999. */
export function idFloor(kind: IdKind, ms: number): string {
  const bytes = Buffer.alloc(16);
  // None was made before 1970.
  bytes.writeUIntBE(Math.max(0, ms), 0, 6);
  return idOfBytes(kind, bytes);
}

/** In the order in which PostgreSQL and JavaScript sort them. */
const eventAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
const turns = 36 * 36;
let turn = 0;
let turnAt = 0;

/**
 * A new event ID: the event's time in unix milliseconds, then two characters that count up in this process, so that what
 * it notes in one millisecond (or what is stored under one, see `recordingSlackMs`) sorts as it was noted, and seven random
 * ones (78 billion values). Of more than a thousand in one millisecond the last have no order.
 */
export function newEventId(at: number): string {
  turn = at !== turnAt && turn >= turns / 2 ? 0 : Math.min(turn + 1, turns - 1);
  turnAt = at;
  const bytes = random(7);
  let tail = `${eventAlphabet[Math.floor(turn / 36)]}${eventAlphabet[turn % 36]}`;
  // 36 does not divide 256: the bias (7 values against 8) costs 0.02 bits a character and no uniqueness that matters.
  for (const byte of bytes) tail += eventAlphabet[byte % 36];
  return `evt_${String(at).padStart(13, "0")}_${tail}`;
}

/** The unix milliseconds inside an event ID, or null where `id` isn't one. */
export function eventIdTime(id: string): number | null {
  // On the hot path, three times a delivery: a regular expression makes three objects each time.
  if (id.length !== 27 || !id.startsWith("evt_") || id[17] !== "_") return null;
  let at = 0;
  for (let i = 4; i < 17; i++) {
    const digit = id.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    at = at * 10 + digit;
  }
  for (let i = 18; i < 27; i++) {
    const code = id.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 122))) return null;
  }
  return at;
}

let second = Number.NaN;
let beforeMillis = "";

/**
 * The time of an event as formats tell it: ISO 8601 in UTC with milliseconds. `at`: unix milliseconds, as in an event's ID. Events that
 * go out together are mostly of one second, whose text is kept: making it anew took a hundredth of a delivery.
 */
export function eventTimestamp(at: number): string {
  const of = Math.floor(at / 1000);
  if (of !== second) {
    beforeMillis = new Date(of * 1000).toISOString().slice(0, -4);
    second = of;
  }
  return `${beforeMillis}${String(at - of * 1000).padStart(3, "0")}Z`;
}
