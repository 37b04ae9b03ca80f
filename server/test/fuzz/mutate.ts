import { gzipSync } from "node:zlib";

/** Ways to spoil what a sender sends. All of it follows from the random numbers, so that a seed repeats it. */

export type Random = () => number;

export const below = (random: Random, n: number): number => Math.floor(random() * n);
export const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

/** What parsers, databases and prototypes have stumbled over. */
const nasty: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    2 ** 53,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff x",
    "\u202e",
    "\ufeff",
    "é".repeat(3_000),
  ],
  ...["x".repeat(100_000), "__proto__", "constructor", "toString", "'; drop table lead; --", "$1", "{{firstName}}"],
  ...["9999-99-99T99:99:99Z", "-271821-04-20T00:00:00.000Z", "+275760-09-13T00:00:00.000Z", "0001-01-01T00:00:00Z"],
  ...[
    "+1",
    "+".repeat(50),
    "00000000000",
    "a@b",
    "https://linkedin.com/in/",
    "https://www.linkedin.com/in/%00",
    "javascript:1",
  ],
  ...[[], {}, [[[[[[]]]]]], { a: { b: { c: {} } } }, { toJSON: 1 }, [null, "x", 1]],
];

const pieces: readonly string[] = [
  ...[
    "\0",
    "\x80",
    "\xff\xfe",
    '"',
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "&",
    "=",
    "%",
    "%00",
    "%zz",
    "\r\n",
  ],
  ...['"__proto__":{"x":1},', '{"event":', "1e999", "NaN", "-", "\u2028", "[".repeat(300), '{"a":'.repeat(300)],
];

/** Changes a JSON value somewhere. */
export function mutateJson(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random() < 0.15) return pick(random, nasty);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[below(random, keys.length)];
  if (key === undefined || random() < 0.1)
    return { ...copy, [pick(random, ["__proto__x", "x", "\0", "data", ""])]: pick(random, nasty) };
  const way = random();
  if (way < 0.2) delete copy[key];
  else copy[key] = mutateJson(random, copy[key]);
  return copy;
}

/** Changes bytes somewhere. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const at = below(random, bytes.length + 1);
  const to = Math.min(bytes.length, at + below(random, 40));
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (below(random, 9)) {
    case 0:
      return Buffer.concat([before, bytes.subarray(to)]);
    case 1:
      return Buffer.concat([before, Buffer.from(pick(random, pieces), "latin1"), after]);
    case 2:
      return before;
    case 3:
      return Buffer.concat([before, bytes.subarray(at, to), after]);
    case 4: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[below(random, copy.length)]! ^= 1 << below(random, 8);
      return copy;
    }
    case 5:
      return Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)));
    case 6:
      return gzipSync(bytes);
    case 7:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    default:
      return Buffer.from(bytes.toString("utf8"), "utf16le");
  }
}

/** Changes, drops, doubles or adds a header. */
export function mutateHeaders(random: Random, headers: Record<string, string>): Record<string, string> {
  const copy = { ...headers };
  const name = pick(random, Object.keys(copy));
  const value = copy[name] ?? "";
  const at = below(random, value.length + 1);
  switch (below(random, 8)) {
    case 0:
      delete copy[name];
      break;
    case 1:
      copy[name] = value.slice(0, at);
      break;
    case 2:
      copy[name] = `${value}, ${value}`;
      break;
    case 3:
      copy[name] = value.toUpperCase();
      break;
    case 4:
      copy[name] =
        value.slice(0, at) + pick(random, ["\u00e9", "=", ",", " ", "v1,", "t=0,", "0", "s="]) + value.slice(at);
      break;
    case 5:
      copy[pick(random, ["content-type", "content-encoding", "x-forwarded-proto", "x-forwarded-host", "host"])] = pick(
        random,
        [
          ...[
            "gzip",
            "application/xml",
            "multipart/form-data; boundary=x",
            "http",
            "https",
            "evil.example.com, a",
            "[::1]:99",
            "",
          ],
        ],
      );
      break;
    case 6:
      copy[name] = "x".repeat(10_000);
      break;
    default:
      copy[name] = pick(random, ["", " ", "t=,s=", "v1,", "v1a,AAAA", "0", "-1", "9".repeat(400)]);
  }
  return copy;
}
