import type { QueryClient } from "@tanstack/react-query";
import { client, HeraldApiError, type Input, type Output } from "./client.ts";
import { call } from "./query.ts";
import { type Asked, type ReadCall, readOf } from "./reads.ts";
import { sessionQuery } from "./session.ts";

type Reads = Input<"POST /v1/session/reads">["body"]["calls"];
type First = Output<"GET /v1/session/reads">;
type Answers = First["answers"];

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
  if (missing.length === 0) return;
  const answered = answersTo(missing.map(readOf), queries.getQueryData(sessionQuery.queryKey)?.workspace?.id);
  missing.forEach(({ queryKey }, at) => {
    void queries.prefetchQuery({
      queryKey,
      queryFn: async ({ signal }) => {
        const answer = await answered.then((answers) => answers[at]).catch(unlessOver);
        if (answer?.status === 200) return answer.body;
        const [operation, input] = queryKey as [Parameters<typeof call>[0], object];
        return await call(operation, { ...input, signal });
      },
    });
  });
}

async function answersTo(calls: readonly ReadCall[], workspaceId: string | undefined): Promise<Answers> {
  const first = await takeFirst(workspaceId);
  if (first && calls.every((one) => first.has(JSON.stringify(one))))
    return calls.map((one) => first.get(JSON.stringify(one))!);
  return (await client.request("POST /v1/session/reads", { body: { calls: calls as Reads } })).answers;
}

let taken = false;

/**
 * By call, the answers to what the page's head asked for while the scripts were on their way. Null: nothing, it failed, it was taken before, or it is
 * another workspace's: this tab may show another one than the session's.
 */
async function takeFirst(workspaceId: string | undefined): Promise<Map<string, Answers[number]> | null> {
  const link = taken
    ? null
    : document.querySelector<HTMLLinkElement>('link[rel="preload"][href^="/v1/session/reads?"]');
  taken = true;
  if (!link) return null;
  try {
    // As the browser has asked for it, by which it knows that this is the same: without the session's headers.
    const response = await fetch(link.href);
    if (!response.ok) return null;
    const first = (await response.json()) as First;
    if (first.workspaceId !== workspaceId) return null;
    const calls = JSON.parse(new URL(link.href).searchParams.get("calls")!) as ReadCall[];
    return new Map(calls.map((one, at) => [JSON.stringify(one), first.answers[at]!]));
  } catch {
    return null;
  }
}

/** Where the session is over, each call would only be told so again. */
function unlessOver(error: unknown): undefined {
  if (error instanceof HeraldApiError && error.statusCode === 401) throw error;
}
