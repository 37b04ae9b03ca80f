import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** A list of leads as a prospecting tool exports it, the same for the same size. */
export interface LeadFile {
  path: string;
  rows: number;
  /** Rows that repeat an earlier one: one in a hundred. */
  duplicates: number;
  /** SHA-256 of the distinct email addresses, sorted bytewise, each with a line feed. */
  emailsSha256: string;
}

/** mulberry32: a small generator of numbers in [0, 1) that gives the same sequence for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const firstNames = ["Jane", "José", "Anna", "Wei", "Olu", "Márta", "Liam", "Noor", "Sofia", "Yuki", "Max", "Zoë"];
const lastNames = ["Doe", "García", "Nowak", "Zhang", "Adeyemi", "O'Neill", "Smith", "Khan", "Müller", "Tanaka"];
const companies = ["Acme", '"Northwind, Inc."', "Globex", "Initech", '"Stark ""Industries"""', "Umbrella", "Hooli"];
const titles = ["CEO", "Head of Sales", '"VP, Operations"', "Engineer", "Founder", ""];
const zones = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", ""];

export const header = "First Name,Last Name,Company,Title,LinkedIn URL,Phone,Email,Time Zone,Tags,Topic";

/** Writes the file. Every row has three addresses of its own, so that each of the three is looked up. */
export async function writeLeadFile(path: string, rows: number): Promise<LeadFile> {
  const next = random(42);
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)]!;
  const file = createWriteStream(path, { mode: 0o644, highWaterMark: 1 << 20 });
  const emails: string[] = [];
  let duplicates = 0;
  let earlier = "";
  file.write(`${header}\n`);
  for (let n = 0; n < rows; n++) {
    let row = earlier;
    if (n % 100 === 99) duplicates += 1;
    else {
      const email = `jane.${n.toString(36)}@example-${n % 97}.com`;
      emails.push(email);
      const phone = `(303) ${200 + Math.floor(n / 10_000)}-${String(n % 10_000).padStart(4, "0")}`;
      const slug = `https://www.linkedin.com/in/jane-doe-${n.toString(36)}/`;
      row = `${pick(firstNames)},${pick(lastNames)},${pick(companies)},${pick(titles)},${slug},${phone},${email},${pick(zones)},q3;${n % 7},"Topic ${n % 50}, with a comma"\n`;
      if (next() < 0.2) earlier = row;
    }
    if (!file.write(row || earlier)) await once(file, "drain");
  }
  file.end();
  await finished(file);
  return { path, rows, duplicates, emailsSha256: digest(emails) };
}

/** The digest by which the stored addresses are compared with the file's. */
export function digest(emails: string[]): string {
  const hash = createHash("sha256");
  for (const email of emails.sort()) hash.update(`${email}\n`);
  return hash.digest("hex");
}
