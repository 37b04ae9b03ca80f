import type { BrowserContext } from "playwright-core";
import type { Session } from "../src/api/session.ts";

/**
 * Signs a browser in. Until the server has sessions, the answer about the session is made here, and calls carry a key.
 * `who` null: nobody is signed in.
 */
export async function signIn(
  context: BrowserContext,
  who: { url: string; apiKey: string; workspaceId: string } | null,
): Promise<void> {
  const session: Session = {
    user: who && { id: "user_01k9d3v0x5e0rb1v6m2z8q4w7n", email: "ada@example.com", name: "Ada Lovelace" },
    setupNeeded: false,
    signIn: { password: true, oidc: null },
    workspace: who && { id: who.workspaceId, name: "Analytical Engines", timeZone: "America/New_York", role: "owner" },
    workspaces: who ? [{ id: who.workspaceId, name: "Analytical Engines", role: "owner" }] : [],
    rights: rights.split(" "),
    csrfToken: who && "token",
  };
  await context.route("**/v1/**", async (route) => {
    const request = route.request();
    if (new URL(request.url()).pathname === "/v1/session") return await route.fulfill({ json: session });
    if (who === null) return await route.continue();
    return await route.continue({ headers: { ...request.headers(), "x-api-key": who.apiKey } });
  });
}

/** Those of an owner. */
const rights = `leads.read leads.write campaigns.read campaigns.write campaigns.start messages.read messages.send
conversations.write tasks.read tasks.write suppressions.read suppressions.write suppressions.lift senders.read senders.write
events.read events.consume events.replay destinations.read destinations.write sources.read sources.write workspace.read
workspace.write workspaces.create members.read members.write owners.write keys.read keys.write audit.read`.replaceAll(
  "\n",
  " ",
);
