import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  type QueryKey,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import {
  client,
  type HeraldApiError,
  type Input,
  type Item,
  type ListOperation,
  type Operation,
  type Output,
} from "./client.ts";

/** Operations that only read. */
export type Read = Extract<Operation, `GET ${string}`>;

type Given<K extends Operation> = Omit<Input<K>, "signal" | "idempotencyKey">;
type MaybeInput<K extends Operation> = Record<never, never> extends Given<K> ? [input?: Given<K>] : [input: Given<K>];

/**
 * The query of one call. Its key is the operation and what it is given, so that nobody makes keys up, and live.ts can say
 * which queries an event outdates by their paths.
 *
 *     const { data } = useQuery(apiQuery("GET /v1/leads/{id}", { params: { id } }));
 */
export function apiQuery<K extends Read>(operation: K, ...[input]: MaybeInput<K>) {
  return queryOptions<Output<K>, HeraldApiError>({
    queryKey: [operation, input ?? {}],
    queryFn: ({ signal }) => call(operation, { ...input, signal }) as Promise<Output<K>>,
  });
}

/** A call's answer, kept current. While other input loads, the answer before stays, so that nothing jumps. */
export function useApi<K extends Read>(operation: K, ...[input]: MaybeInput<K>) {
  return useQuery({ ...apiQuery(operation, ...([input] as MaybeInput<K>)), placeholderData: keepPreviousData });
}

/** As `useApi`, for what can't be asked yet: null as input asks nothing. */
export function useApiWhen<K extends Read>(operation: K, input: Given<K> | null) {
  return useQuery({
    ...apiQuery(operation, ...([input ?? {}] as unknown as MaybeInput<K>)),
    enabled: input !== null,
  });
}

interface Page {
  data?: readonly unknown[];
  leads?: readonly unknown[];
  conversations?: readonly unknown[];
  messages?: readonly unknown[];
  nextCursor?: string | null;
  continuationToken?: string | null;
  pagination?: { nextCursor: string | null };
  meta?: { page: number; totalPages: number };
}

function listQuery<K extends ListOperation & Read>(operation: K, ...[input]: MaybeInput<K>) {
  const given = (input ?? {}) as { query?: Record<string, unknown> };
  return infiniteQueryOptions<Page, HeraldApiError, InfiniteData<Page>, QueryKey, Record<string, unknown>>({
    queryKey: [operation, given, "pages"],
    queryFn: ({ pageParam, signal }) =>
      call(operation, { ...given, query: { ...given.query, ...pageParam }, signal }) as Promise<Page>,
    initialPageParam: {},
    getNextPageParam: (page) => nextOf(page, given.query?.after !== undefined),
  });
}

/**
 * Asks for the rows that `useApiList` is about to ask for, for a page's `early`: they are on their way while the page is rendered, and the first one is
 * rendered once, with them.
 */
export function askListEarly<K extends ListOperation & Read>(
  queries: QueryClient,
  operation: K,
  ...[input]: MaybeInput<K>
): void {
  void queries.prefetchInfiniteQuery(listQuery(operation, ...([input] as MaybeInput<K>)));
}

/** Milliseconds for which a list that failed isn't asked for again by being shown. */
const justFailedMs = 2_000;

/**
 * A list, page after page, for `DataTable`: `rows` of all pages that were loaded, and `loadMore`. `meta` is what the first page
 * says about the whole list, such as totals.
 */
export function useApiList<K extends ListOperation & Read>(operation: K, ...[input]: MaybeInput<K>) {
  const query = useInfiniteQuery({
    ...listQuery(operation, ...([input] as MaybeInput<K>)),
    placeholderData: keepPreviousData,
    // What was asked for before its page was rendered, and refused, isn't asked for again by the page: it says so, and offers it.
    retryOnMount: ({ state }) => Date.now() - state.errorUpdatedAt > justFailedMs,
  });
  const pages = query.data?.pages;
  const { fetchNextPage, refetch } = query;
  const mayLoad = query.hasNextPage && !query.isFetchingNextPage;
  // The same as long as the data is: tables make much of it.
  const rows = useMemo(() => (pages ?? []).flatMap(itemsOf) as Item<K>[], [pages]);
  return {
    rows,
    first: pages?.[0] as Output<K> | undefined,
    isLoading: query.isPending,
    /** Other input is loading; the rows are those of the input before. */
    isStale: query.isPlaceholderData,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: useCallback(() => void (mayLoad && fetchNextPage()), [mayLoad, fetchNextPage]),
    retry: useCallback(() => void refetch(), [refetch]),
  };
}

const itemsOf = (page: Page): readonly unknown[] =>
  page.data ?? page.leads ?? page.conversations ?? page.messages ?? [];

/** `follows`: the list is the log from a place on, whose cursor always leads on, to what may come. */
function nextOf(page: Page, follows: boolean): Record<string, unknown> | undefined {
  const { meta, pagination, continuationToken, nextCursor } = page;
  if (follows) return itemsOf(page).length > 0 ? { after: nextCursor } : undefined;
  if (meta) return meta.page < meta.totalPages ? { page: meta.page + 1 } : undefined;
  if (continuationToken) return { continuationToken };
  const cursor = pagination ? pagination.nextCursor : nextCursor;
  return cursor ? { cursor } : undefined;
}

/** The client's types hold for one operation at a time; here it is any of them. */
export const call = client.request as (operation: Operation, input: unknown) => Promise<unknown>;
