import { type UseMutationOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { HeraldApiError, Input } from "./client.ts";
import { call } from "./query.ts";
import { sessionQuery, useNewSession } from "./session.ts";

/** Calls that begin a session. What they give is the new session's; everything that was loaded before it goes. */
type SessionCall = "POST /v1/session" | "POST /v1/setup" | "POST /v1/invitations/accept";

type Body<K extends SessionCall> = Input<K> extends { body: infer B } ? B : never;

export function useSessionCall<K extends SessionCall>(
  operation: K,
  options: Pick<UseMutationOptions<void, HeraldApiError, Body<K>>, "onSuccess" | "onError">,
) {
  const newSession = useNewSession();
  return useMutation<void, HeraldApiError, Body<K>>({
    ...options,
    mutationFn: async (body) => {
      await call(operation, { body });
      await newSession();
    },
  });
}

/** The person of a page whose session has ended signs in again (`useSessionEnded`): what is loaded and typed stays. */
export function useSignInAgain(
  options: Pick<UseMutationOptions<void, HeraldApiError, Body<"POST /v1/session">>, "onError">,
) {
  const queries = useQueryClient();
  return useMutation<void, HeraldApiError, Body<"POST /v1/session">>({
    ...options,
    mutationFn: async (body) => {
      await call("POST /v1/session", { body });
      await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
  });
}
