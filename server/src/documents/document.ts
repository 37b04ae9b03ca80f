import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DocumentLimits, Opening, Reading } from "./reading.ts";

/**
 * The text of a file that somebody wants as knowledge: PDF, DOCX, or a text already. PDF and DOCX are read in a process of
 * their own, which has neither secrets nor the database, may read the two libraries and nothing else, and ends when it has
 * taken too long or too much memory: a file can be made to do both.
 */

/** Bytes of a file at most. */
export const largestDocument = 10 * 1024 * 1024;

const usual: DocumentLimits = { deadlineMs: 30_000, memoryMiB: 512, pages: 1_000, characters: 500_000 };

export type DocumentText =
  | { ok: true; kind: "text" | "pdf" | "docx"; text: string /** Of a PDF. */; pages: number | null }
  /** `detail`: in a sentence, what is wrong with the file and what to do. */
  | { ok: false; detail: string };

/** `.ts` in the sources, `.js` in the package. */
const entry = join(import.meta.dirname, `reader${extname(import.meta.filename)}`);
/** Node looks there to know what kind of module the entry is. */
const ownPackage = join(import.meta.dirname, "../../package.json");

const failed = (detail: string): DocumentText => ({ ok: false, detail });

/** Takes the text out of a file. Never throws because of what is in it. `signal`: nobody waits for it any more. */
export async function readDocument(
  bytes: Buffer,
  { limits = {}, signal }: { limits?: Partial<DocumentLimits>; signal?: AbortSignal } = {},
): Promise<DocumentText> {
  const bounds = { ...usual, ...limits };
  const kind = kindOf(bytes);
  if (kind === "text") {
    const text = decode(bytes);
    if (text === null)
      return failed("This is none of the files that can be read: PDF, DOCX, and texts in UTF-8 or UTF-16.");
    return finished("text", text, null, bounds);
  }
  if (kind === "old_office")
    return failed(
      "This is a Word document of the old kind (.doc), or one with a password. Save it in Word as .docx, without a password.",
    );
  const reading = await readApart(bytes, kind, bounds, signal);
  return reading.ok ? finished(kind, reading.text, reading.pages, bounds) : failed(inWords(reading.why, kind, bounds));
}

/** By what it begins with: names say little. Some programs put a few bytes before a PDF. */
function kindOf(bytes: Buffer): "pdf" | "docx" | "old_office" | "text" {
  if (bytes.subarray(0, 1024).includes("%PDF-")) return "pdf";
  const head = bytes.subarray(0, 4).toString("latin1");
  if (head === "PK\x03\x04" || head === "PK\x05\x06") return "docx";
  return head === "\xd0\xcf\x11\xe0" ? "old_office" : "text";
}

/** UTF-8, or UTF-16 with its mark, as Windows' Notepad writes; null: it is no text. */
function decode(bytes: Buffer): string | null {
  const [first, second] = bytes;
  const label =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function finished(
  kind: "text" | "pdf" | "docx",
  text: string,
  pages: number | null,
  { characters }: DocumentLimits,
): DocumentText {
  // Nothing that PostgreSQL couldn't store, and no lines of nothing.
  const tidy = text
    .toWellFormed()
    .replaceAll("\0", "")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (tidy === "")
    return failed(
      kind === "pdf"
        ? "No text is in this PDF: its pages are pictures, as a scanner makes them. Let a program for text recognition (OCR) read it first, or write down what counts."
        : "No text is in this file.",
    );
  if (tidy.length > characters) return failed(inWords("too_long", kind, { ...usual, characters }));
  return { ok: true, kind, text: tidy, pages };
}

type Why = Extract<Reading, { ok: false }>["why"] | "too_slow" | "gone";

function inWords(why: Why, kind: "text" | "pdf" | "docx", limits: DocumentLimits): string {
  const name = { text: "file", pdf: "PDF", docx: "DOCX" }[kind];
  const inEnglish = (n: number) => n.toLocaleString("en-US");
  switch (why) {
    case "encrypted":
      return `This ${name} has a password. Save it without one, and try again.`;
    case "too_many_pages":
      return `This ${name} has more than ${inEnglish(limits.pages)} pages. Split it, and add the parts that count.`;
    case "too_long":
      return `This ${name} has more than ${inEnglish(limits.characters)} characters of text. Split it, and add the parts that count.`;
    case "no_document":
      return "This ZIP file is no Word document (.docx). Unpack it, and add its files one by one.";
    case "broken":
      return `This ${name} can't be read: it is damaged, or was cut off. Save it anew with the program that made it, and try again.`;
    case "too_slow":
      return `This ${name} takes longer than ${limits.deadlineMs / 1000} seconds to read. Save it anew without pictures, split it, or add its text.`;
    case "gone":
      return `This ${name} needs more memory than reading it may take (${limits.memoryMiB} MiB), or broke what reads it. Save it anew without pictures, split it, or add its text.`;
  }
}

type Apart = Extract<Reading, { ok: true }> | { ok: false; why: Why };

function readApart(bytes: Buffer, kind: "pdf" | "docx", limits: DocumentLimits, signal?: AbortSignal): Promise<Apart> {
  const library = createRequire(import.meta.url).resolve(kind === "pdf" ? "unpdf" : "fflate");
  const opening: Opening = { kind, library: pathToFileURL(library).href, limits, parent: process.pid };
  const { SystemRoot } = process.env;
  const child = spawn(
    process.execPath,
    [
      ...["--permission", "--allow-worker", "--no-warnings"],
      ...[import.meta.dirname, ownPackage, dirname(library), join(dirname(library), "../package.json")].map(
        (path) => `--allow-fs-read=${path}`,
      ),
      ...[`--max-old-space-size=${limits.memoryMiB}`, entry, JSON.stringify(opening)],
    ],
    // Nothing that this process was started with, its secrets least of all; Windows can't start one without SystemRoot.
    { env: SystemRoot === undefined ? {} : { SystemRoot }, stdio: ["pipe", "pipe", "ignore"] },
  );
  sacrificeFirst(child);
  return new Promise((resolve) => {
    let why: Why = "gone";
    const end = (because: Why) => {
      why = because;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => end("too_slow"), limits.deadlineMs);
    const leave = () => end("gone");
    signal?.addEventListener("abort", leave, { once: true });
    if (signal?.aborted) leave();
    const said: Buffer[] = [];
    let size = 0;
    child.stdout!.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What it says is judged as the file is: it may have been taken over. JSON writes a character in six bytes at most.
      if (size > limits.characters * 6 + 1_000) end("gone");
      else said.push(chunk);
    });
    // It may be gone before it has read all.
    child.stdin!.on("error", () => {});
    child.stdin!.end(bytes);
    child.on("error", () => {});
    child.on("close", (code) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
      resolve(code === 0 ? answerOf(Buffer.concat(said).toString("utf8")) : { ok: false, why });
    });
  });
}

function answerOf(text: string): Apart {
  try {
    const reading = JSON.parse(text) as Reading;
    if (!reading.ok) return { ok: false, why: reading.why };
    return { ok: true, text: String(reading.text), pages: reading.pages === null ? null : Number(reading.pages) };
  } catch {
    return { ok: false, why: "gone" };
  }
}

/** Where the machine is out of memory, Linux ends this one before Herald or the database. */
function sacrificeFirst({ pid }: ChildProcess): void {
  if (process.platform !== "linux" || pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Only a precaution.
  }
}
