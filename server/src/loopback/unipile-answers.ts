import type { LoopbackAnswer, LoopbackRequest } from "./http.ts";

/** Answers and checks that all calls of the fake Unipile share. */

/** Unipile's error body. `type` without the `errors/` that Unipile writes before it. */
export function problem(status: number, type: string, detail: string): LoopbackAnswer {
  return { status, body: { status, type: `errors/${type}`, title: type.replaceAll("_", " "), detail } };
}

export const isProblem = (value: unknown): value is LoopbackAnswer =>
  typeof value === "object" && value !== null && "status" in value && "body" in value;

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * One page of a list: `limit` (1 to 250, default 100) and `cursor`; `after` (exclusive) where items have a timestamp.
 * `allowed` names the further parameters of the call: any other is refused.
 */
export function page(
  request: LoopbackRequest,
  object: string,
  items: readonly Record<string, unknown>[],
  allowed: readonly string[],
): LoopbackAnswer {
  const { query } = request;
  for (const name of query.keys()) {
    if (!["limit", "cursor", ...allowed].includes(name)) return problem(400, "invalid_parameters", name);
  }
  const limit = Number(query.get("limit") ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 250) return problem(400, "invalid_parameters", "limit");
  const after = query.get("after");
  if (after !== null && !dateTime.test(after)) return problem(400, "invalid_parameters", "after");
  const found = after === null ? items : items.filter((item) => String(item.timestamp) > after);
  const cursor = query.get("cursor");
  const idOf = (item: Record<string, unknown>) => String(item.id ?? item.member_id);
  const start = cursor === null ? 0 : found.findIndex((item) => idOf(item) === cursor) + 1;
  if (cursor !== null && start === 0) return problem(400, "invalid_parameters", "cursor");
  const shown = found.slice(start, start + limit);
  const more = start + limit < found.length;
  return { status: 200, body: { object, items: shown, cursor: more ? idOf(shown.at(-1)!) : null } };
}

/** The fields of a multipart request, all of them text; a name may come several times. */
export async function multipart(
  request: LoopbackRequest,
  allowed: readonly string[],
): Promise<Map<string, string[]> | LoopbackAnswer> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) {
    return problem(415, "unsupported_media_type", "This call takes multipart/form-data.");
  }
  const fields = new Map<string, string[]>();
  try {
    const form = await new Response(new Uint8Array(request.body), { headers: { "content-type": type } }).formData();
    for (const [name, value] of form) {
      if (!allowed.includes(name) || typeof value !== "string") return problem(400, "invalid_parameters", name);
      fields.set(name, [...(fields.get(name) ?? []), value]);
    }
  } catch {
    return problem(400, "invalid_parameters", "The multipart body can't be read.");
  }
  return fields;
}

/** The object of a JSON request. */
export function json(request: LoopbackRequest, allowed: readonly string[]): Record<string, unknown> | LoopbackAnswer {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    return problem(415, "unsupported_media_type", "This call takes application/json.");
  }
  try {
    const value: unknown = JSON.parse(request.body.toString());
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("not an object");
    const unknown = Object.keys(value).find((name) => !allowed.includes(name));
    if (unknown !== undefined) return problem(400, "invalid_parameters", unknown);
    return value as Record<string, unknown>;
  } catch {
    return problem(400, "invalid_parameters", "The body is not a JSON object.");
  }
}
