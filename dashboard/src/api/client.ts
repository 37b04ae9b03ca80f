import { createClient } from "../../../sdk/src/client.ts";
import { compareClocks } from "../text/clock.ts";
import { common } from "../text/common.ts";

export {
  HeraldApiError,
  type Input,
  type Item,
  type ListOperation,
  type Operation,
  type Operations,
  type Output,
} from "../../../sdk/src/client.ts";

/** Who calls, for all calls of this tab; set by the session (session.ts). The cookie itself is out of scripts' reach. */
let identity: { csrfToken: string | null; workspaceId: string | null } = { csrfToken: null, workspaceId: null };

export function setIdentity(next: typeof identity): void {
  identity = next;
}

/** Headers of a session's call: the workspace that this tab shows, and proof that the call comes from this page. */
export function sessionHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (identity.csrfToken !== null) headers["x-herald-csrf"] = identity.csrfToken;
  if (identity.workspaceId !== null) headers["herald-workspace"] = identity.workspaceId;
  return headers;
}

/** Herald's API, at the place that this page came from. Reads are tried again by the query cache, which knows what is still shown. */
export const client = createClient({
  ...{ baseUrl: "", retries: 0, headers: sessionHeaders },
  fetch: async (input, init) => {
    // In place of what the browser says of it ("Failed to fetch"); whether the call was given up is looked at by the client first.
    const response = await fetch(input, init).catch(() => {
      throw new TypeError(common.checkNetwork);
    });
    compareClocks(response.headers.get("date"));
    return response;
  },
});
