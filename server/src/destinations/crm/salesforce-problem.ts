import { CrmError, type CrmErrorDetails } from "./error.ts";
import { type CrmAnswer, list, text } from "./http.ts";

/** What Salesforce's refusals mean, in words that say what to do. */

/** So long a used-up daily quota is left alone: it is counted over 24 hours, and some of it comes back each hour. */
const quotaRestMs = 3_600_000;
/** One of the calls that take long ends, and it goes on. */
const longCallsRestMs = 3_000;

export function problemOf(answer: CrmAnswer): CrmError {
  return problemSaid(answer.status, list(answer.json)[0] ?? {}, answer.seen);
}

/** `said`: the error of an answer, or of one record of a collection, where the code is called otherwise. */
export function problemSaid(status: number, said: Record<string, unknown>, seen: CrmErrorDetails): CrmError {
  const { errorCode, statusCode, message = "", fields } = said;
  const code = text(errorCode) ?? text(statusCode) ?? String(status);
  const named = Array.isArray(fields) && fields.length > 0 ? ` (${fields.join(", ")})` : "";
  const words = `${String(message)}${named}`.slice(0, 500);
  if (status === 401)
    return new CrmError(
      "refused",
      "token_revoked",
      `Salesforce refuses a fresh token (${code}). Check the app's policies and its run-as user, or connect the destination again.`,
      seen,
    );
  if (code === "REQUEST_LIMIT_EXCEEDED" && /concurrent/i.test(words))
    return new CrmError(
      "throttled",
      "rate_limited",
      "Too many long calls run in the Salesforce organization at once. Herald goes on by itself.",
      { ...seen, retryAfterMs: longCallsRestMs },
    );
  if (code === "REQUEST_LIMIT_EXCEEDED")
    return new CrmError(
      "throttled",
      "quota_used_up",
      "The Salesforce organization's API calls of these 24 hours are used up. Herald goes on by itself once there are some; buy more, or have other integrations call less.",
      { ...seen, retryAfterMs: quotaRestMs },
    );
  if (code === "STORAGE_LIMIT_EXCEEDED")
    return new CrmError(
      "refused",
      "storage_full",
      "The Salesforce organization's storage is full: it takes no more records. Delete some, or buy more (Setup, Storage Usage).",
      seen,
    );
  if (code === "UNABLE_TO_LOCK_ROW")
    return new CrmError(
      "unavailable",
      "row_locked",
      "Somebody else changes the person in Salesforce at this moment. Herald tries again.",
      seen,
    );
  if (code === "DUPLICATES_DETECTED")
    return new CrmError(
      "failed",
      "person_conflict",
      `Salesforce's duplicate rules find somebody like this there already: ${words} Set the lead's externalLeadId to that record's ID and retry the delivery, or let the rule allow it to the app's user.`,
      seen,
    );
  // These two are about one record: others are taken, and mustn't wait for it.
  if (code === "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    return new CrmError(
      "failed",
      "refused_by_crm",
      `A trigger or flow in Salesforce stops it (${code}): ${words} Mend it there, then retry the delivery.`,
      seen,
    );
  if (code === "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
    return new CrmError(
      "failed",
      "refused_by_crm",
      `The app's user may not see the person or the owner that this is about (${code}): ${words} Share them with it, then retry the delivery.`,
      seen,
    );
  if (/^INSUFFICIENT_ACCESS|^CANNOT_INSERT|^INVALID_TYPE$|^API_DISABLED/.test(code) || status === 403)
    return new CrmError(
      "refused",
      "missing_permission",
      `The app's user may not do this in Salesforce (${code}): ${words} Give it the permission by a permission set.`,
      seen,
    );
  // Of another reference that doesn't exist, like an owner, it says the same.
  const ofPerson = named === "" || (fields as unknown[]).includes("WhoId");
  if (ofPerson && /^(ENTITY_IS_DELETED|INVALID_CROSS_REFERENCE_KEY|CANNOT_UPDATE_CONVERTED_LEAD)$/.test(code))
    return new CrmError(
      "gone",
      "person_gone",
      `The person isn't in Salesforce any more (deleted, merged or converted), and nobody else was found: ${words}`,
      seen,
    );
  return new CrmError("failed", "refused_by_crm", `Salesforce doesn't take it (${code}): ${words}`, seen);
}
