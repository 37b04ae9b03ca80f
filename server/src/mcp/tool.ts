import { z } from "zod";

/** How tools reach Herald's public API: with the caller's own key, so that a tool can do what its key can, and no more. */
export interface HeraldCalls {
  /** @throws CallRefused for an answer other than 2xx, and where there is none */
  call<T = Json>(method: "GET" | "POST", path: string, options?: CallOptions): Promise<T>;
}

export interface CallOptions {
  /** What is undefined is left out. */
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
}

/** A query as it stands behind a path; empty where there is none. */
export function queryOf(query: CallOptions["query"] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** Herald refused a call, or nobody answered it: the message is for whoever called the tool. */
export class CallRefused extends Error {}

// biome-ignore lint/suspicious/noExplicitAny: answers of the API in JSON, which tools cut down and pass on.
export type Json = any;

/**
 * What a tool does to the world: `read` and `draft` change nothing that a lead notices, `ask` lets something go out once a
 * person has approved it, `stop` only holds things up.
 */
export type ToolKind = "read" | "draft" | "ask" | "stop";

/** A tool is data and one function, as an endpoint is. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  kind: ToolKind;
  input: z.ZodObject;
  run(herald: HeraldCalls, input: Json): Promise<Json>;
}

/** Checks the definition's types against each other. */
export function tool<I extends z.ZodObject>(
  definition: Omit<Tool, "input" | "run"> & {
    input: I;
    run(herald: HeraldCalls, input: z.output<I>): Promise<Json>;
  },
): Tool {
  // `run` is called only with what the schema beside it gave.
  return definition as unknown as Tool;
}

/** An ID within a path. @throws CallRefused for dots, by which the path would be another one */
export function part(id: string): string {
  if (id === "." || id === "..") throw new CallRefused(`There is nothing with the ID ${id} in this workspace.`);
  return encodeURIComponent(id);
}

/** The parameter of an ID. */
export const idOf = (what: string, prefix: string) =>
  z.string().min(1).max(200).describe(`The ${what}'s ID, ${prefix}_...`);

/** How many rows a tool gives. Few: they are read by a model. */
export const rows = (fallback = 20) => z.number().int().min(1).max(50).default(fallback).describe("How many at most.");

export const cursor = z.string().max(1_000).optional().describe("nextCursor of the page before.");
