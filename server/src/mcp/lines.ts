import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import { maxRequest } from "./bounded.ts";

/** An answer to what can't be passed on, by JSON-RPC 2.0, 5.1. `id` is null where the message has none that can be read. */
export interface Refusal {
  jsonrpc: "2.0";
  id: string | number | null;
  error: { code: number; message: string };
}

const refusal = (code: number, message: string, id: Refusal["id"] = null): Refusal => ({
  ...{ jsonrpc: "2.0", id, error: { code, message } },
});

const parseError = -32_700;
const invalidRequest = -32_600;
const noMessage = "This is no message of JSON-RPC 2.0.";

/**
 * The messages of a client on standard input, a line each, without what is none: the library passes over such lines, or ends the
 * connection where one is long, and the client waits for its answer for ever. Each of them gets one by `refuse`. A batch comes
 * apart, as over HTTP.
 */
export async function* messageLines(
  input: AsyncIterable<Buffer>,
  refuse: (refusal: Refusal) => void,
): AsyncGenerator<string> {
  for await (const line of linesOf(input)) {
    if (line === null) {
      refuse(refusal(invalidRequest, `A message has at most ${maxRequest} bytes.`));
      continue;
    }
    if (line.trim() === "") continue;
    let given: unknown;
    try {
      given = JSON.parse(line);
    } catch {
      refuse(refusal(parseError, "The line is not JSON. A message is one line, and ends with it."));
      continue;
    }
    if (!Array.isArray(given)) {
      if (isMessage(given)) yield `${line}\n`;
      else refuse(refusal(invalidRequest, noMessage, idOf(given)));
      continue;
    }
    if (given.length === 0) refuse(refusal(invalidRequest, "A batch holds a message at least."));
    for (const message of given) {
      const text = isMessage(message) ? textOf(message) : null;
      if (text === null) refuse(refusal(invalidRequest, noMessage, idOf(message)));
      else yield `${text}\n`;
    }
  }
}

function isMessage(given: unknown): boolean {
  try {
    parseJSONRPCMessage(given);
    return true;
  } catch {
    return false;
  }
}

/** Null: it is nested more deeply than can be written again. */
function textOf(message: unknown): string | null {
  try {
    return JSON.stringify(message);
  } catch {
    return null;
  }
}

function idOf(given: unknown): Refusal["id"] {
  const id = (given as { id?: unknown } | null)?.id;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

/** Lines without their ends; null in place of one that is too long, of which nothing is kept. What has no end is no line. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(10, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      size += part.length;
      if (size > maxRequest) parts = [];
      else parts.push(part);
      if (end === -1) break;
      yield size > maxRequest ? null : Buffer.concat(parts).toString("utf8");
      parts = [];
      size = 0;
      from = end + 1;
    }
  }
}
