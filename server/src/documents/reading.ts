/** What Herald and the process that reads a file for it (`reader.ts`) say to each other. */

export interface DocumentLimits {
  /** Milliseconds that reading may take. */
  deadlineMs: number;
  /** MiB of memory that reading may take. */
  memoryMiB: number;
  /** Pages of a PDF. */
  pages: number;
  /** Characters of text. */
  characters: number;
}

/** What it is told, as its one argument in JSON. */
export interface Opening {
  kind: "pdf" | "docx";
  /** The address of the library's module. */
  library: string;
  limits: DocumentLimits;
  /** The process that this one works for. */
  parent: number;
}

export type Reading =
  | { ok: true; text: string; pages: number | null }
  | { ok: false; why: "encrypted" | "too_many_pages" | "too_long" | "no_document" | "broken" };

/** What is wrong with a file, as the readers throw it. */
export class Unreadable extends Error {
  readonly why: Extract<Reading, { ok: false }>["why"];
  constructor(why: Unreadable["why"]) {
    super(why);
    this.why = why;
  }
}
