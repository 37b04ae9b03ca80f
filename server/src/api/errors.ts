import { databaseUnavailable, isConnectionError, isRetryable } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";
import { UnsealError } from "../domain/seal.ts";

/** The body of every error answer. */
export interface ErrorBody {
  statusCode: number;
  code: string;
  error: string;
  message: string;
  details?: readonly { field: string; reason: string }[];
}

const number = new Intl.NumberFormat("en-US");

export function tooLarge(limit: number): HeraldError {
  return new HeraldError("payload_too_large", `The body is too large: at most ${number.format(limit)} bytes.`);
}

/**
 * The catalogue's error for whatever was thrown: by an endpoint, by Fastify, by the database driver. What isn't known
 * becomes `internal`, and says nothing about itself.
 */
export function toHeraldError(error: unknown, bodyLimit: number): HeraldError {
  if (error instanceof HeraldError) return error;
  const known = fromFastify(String((error as { code?: unknown } | null)?.code ?? ""), bodyLimit);
  if (known) return known;
  if (isConnectionError(error)) return databaseUnavailable();
  if (error instanceof UnsealError) return new HeraldError("invalid_state", error.message);
  if (isRetryable(error)) {
    return new HeraldError(
      "database_unavailable",
      "The database was too busy for this request. Nothing of it was stored; send it again.",
    );
  }
  return new HeraldError(
    "internal",
    "Something went wrong inside Herald. The log has the details under this answer's x-request-id.",
  );
}

function fromFastify(code: string, bodyLimit: number): HeraldError | null {
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return tooLarge(bodyLimit);
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new HeraldError("unsupported_media_type", "Send the body as JSON, with content-type: application/json.");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new HeraldError("invalid_request", "The body has not the length that content-length says.");
    case "FST_ERR_BAD_URL":
      return new HeraldError("invalid_request", "The URL has a percent sign that no character code follows.");
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new HeraldError("invalid_request", "A part of the path is too long.");
    default:
      return null;
  }
}
