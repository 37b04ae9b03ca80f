import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { HeraldApiError, type Input, type Operation, type Output } from "./client.ts";
import { lostReply } from "./lost-reply.ts";
import { call } from "./query.ts";
import { randomKey } from "./random-key.ts";
import { resourceOf } from "./resource.ts";

/** Operations that change something. */
export type Write = Exclude<Operation, `GET ${string}`>;

export interface ChangeOptions<K extends Write> {
  /**
   * Resources whose queries are asked anew after it, by the first word of their paths: `["leads", "campaigns"]`. Default: that
   * of the call itself.
   */
  outdates?: readonly string[];
  onDone?: (answer: Output<K>, input: Input<K>) => void;
  /** In place of the toast with the API's message; forms put it on their fields (`useApiForm`). */
  onError?: (error: HeraldApiError, input: Input<K>) => void;
  /**
   * Shows the outcome before the answer: gives the query to change and how. It is put back where the call fails.
   *
   *     optimistic: ({ params, body }) => ({
   *       queryKey: apiQuery("GET /v1/senders/{id}", { params }).queryKey,
   *       change: (sender) => ({ ...sender, ...body }),
   *     })
   */
  // biome-ignore lint/suspicious/noExplicitAny: the query's own type is known where it is named.
  optimistic?: (input: Input<K>) => { queryKey: QueryKey; change: (before: any) => unknown };
}

/** What makes something new: made again, it is there twice. What is done to something (`/{id}/pause`) may be meant again a minute later. */
const makes = (operation: Write): boolean => operation.startsWith("POST ") && !operation.includes("{");

/**
 * A call that changes something: the session's proof goes with it, lists that show it are asked anew, a refusal is shown in
 * the API's words. The same call isn't made a second time while it is under way: a button is busy only once it is drawn anew, and
 * the second click of two would be refused, and shown as a failure of what was done. What makes something new keeps its Idempotency-Key
 * where its reply is lost: pressed again as it is, it makes one.
 *
 *     const pause = useChange("POST /v1/campaigns/{id}/pause", { onDone: () => toast(t.paused) });
 *     <Button loading={pause.isPending} onClick={() => pause.mutate({ params: { id } })}>{t.pause}</Button>
 */
export function useChange<K extends Write>(operation: K, options: ChangeOptions<K> = {}) {
  const queries = useQueryClient();
  /** By input: what is to happen once it is done. */
  const underWay = useRef(new Map<string, (answer: Output<K>) => void>());
  /** By input: the key of a call whose reply was lost. */
  const unsure = useRef(new Map<string, string>());
  const perform = async (input: Input<K>): Promise<Output<K>> => {
    const given = input as { idempotencyKey?: string };
    if (!makes(operation) || given.idempotencyKey) return (await call(operation, input)) as Output<K>;
    const same = JSON.stringify(input);
    const idempotencyKey = unsure.current.get(same) ?? randomKey();
    unsure.current.set(same, idempotencyKey);
    try {
      const answer = (await call(operation, { ...given, idempotencyKey })) as Output<K>;
      unsure.current.delete(same);
      return answer;
    } catch (error) {
      if (!(error instanceof HeraldApiError && lostReply(error) === "unsure")) unsure.current.delete(same);
      throw error;
    }
  };
  const mutation = useMutation<
    Output<K>,
    HeraldApiError,
    Input<K>,
    { queryKey: QueryKey; before: unknown } | undefined
  >({
    // The cache shows what nobody else does (app/queries.ts).
    meta: { showsError: options.onError === undefined },
    mutationFn: perform,
    onMutate: async (input) => {
      const planned = options.optimistic?.(input);
      if (!planned) return undefined;
      const { queryKey, change } = planned;
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData(queryKey);
      if (before !== undefined) queries.setQueryData(queryKey, change(before));
      return { queryKey, before };
    },
    onSuccess: (answer, input) => {
      options.onDone?.(answer, input);
      underWay.current.get(JSON.stringify(input))?.(answer);
    },
    onError: (error, input, undo) => {
      if (undo && undo.before !== undefined) queries.setQueryData(undo.queryKey, undo.before);
      options.onError?.(error, input);
    },
    onSettled: async (_answer, error, input) => {
      underWay.current.delete(JSON.stringify(input));
      // The session is over: nothing was changed, and the page is asking for its session (app/queries.ts). That would be given up for being asked anew,
      // and with it the only answer that says why: it takes the cookie with it.
      if (error?.statusCode === 401) return;
      const outdated = new Set(options.outdates ?? [resourceOf(operation)]);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => outdated.has(resourceOf(queryKey[0])) });
    },
  });
  const { mutate: make } = mutation;
  /**
   * `onSuccess` for each call that went well. The library's own is for the last one only: of two things that are removed in quick
   * succession, one could be taken back.
   */
  const mutate = useCallback(
    (input: Input<K>, { onSuccess = () => {} }: { onSuccess?: (answer: Output<K>) => void } = {}) => {
      const same = JSON.stringify(input);
      if (underWay.current.has(same)) return;
      underWay.current.set(same, onSuccess);
      make(input);
    },
    [make],
  );
  return { ...mutation, mutate };
}
