import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { client, HeraldApiError, type Input } from "./client.ts";
import { call } from "./query.ts";

type Reads = Input<"POST /v1/session/reads">["body"]["calls"];

/** A query of `apiQuery`, whatever it answers. */
interface Asked {
  queryKey: QueryKey;
}

/**
 * Asks for what isn't known yet, or is old, all by one call; each answer is kept as that of its own query, for whoever uses that. One that couldn't be
 * had so is asked for by itself.
 */
export function askTogether(queries: QueryClient, asked: readonly Asked[]): void {
  const { staleTime } = queries.getDefaultOptions().queries!;
  const missing = asked.filter(({ queryKey }) => {
    const query = queries.getQueryCache().find({ queryKey });
    return !query || (query.state.fetchStatus === "idle" && query.isStaleByTime(staleTime as number));
  });
  const calls = missing.map(({ queryKey: [operation, input] }) => ({
    path: (operation as string).slice("GET ".length),
    query: textsOf((input as { query?: object }).query ?? {}),
  }));
  if (calls.length === 0) return;
  const answered = client.request("POST /v1/session/reads", { body: { calls: calls as Reads } });
  missing.forEach(({ queryKey }, at) => {
    void queries.prefetchQuery({
      queryKey,
      queryFn: async ({ signal }) => {
        const answer = await answered.then(({ answers }) => answers[at]).catch(unlessOver);
        if (answer?.status === 200) return answer.body;
        const [operation, input] = queryKey as [Parameters<typeof call>[0], object];
        return await call(operation, { ...input, signal });
      },
    });
  });
}

/** Where the session is over, each call would only be told so again. */
function unlessOver(error: unknown): undefined {
  if (error instanceof HeraldApiError && error.statusCode === 401) throw error;
}

const textsOf = (query: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
