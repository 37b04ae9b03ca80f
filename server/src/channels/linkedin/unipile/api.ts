import { randomBytes } from "node:crypto";
import { type Exchange, objectOf, ProviderHttp } from "../../http.ts";

/** Unipile's API v1 for one LinkedIn account: how calls look, without any judgement of their answers. */
export class UnipileApi {
  readonly accountId: string;
  readonly #http: ProviderHttp;
  readonly #auth: readonly string[];

  constructor(settings: { dsn: string; accountId: string }, apiKey: string, connections: number) {
    this.accountId = settings.accountId;
    const origin = settings.dsn.includes("://") ? settings.dsn : `https://${settings.dsn}`;
    this.#http = new ProviderHttp(`${origin.replace(/\/+$/, "")}/api/v1`, connections);
    this.#auth = ["x-api-key", apiKey, "accept", "application/json"];
  }

  /** `path` below /api/v1, its variable segments encoded by the caller. */
  get(path: string, query: Record<string, string>, signal: AbortSignal, maxBytes?: number): Promise<Exchange> {
    const search = new URLSearchParams(query).toString();
    const full = search === "" ? path : `${path}?${search}`;
    return this.#http.exchange(
      { method: "GET", path: full, headers: this.#auth, ...(maxBytes !== undefined && { maxBytes }) },
      signal,
    );
  }

  postJson(path: string, body: Record<string, unknown>, signal: AbortSignal): Promise<Exchange> {
    const headers = [...this.#auth, "content-type", "application/json"];
    return this.#http.exchange({ method: "POST", path, headers, body: JSON.stringify(body) }, signal);
  }

  /** A multipart form of text fields. */
  postForm(path: string, fields: readonly (readonly [string, string])[], signal: AbortSignal): Promise<Exchange> {
    // 128 random bits: a text can't contain the boundary by chance, nor on purpose.
    const boundary = `herald-${randomBytes(16).toString("hex")}`;
    let body = "";
    for (const [name, value] of fields) {
      body += `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    }
    body += `--${boundary}--\r\n`;
    const headers = [...this.#auth, "content-type", `multipart/form-data; boundary=${boundary}`];
    return this.#http.exchange({ method: "POST", path, headers, body }, signal);
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

export type Listed = { ok: true; items: Record<string, unknown>[] } | { ok: false; detail: string };

const maxPages = 20;
const pageSize = 100;
const maxPageBytes = 4 << 20;

/** All items of a list, over all pages. Not `ok` if any page can't be had or read, or if there are more than 2,000 items. */
export async function listAll(
  api: UnipileApi,
  path: string,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<Listed> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const parameters: Record<string, string> = { ...query, limit: String(pageSize) };
    if (cursor !== null) parameters.cursor = cursor;
    const answer = await api.get(path, parameters, signal, maxPageBytes);
    if (answer.stage !== "answered") return { ok: false, detail: answer.detail };
    const list = objectOf(answer);
    if (answer.status !== 200 || !Array.isArray(list?.items)) return { ok: false, detail: `HTTP ${answer.status}` };
    for (const item of list.items as unknown[]) {
      if (typeof item !== "object" || item === null) return { ok: false, detail: "an item that can't be read" };
      items.push(item as Record<string, unknown>);
    }
    if (typeof list.cursor !== "string" || list.cursor === "") return { ok: true, items };
    cursor = list.cursor;
  }
  return { ok: false, detail: `more than ${maxPages * pageSize} items` };
}
