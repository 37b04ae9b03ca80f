import type { SessionLogin } from "./login.ts";
import { type MailOAuth2, TokenFailure } from "./oauth2.ts";
import type { MailLogin } from "./smtp/config.ts";

/** Whose tokens they are. */
export interface TokenOwner {
  workspaceId: string;
  senderId: string;
}

/** Access tokens of senders, shared by all that send and read with them. */
export interface AccessTokens {
  /** One that is good for a minute and more; it is asked for where there is none. @throws TokenFailure */
  get(owner: TokenOwner, of: MailOAuth2, signal: AbortSignal): Promise<string>;
  /** The mail server refused this one: the next one is another. */
  refused(owner: TokenOwner, of: MailOAuth2, token: string): Promise<void>;
}

export const noTokens: AccessTokens = {
  get: () => Promise.reject(new TokenFailure("token_unavailable", "Nothing here keeps access tokens.")),
  refused: () => Promise.resolve(),
};

/** The login for a session; one by OAuth 2.0 asks for a token when a session is opened. */
export function sessionLogin(owner: TokenOwner, login: MailLogin | null, tokens: AccessTokens): SessionLogin | null {
  if (login === null || !("oauth2" in login)) return login;
  const { user, oauth2 } = login;
  return {
    user,
    tokens: {
      get: (signal) => tokens.get(owner, oauth2, signal),
      refused: (token) => tokens.refused(owner, oauth2, token),
    },
  };
}
