import { CrmError, type CrmErrorDetails } from "./error.ts";
import { type CrmAnswer, list, record, text } from "./http.ts";
import { neededForAll } from "./hubspot-auth.ts";

/** What HubSpot's refusals mean, in words that say what to do. */

export function problemOf(answer: CrmAnswer): CrmError {
  return problemSaid(answer.status, record(answer.json), answer.text, answer.seen);
}

/** `said`: an answer, or what a batch says of one of its inputs. */
export function problemSaid(
  status: number,
  said: Record<string, unknown>,
  raw: string,
  seen: CrmErrorDetails,
): CrmError {
  const { category, errors } = said;
  const message = (text(said.message) ?? raw).slice(0, 500);
  if (status === 401)
    return new CrmError(
      "refused",
      "token_revoked",
      "HubSpot refuses the token: it was revoked, rotated or has expired. Copy the private app's current token (Settings, Integrations, Private Apps) into the destination's credentials.",
      seen,
    );
  if (status === 403) {
    const context = record(list(errors)[0]?.context);
    const named = [context.requiredGranularScopes, context.requiredScopes].find(Array.isArray) as string[] | undefined;
    const call = /^[^\n?]*/.exec(seen.request ?? "")![0];
    const kind = /\/(communications|emails|notes)(\/batch\/\w+)?$/.exec(call)?.[1];
    const alone = kind !== undefined && !named?.some((scope) => neededForAll.includes(scope));
    const problem = alone ? "forbidden" : "refused";
    const held = `${call && `It refused ${call}. `}${alone ? `Deliveries that become ${kind} wait` : "All deliveries to this destination wait"} until that is mended; if what is forbidden isn't wanted there, leave it out by the destination's eventTypes or channels.`;
    if (category === "MISSING_SCOPES" || named)
      return new CrmError(problem, "missing_scope", `${missingScope(named ?? [])} ${held}`, seen);
    return new CrmError(
      problem,
      "forbidden",
      `HubSpot forbids it: ${message} Check the app's scopes and the account's plan. ${held}`,
      seen,
    );
  }
  const ofPerson =
    /INVALID_OBJECT_IDS|association.*(not|invalid)|contact.*(not found|does not exist|invalid)/i.test(message) &&
    !/^Property values were not valid/.test(message);
  if (status === 404 || ofPerson)
    return new CrmError(
      "gone",
      "person_gone",
      `The contact isn't in HubSpot any more (deleted or merged), and nobody else was found: ${message} Correct the lead's externalLeadId, then retry the delivery.`,
      seen,
    );
  return new CrmError("failed", "refused_by_crm", `HubSpot doesn't take it (${status}): ${message}`, seen);
}

export const missingScope = (missing: readonly string[]) =>
  `The app lacks ${missing.length === 1 ? "the scope" : "scopes:"} ${missing.join(", ") || "(HubSpot doesn't say which)"}. Add it in HubSpot (a private app: Settings, Integrations, Private Apps, Scopes; another app: its settings, then connect the destination again), then verify the destination.`;
