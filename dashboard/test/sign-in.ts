import type { BrowserContext } from "playwright-core";
import { createClient } from "../../sdk/src/client.ts";

/** The owner whom every test workspace has. */
export const owner = { email: "ada@example.com", name: "Ada Lovelace", password: "correct horse battery" };

/** Sets a fresh Herald up, by the call that its first page makes. Gives the session's cookie, as `name=value`. */
export async function setUp(url: string): Promise<string> {
  const body = { ...owner, workspaceName: "Analytical Engines", timeZone: "America/New_York" };
  const answer = await fetch(`${url}/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`The set-up failed: ${await answer.text()}`);
  return answer.headers.getSetCookie()[0]!.split(";")[0]!;
}

/** Signs a browser in by that cookie. */
export async function signIn(context: BrowserContext, url: string, cookie: string): Promise<void> {
  const [name, value] = cookie.split("=") as [string, string];
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: "Lax" }]);
}

/** The session's own client: for what a key may not do, as inviting people. */
export async function sessionClient(url: string, cookie: string) {
  const session = (await (await fetch(`${url}/v1/session`, { headers: { cookie } })).json()) as { csrfToken: string };
  return createClient({ baseUrl: url, headers: () => ({ cookie, "x-herald-csrf": session.csrfToken }) });
}
