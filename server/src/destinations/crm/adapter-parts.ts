import { z } from "zod";
import type { CallRate } from "../../db/crm-pace.ts";
import type { Queryable } from "../../db/pool.ts";
import type { StoredEvent } from "../../domain/format.ts";
import type { SecretBox } from "../../domain/seal.ts";
import type { PreviewLead, SystemAccount, SystemCheck, SystemPreview } from "../system.ts";
import type { EgressProxy } from "../webhook/egress-proxy.ts";
import { isPrivateHost } from "../webhook/url-check.ts";
import { type Activity, activityOf, type Mapping, mappingProblem } from "./activity.ts";
import { CrmError } from "./error.ts";
import type { CrmLogOptions } from "./log.ts";
import { AccountPace } from "./pace.ts";
import { aboutLead } from "./person.ts";

/** What the adapters of all CRMs have in common. */

export interface CrmOptions extends Pick<CrmLogOptions, "leaseMs" | "settleMs"> {
  db: Queryable;
  /** Seals tokens. */
  box: SecretBox;
  /** Whether `config.baseUrl` may be used. Default false. */
  allowPrivate?: boolean;
  proxy?: EgressProxy | null;
}

export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .optional()
  .meta({ description: "For tests: a stand-in on this machine or a private network, where those are allowed." });
export const secret = z.string().regex(/^[\x21-\x7e]{10,500}$/, "Copy the whole of it, without spaces.");

/** The pace of an account: `account` is what it is known by, of which a hash is kept. */
export function paceOf(
  { db }: CrmOptions,
  { workspaceId, config }: SystemAccount<{ callsPerSecond?: number | undefined }, unknown>,
  system: string,
  account: string,
  defaultPerSecond: number,
  narrow?: CallRate,
): AccountPace {
  const calls = config.callsPerSecond ?? defaultPerSecond;
  const rate = { calls, perMs: 1_000, burst: Math.max(1, Math.ceil(calls)) };
  return new AccountPace({ db, workspaceId, system, account, rate, ...(narrow && { narrow }) });
}

/** What is wrong with settings that no schema can say. `own`: fields that no template may say. */
export function settingsProblem(
  config: Mapping & { baseUrl?: string | undefined },
  { allowPrivate = false }: CrmOptions,
  own: readonly string[],
): { field: string; reason: string } | null {
  // A token must go to its own CRM; elsewhere only where whoever runs Herald tries things out.
  if (config.baseUrl !== undefined && !(allowPrivate && isPrivateHost(new URL(config.baseUrl).hostname)))
    return {
      field: "config.baseUrl",
      reason:
        "This is for stand-ins on this machine or a private network, where HERALD_ALLOW_PRIVATE_DESTINATIONS allows them. Leave it out.",
    };
  return mappingProblem(config, own);
}

/** What an event would become, in words of the CRM that `write` knows. */
export function previewOf(
  mapping: Mapping,
  event: StoredEvent,
  lead: PreviewLead | null,
  write: (activity: Activity) => Record<string, unknown>,
): SystemPreview {
  const data = JSON.parse(event.data) as Record<string, unknown>;
  const none = { ref: "", leadId: null };
  const known = (field: string) => (data[field] ?? null) as string | null;
  const person = lead
    ? { ...none, ...lead }
    : {
        ...{ ...none, externalLeadId: known("externalLeadId"), email: known("email"), phone: known("phone") },
        ...{ linkedinUrl: known("linkedinUrl"), firstName: known("firstName"), lastName: known("lastName") },
        ...{ company: known("company"), title: known("title") },
      };
  const mapped = activityOf(event, data, aboutLead(person, lead), mapping);
  if (mapped.ok) return { outcome: "sent", body: write(mapped.activity) };
  const { outcome, code, detail } = mapped;
  return { outcome: outcome === "skipped" ? "filtered" : "failed", code, detail };
}

/** What somebody is told of an authorization that they gave. */
export async function authorized(work: () => Promise<string>): Promise<SystemCheck> {
  try {
    return { ok: true, detail: await work() };
  } catch (error) {
    if (error instanceof CrmError) return { ok: false, code: error.code, detail: error.message };
    throw error;
  }
}
