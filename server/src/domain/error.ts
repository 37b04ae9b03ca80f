/**
 * The error catalogue: every error that the API can answer, with its stable code, HTTP status and short name.
 * `HeraldError` carries one of them with a message for the person who has to act on it.
 */
export const errorCatalogue = {
  invalid_request: { status: 400, error: "Bad Request" },
  malformed_json: { status: 400, error: "Bad Request" },
  invalid_template: { status: 400, error: "Bad Request" },
  invalid_destination_url: { status: 400, error: "Bad Request" },
  invalid_credentials: { status: 400, error: "Bad Request" },
  unauthorized: { status: 401, error: "Unauthorized" },
  forbidden: { status: 403, error: "Forbidden" },
  not_found: { status: 404, error: "Not Found" },
  method_not_allowed: { status: 405, error: "Method Not Allowed" },
  conflict: { status: 409, error: "Conflict" },
  idempotency_conflict: { status: 409, error: "Conflict" },
  invalid_state: { status: 409, error: "Conflict" },
  payload_too_large: { status: 413, error: "Payload Too Large" },
  unsupported_media_type: { status: 415, error: "Unsupported Media Type" },
  unprocessable: { status: 422, error: "Unprocessable Entity" },
  suppressed: { status: 422, error: "Unprocessable Entity" },
  rate_limited: { status: 429, error: "Too Many Requests" },
  internal: { status: 500, error: "Internal Server Error" },
  provider_error: { status: 502, error: "Bad Gateway" },
  database_unavailable: { status: 503, error: "Service Unavailable" },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** One wrong field: where it is (`leads.3.phone`), what is wrong, in a sentence. */
export interface ErrorDetail {
  field: string;
  reason: string;
}

export class HeraldError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  /** Seconds after which the same call may pass: the header Retry-After. */
  readonly retryAfter: number | undefined;
  constructor(code: ErrorCode, message: string, details?: readonly ErrorDetail[], retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
    this.name = "HeraldError";
    this.code = code;
    this.details = details;
  }
  get statusCode(): number {
    return errorCatalogue[this.code].status;
  }
}

/** The same answer for what doesn't exist and for what belongs to another workspace. */
export function notFound(what: string, id: string): HeraldError {
  return new HeraldError("not_found", `There is no ${what} ${id} in this workspace.`);
}
