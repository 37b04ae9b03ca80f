import { TokenFailure } from "./oauth2.ts";

/** How one gets into a mail server. */
export type SessionLogin = PlainLogin | { user: string; tokens: TokenSource };
export type PlainLogin = { user: string; pass: string } | { user: string; accessToken: string };

/** Where the access tokens of one login come from. */
export interface TokenSource {
  /** One that is good for a while. @throws TokenFailure */
  get(signal: AbortSignal): Promise<string>;
  /** The server refused this one: it isn't given out again. */
  refused(token: string): Promise<void>;
}

/**
 * Opens a session. Where the server refuses an access token (it was withdrawn, or a clock is wrong), it is tried once more with
 * a new one: what it says then is its answer.
 * @throws TokenFailure, and what `open` throws.
 */
export async function loggedIn<Session>(
  login: SessionLogin | null,
  signal: AbortSignal,
  open: (login: PlainLogin | null) => Promise<Session>,
  isRefusal: (error: unknown) => boolean,
): Promise<Session> {
  if (login === null || !("tokens" in login)) return await open(login);
  const { user, tokens } = login;
  const accessToken = await tokens.get(signal);
  try {
    return await open({ user, accessToken });
  } catch (error) {
    if (!isRefusal(error) || signal.aborted) throw error;
    await tokens.refused(accessToken);
  }
  const another = await tokens.get(signal);
  // The same again would be refused again: providers lock accounts for that.
  if (another === accessToken) throw new TokenFailure("token_unavailable", "The server refused the only access token.");
  return await open({ user, accessToken: another });
}
