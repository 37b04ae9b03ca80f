/**
 * What can go wrong between Herald and a CRM, by what is to be done:
 * - refused: the account is (token, permission); all waits.
 * - forbidden: this kind of thing is (a permission of one kind of activity, or that to create people); others go on.
 * - throttled: all waits `retryAfterMs`.
 * - failed: this event will not be taken.
 * - gone: the person isn't in the CRM any more.
 * - unavailable: surely nothing was created; to be tried again.
 * - ambiguous: something may have been created; ask before anything is tried again.
 */
export type CrmProblem = "refused" | "forbidden" | "throttled" | "failed" | "gone" | "unavailable" | "ambiguous";

export interface CrmErrorDetails {
  retryAfterMs?: number | null;
  statusCode?: number | null;
  request?: string;
  response?: string;
  /** It is no failure of the CRM's, or another one's: another item of the same call says it, or nothing was asked of the CRM. */
  echo?: boolean;
}

/** `code` is for programs, `message` for people: what is wrong and what to do. */
export class CrmError extends Error {
  readonly problem: CrmProblem;
  readonly code: string;
  readonly details: CrmErrorDetails;

  constructor(problem: CrmProblem, code: string, message: string, details: CrmErrorDetails = {}) {
    super(message);
    this.problem = problem;
    this.code = code;
    this.details = details;
  }
}

/** For one of many that were asked for: its error is its own. What is no CrmError is thrown on. */
export function itsOwn(error: unknown): CrmError {
  if (error instanceof CrmError) return error;
  throw error;
}
