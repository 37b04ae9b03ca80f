import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { HeraldApiError } from "../api/client.ts";
import { resourceOf } from "../api/resource.ts";
import { showFailure } from "../ui/toast.tsx";

/** What the network or an overload refused may go well in a moment; what the API refused will be refused again. */
const mayGoWell = (error: unknown) =>
  error instanceof HeraldApiError && [0, 429, 502, 503, 504].includes(error.statusCode);

/** Taken out of the workspace, or given a role that may less: the session says what is still open. */
const isOut = ({ statusCode }: HeraldApiError) => statusCode === 403;

export function createQueries(onSignedOut: () => void): QueryClient {
  const look = (error: unknown, about: unknown) => {
    if (
      error instanceof HeraldApiError &&
      (error.statusCode === 401 || isOut(error)) &&
      resourceOf(about) !== "session"
    )
      onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error, { queryKey }) => look(error, queryKey[0]) }),
    mutationCache: new MutationCache({
      onError: (error, _input, _result, mutation) => {
        look(error, undefined);
        if (mutation.meta?.showsError === true && error instanceof HeraldApiError) showFailure(error);
      },
    }),
    defaultOptions: {
      queries: {
        // A browser that thinks it is offline may still reach a Herald on its own machine. Where it can't, the call fails and the
        // page says so; else it would show an empty frame for ever.
        networkMode: "always",
        refetchOnReconnect: true,
        retry: (count, error) => count < 3 && mayGoWell(error),
        retryDelay: (count) => Math.min(500 * 2 ** count, 8_000),
        // Events say what is outdated (api/live-queries.ts); this is for what they don't tell.
        staleTime: 20_000,
        refetchOnWindowFocus: true,
      },
      // Nor may a message wait for the network, and go out when nobody thinks of it any more.
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
