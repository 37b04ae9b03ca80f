import { csrfHeader, sessionCookie } from "../../src/api/visit.ts";
import type { Api, Reply } from "./setup.ts";

/** What a browser does with Herald's pages: keeps the cookie, and sends the token of `GET /v1/session` with its calls. */
export class Browser {
  private readonly api: Api;
  private readonly headers: Readonly<Record<string, string>>;
  cookie: string | null = null;
  csrfToken: string | null = null;
  /** The cookie by which it is known where somebody signed in before. */
  known: string | null = null;

  /** `headers` go with each call. */
  constructor(api: Api, headers: Readonly<Record<string, string>> = {}) {
    this.api = api;
    this.headers = headers;
  }

  async call(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const reply = await this.api.call(method, url, {
      key: null,
      ...(body === undefined ? {} : { body }),
      headers: {
        cookie: ["theme=dark", this.cookie && `${sessionCookie}=${this.cookie}`, this.known].filter(Boolean).join("; "),
        ...(this.csrfToken === null ? {} : { [csrfHeader]: this.csrfToken }),
        ...this.headers,
        ...headers,
      },
    });
    const set = [reply.headers["set-cookie"]].flat().map(String);
    for (const text of set) {
      const match = new RegExp(`^${sessionCookie}=([^;]*)`).exec(text);
      if (match) this.cookie = match[1] || null;
      if (/^herald_browser=/.test(text)) this.known = text.split(";")[0]!;
    }
    if (reply.body && typeof reply.body === "object" && "csrfToken" in reply.body)
      this.csrfToken = reply.body.csrfToken as string | null;
    return reply;
  }

  /** `GET /v1/session`. */
  async session(): Promise<Reply["body"]> {
    return (await this.call("GET", "/v1/session")).body;
  }

  async signIn(email: string, password: string): Promise<Reply> {
    return await this.call("POST", "/v1/session", { email, password });
  }
}

export const password = "an analytical engine";

/** The first owner, signed in. */
export async function owner(api: Api, headers: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const browser = new Browser(api, headers);
  const body = { email: "ada@example.com", name: "Ada Lovelace", password };
  const { status } = await browser.call("POST", "/v1/setup", body);
  if (status !== 201) throw new Error(`The set-up answered ${status}.`);
  return browser;
}

/** Somebody whom `by` invited, signed in. */
export async function invited(api: Api, by: Browser, role: string, email = `${role}@example.com`): Promise<Browser> {
  const { body, status } = await by.call("POST", "/v1/invitations", { email, role });
  if (status !== 201) throw new Error(`The invitation answered ${status}: ${JSON.stringify(body)}`);
  const browser = new Browser(api);
  const token = tokenIn(body.url);
  const accepted = await browser.call("POST", "/v1/invitations/accept", { token, name: role, password });
  if (accepted.status !== 200)
    throw new Error(`Accepting answered ${accepted.status}: ${JSON.stringify(accepted.body)}`);
  return browser;
}

export const tokenIn = (url: string): string => new URL(url).hash.replace("#token=", "");
