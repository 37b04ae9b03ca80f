import type { DedupeStore } from "./dedupe.ts";
import {
  type Format,
  type RawRequest,
  type Verified,
  type VerifyOptions,
  verify,
  WebhookVerificationError,
} from "./verify.ts";

export interface ReceiverOptions<F extends Format> extends Omit<VerifyOptions<F>, "now" | "format"> {
  /** The destination's format, which says the type of its events. Default: herald. */
  format?: F;
  /** The destination's secret or public key; several during a rotation. A function is asked at each request. */
  secret: string | readonly string[] | (() => string | readonly string[] | Promise<string | readonly string[]>);
  /** Does the work. Resolve within 30 s; where it throws, Herald delivers the event again. */
  onEvent: (event: Verified<F>["event"], verified: Verified<F>) => unknown;
  /** Events that were handled are passed over. Default: none is. */
  dedupe?: DedupeStore;
  /** Told of requests that were refused and of handlers that failed. Default: `console.error`. */
  onError?: (error: unknown) => void;
}

export interface Reply {
  status: 200 | 400 | 401 | 409 | 500;
  /** JSON. */
  body: string;
}

export type Receiver = (request: RawRequest | Request) => Promise<Reply>;

/**
 * What an endpoint does: verifies, passes over what it had, calls `onEvent`, and says how to answer. Wrong signatures get 401,
 * bodies that are no event 400, an event that is being handled 409, a handler that throws 500. Never rejects.
 */
export function createReceiver<F extends Format = "herald">(options: ReceiverOptions<F>): Receiver {
  const { onEvent, dedupe, onError = (error) => console.error(error) } = options;
  return async (request) => {
    let verified: Verified<F>;
    try {
      const secret = typeof options.secret === "function" ? await options.secret() : options.secret;
      verified = await verify<F>(request, secret, { ...options, format: options.format ?? ("herald" as F) });
    } catch (error) {
      onError(error);
      if (!(error instanceof WebhookVerificationError) || error.code === "bad_secret")
        return reply(500, "The receiver is not set up.");
      return reply(error.code === "bad_body" ? 400 : 401, error.message);
    }
    try {
      const claim = dedupe ? await dedupe.claim(verified.id) : true;
      if (claim === false) return { status: 200, body: '{"received":true,"duplicate":true}' };
      // To say 200 now would lose it if that handler failed.
      if (claim === "busy") return reply(409, "This event is being handled; deliver it again later.");
    } catch (error) {
      onError(error);
      return reply(500, "The receiver's store can't be reached.");
    }
    try {
      await onEvent(verified.event, verified);
    } catch (error) {
      onError(error);
      try {
        await dedupe?.release(verified.id);
      } catch (failed) {
        onError(failed);
      }
      // Not the handler's words: they are for its own log.
      return reply(500, "The handler failed.");
    }
    try {
      await dedupe?.done?.(verified.id);
    } catch (failed) {
      // It was handled all the same; its claim stands.
      onError(failed);
    }
    return { status: 200, body: '{"received":true}' };
  };
}

function reply(status: Reply["status"], error: string): Reply {
  return { status, body: JSON.stringify({ error }) };
}
