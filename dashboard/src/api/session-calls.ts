import { type UseMutationOptions, useMutation } from "@tanstack/react-query";
import type { HeraldApiError } from "./client.ts";
import { call } from "./query.ts";
import { useNewSession } from "./session.ts";

/** Calls that begin a session. What they give is the new session's; everything that was loaded before it goes. */
export interface SessionCalls {
  "POST /v1/session": { email: string; password: string };
  "POST /v1/setup": {
    email: string;
    name: string;
    password: string;
    workspaceName?: string;
    timeZone?: string;
    code?: string;
  };
  "POST /v1/invitations/accept": { token: string; name?: string; password?: string };
}

export function useSessionCall<K extends keyof SessionCalls>(
  operation: K,
  options: Pick<UseMutationOptions<void, HeraldApiError, SessionCalls[K]>, "onSuccess" | "onError">,
) {
  const newSession = useNewSession();
  return useMutation<void, HeraldApiError, SessionCalls[K]>({
    ...options,
    mutationFn: async (body) => {
      await call(operation as never, { body });
      await newSession();
    },
  });
}
