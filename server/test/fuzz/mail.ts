import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Reading } from "../../src/domain/inbound.ts";
import { readMail } from "../../src/sources/mail/read-mail.ts";
import { keptMail, mailMeta } from "../../src/sources/mailbox/kept-mail.ts";
import { mostKept } from "../../src/sources/mailbox/reader.ts";

/**
 * Mails that nobody would write: the fixtures, mutated. Whatever comes is read within a second and in bounded memory, throws nothing, and
 * gives what can be stored. `node server/test/fuzz/mail.ts --count 100000 --seed 1`; a failure names the seed and number that repeat it.
 */

const owner = { senderId: "sender_1", address: "ada@example.com" };
const folder = new URL("../fixtures/mail/", import.meta.url);

/** Of memory, at any time, however many mails are read. */
const mostMib = 512;

export interface FuzzResult {
  mails: number;
  kinds: Record<string, number>;
  /** Processor time. */
  slowestMs: number;
  /** The seed and number of the slowest. */
  slowest: string;
}

/** Numbers from 0 to `below`, the same for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** What is put into mails somewhere. */
const nasty: readonly ((pick: (below: number) => number) => string)[] = [
  () => "\0",
  () => "\r\n\r\n",
  () => "\r\n--b\r\n",
  () => "\xff\xfe\xed\xa0\x80",
  (pick) => "=?utf-8?B?".repeat(1 + pick(200)),
  (pick) => "<".repeat(pick(5_000)),
  (pick) => "(".repeat(pick(2_000)),
  (pick) => `\r\nReferences: ${"<a@b>\r\n ".repeat(pick(2_000))}`,
  (pick) => `\r\nTo: ${'"a" <a@b.c>, '.repeat(pick(2_000))}`,
  (pick) => `\r\nX: ${"y".repeat(pick(50_000))}\r\n`,
  () => "\r\nContent-Type: multipart/mixed; boundary=b\r\n",
  () => '\r\nContent-Type: text/html; charset="x-unknown"\r\n',
  () => "\r\nContent-Type: text/plain; charset=utf-7; format=flowed\r\nContent-Transfer-Encoding: base64\r\n",
  () => "\r\nContent-Type: message/rfc822\r\n",
  (pick) =>
    Array.from(
      { length: pick(300) },
      (_, n) => `--${n || "b"}\r\nContent-Type: multipart/mixed; boundary="${n + 1}"\r\n\r\n`,
    ).join(""),
  (pick) => "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(pick(500)),
  (pick) => "<div><blockquote>".repeat(pick(2_000)),
  (pick) => "<script>".repeat(pick(2_000)),
  (pick) => "&#x1F600;&#0;&#xD800;&bogus;".repeat(pick(500)),
  (pick) => `On ${"2026 ".repeat(pick(100))}wrote\n`.repeat(pick(200)),
  (pick) => "> ".repeat(pick(500)),
  (pick) => "\r\nFinal-Recipient: rfc822; a@b.c\r\nStatus: 5.1.1\r\n\r\n".repeat(pick(500)),
];

/** The mail of this number. */
export function mutatedMail(seed: number, n: number): Buffer {
  const pick = numbers(seed * 1_000_003 + n);
  let mail: Buffer = corpus[pick(corpus.length)]!;
  for (let rounds = 1 + pick(4); rounds > 0; rounds--) mail = mutate(mail, pick).subarray(0, mostKept);
  return mail;
}

const corpus = readdirSync(folder).map((name) =>
  Buffer.from(readFileSync(new URL(name, folder), "latin1").replaceAll("\n", "\r\n"), "latin1"),
);

function mutate(mail: Buffer, pick: (below: number) => number): Buffer {
  const [a, b] = [pick(mail.length + 1), pick(mail.length + 1)].sort((x, y) => x - y) as [number, number];
  switch (pick(7)) {
    case 0: {
      const copy = Buffer.from(mail);
      for (let n = pick(20); n >= 0 && copy.length > 0; n--) copy[pick(copy.length)] = pick(256);
      return copy;
    }
    case 1:
      return Buffer.concat([mail.subarray(0, a), mail.subarray(b)]);
    case 2:
      return Buffer.concat([mail.subarray(0, b), mail.subarray(a)]);
    case 3:
      return mail.subarray(0, b);
    case 4:
      return Buffer.concat([mail.subarray(0, a), corpus[pick(corpus.length)]!.subarray(pick(300))]);
    default:
      return Buffer.concat([
        mail.subarray(0, a),
        Buffer.from(nasty[pick(nasty.length)]!(pick), "latin1"),
        mail.subarray(a),
      ]);
  }
}

/** Reads mails until `count` are done, or `ms` are over. @throws Error that names the mail. */
export async function fuzzMails({
  seed,
  count,
  ms = Number.POSITIVE_INFINITY,
}: {
  seed: number;
  count: number;
  ms?: number;
}): Promise<FuzzResult> {
  const result: FuzzResult = { mails: 0, kinds: {}, slowestMs: 0, slowest: "" };
  const end = performance.now() + ms;
  for (let n = 0; n < count && performance.now() < end; n++) {
    const mail = mutatedMail(seed, n);
    const name = `--seed ${seed}, mail ${n}`;
    // Not the clock: others use this machine, too.
    const begun = process.cpuUsage();
    const { deliveryId, contentType } = keptMail({
      ...{
        folder: n % 5 === 0 ? "sent" : "inbox",
        uid: n + 1,
        source: mail,
        size: mail.length,
        internalDate: new Date(0),
        problem: null,
      },
    });
    const reading = await readMail(mail, mailMeta(contentType)!, owner).catch((cause) => {
      throw new Error(`${name}: it threw`, { cause });
    });
    const { user, system } = process.cpuUsage(begun);
    const took = (user + system) / 1_000;
    if (took > result.slowestMs) Object.assign(result, { slowestMs: took, slowest: name });
    const problem = /^[\x21-\x7e]{1,200}$/.test(deliveryId) ? problemOf(reading) : `the delivery ID ${deliveryId}`;
    if (problem) throw new Error(`${name}: ${problem}`);
    const kind = reading.kind === "facts" ? reading.type! : reading.kind;
    result.kinds[kind] = (result.kinds[kind] ?? 0) + 1;
    result.mails += 1;
  }
  return result;
}

/** What can't be stored of it, or is too much; null: nothing. */
function problemOf(reading: Reading): string | null {
  const text = JSON.stringify(reading);
  if (text.length > 1_500_000) return `${text.length} characters`;
  let problem: string | null = null;
  JSON.parse(text, (key, value) => {
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed()))
      problem = `${key} can't be stored`;
    return value;
  });
  return problem;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
  });
  const begun = performance.now();
  const result = await fuzzMails({ seed: Number(values.seed), count: Number(values.count) });
  // The most that it took at any time. A mail has half a megabyte, and nothing of one is kept for the next.
  const mib = Math.round(process.resourceUsage().maxRSS / 1_024);
  if (mib > mostMib) throw new Error(`It took ${mib} MiB at a time, and not at most ${mostMib}.`);
  if (result.slowestMs > 1_000) throw new Error(`${result.slowest} took ${Math.round(result.slowestMs)} ms.`);
  console.log(
    `${result.mails} mutated mails in ${((performance.now() - begun) / 1000).toFixed(1)} s (seed ${values.seed}): nothing thrown, all that came out can be stored.`,
  );
  console.log(`The slowest took ${Math.round(result.slowestMs)} ms (${result.slowest}); ${mib} MiB at most.`);
  console.log(result.kinds);
}
