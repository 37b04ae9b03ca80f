import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";

/** Whom the demo writes to, read from the CSV file by other means than Herald's, so that it can judge Herald's reading. */
export interface Person {
  firstName: string;
  company: string;
  plan: string;
  topic: string;
  /** What comes after /in/ in the profile's address, in lower case. */
  slug: string;
  /** E.164. */
  phone: string;
  /** In lower case. */
  email: string;
}

/** Lines (from 1, the header's) that can't be imported: each is wrong in another way, as its last column says. */
export const badLines = [11, 22, 34, 41, 48, 58];

/** In the repository, or inside the package. */
export function leadsFile(): string {
  const places = ["../../../examples/leads.csv", "../examples/leads.csv"];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined) throw new Error("examples/leads.csv is missing.");
  return found;
}

/** The good rows, in order. */
export function readPeople(file: string): Person[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const good = lines.filter((_line, index) => !badLines.includes(index + 1)).join("\n");
  const rows = parse(good, { bom: true, columns: true, skip_empty_lines: true }) as Record<string, string>[];
  return rows.map((row) => ({
    firstName: row["First Name"]!,
    company: row.Company!,
    plan: row.Plan!,
    topic: row.Topic!,
    slug: slugOf(row.LinkedIn!),
    phone: row.Mobile!.replace(/[^+\d]/g, ""),
    email: row["E-mail"]!.toLowerCase(),
  }));
}

/** Of an address in any spelling: `LinkedIn.com/in/Jane-Doe?trk=people`, `.../in/jane-doe/en`, `.../in/m%C3%BCller`. */
export function slugOf(profile: string): string {
  return decodeURIComponent(/\/in\/([^/?#]+)/i.exec(profile)?.[1] ?? "").toLowerCase();
}
