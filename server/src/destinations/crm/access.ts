import type { CrmAnswer, CrmCall, CrmHttp } from "./http.ts";
import type { CrmTokens, Grant } from "./tokens.ts";

/** How calls are authorized. */
export interface Access {
  /** The value of `Authorization`, and where the account is. */
  now(signal: AbortSignal): Promise<Shown>;
  /** Another one than that which the CRM refused; null: there is none. */
  after(refused: Shown, signal: AbortSignal): Promise<Shown | null>;
}

export interface Shown {
  header: string;
  /** Null: where the API always is. */
  instance: string | null;
  grant: Grant | null;
}

/** A token or key that was copied into the credentials. */
export function fixedAccess(header: string): Access {
  return { now: async () => ({ header, instance: null, grant: null }), after: async () => null };
}

/** Tokens that are given, and end. */
export function grantedAccess(tokens: Pick<CrmTokens, "current" | "after">): Access {
  const shown = (grant: Grant): Shown => ({
    ...{ header: `Bearer ${grant.accessToken}`, instance: grant.instance, grant },
  });
  return {
    now: async (signal) => shown(await tokens.current(signal)),
    after: async ({ grant }, signal) => grant && shown(await tokens.after(grant, signal)),
  };
}

/** `headers`: beside the authorization. */
export type ApiCall = Omit<CrmCall, "headers"> & { headers?: Record<string, string> };

/** Calls with an authorization; once more with another one where the CRM answers 401, which it does before it does anything. */
export async function callWith(http: CrmHttp, access: Access, call: ApiCall): Promise<CrmAnswer> {
  let shown = await access.now(call.signal);
  const headers = () => ({ ...call.headers, authorization: shown.header });
  const allow = [...(call.allow ?? []), 401];
  const first = await http.call({ ...call, headers: headers(), allow }, shown.instance ?? undefined);
  if (first.status !== 401) return first;
  const other = await access.after(shown, call.signal);
  if (other === null) throw call.problem?.(first) ?? new Error("The call was refused (401).");
  shown = other;
  return await http.call({ ...call, headers: headers() }, shown.instance ?? undefined);
}
