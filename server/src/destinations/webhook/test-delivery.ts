import type { Destination } from "../../db/destination.ts";
import type { LoadedEvent } from "../../db/event.ts";
import type { ClaimedItem, Settlement } from "../../db/outbox.ts";
import type { OpenSystem } from "../system.ts";
import type { OpenDestination, WebhookDeliveries } from "./delivery.ts";
import { withoutEchoes } from "./echoes.ts";
import type { Exchange } from "./exchange.ts";
import type { Post } from "./http-client.ts";

/** What came of a test. `filtered`: the transform gave nothing, so nothing was sent. */
export interface TestResult {
  status: "delivered" | "failed" | "filtered";
  /** Null: nothing was sent. */
  request: { url: string; headers: Record<string, string>; body: string } | null;
  /** Null: no answer came. */
  response: { status: number; headers: Record<string, string>; body: string } | null;
  durationMs: number;
  /** Of a system that is no webhook: what became of it there. */
  detail: string | null;
  error: { code: string; detail: string } | null;
}

/** Tests of one destination in a minute, by one process. */
const mostAMinute = 10;
/** Beyond the client's own limit of 30 s: it begins only when there is a connection. */
const patienceMs = 35_000;
const hidden = "***";

/**
 * Deliveries that somebody asks for and waits for. They go the way of all others, but leave no trace: nothing is logged,
 * nothing is tried again, and the destination's health doesn't change. `herald-test: true` marks the request.
 */
export class TestDeliveries {
  private readonly deliveries: WebhookDeliveries;
  /** By destination: when tests were made, in unix milliseconds. */
  private readonly recent = new Map<string, number[]>();

  constructor(deliveries: WebhookDeliveries) {
    this.deliveries = deliveries;
  }

  /** Counts a test; or how many milliseconds to wait until there may be another one. */
  admit(destinationId: string, now = Date.now()): number | null {
    for (const [id, times] of this.recent) if ((times.at(-1) ?? 0) <= now - 60_000) this.recent.delete(id);
    const times = (this.recent.get(destinationId) ?? []).filter((time) => time > now - 60_000);
    if (times.length >= mostAMinute) return (times[0] as number) + 60_000 - now;
    this.recent.set(destinationId, [...times, now]);
    return null;
  }

  /** To be closed by the caller. */
  openSystem(workspaceId: string, destination: Destination): OpenSystem {
    return this.deliveries.openSystem(workspaceId, destination);
  }

  /** The destination's filters are not asked. */
  async send(workspaceId: string, destination: Destination, event: LoadedEvent): Promise<TestResult> {
    const opened = this.deliveries.open(workspaceId, destination, 0);
    const transform = opened.shaping?.transform ?? null;
    const tested: OpenDestination = { ...opened, shaping: transform && { filter: null, transform } };
    const seen: { request: ReturnType<Post["begin"]>; exchange: Exchange | null } = { request: null, exchange: null };
    let over = false;
    const watch = (post: Post): Post => ({
      target: post.target,
      begin() {
        const given = over ? null : post.begin();
        const headers = { ...given?.fixed, ...given?.headers, "herald-test": "true" };
        seen.request = given && { headers, body: given.body };
        return seen.request;
      },
      end(result) {
        seen.exchange = result && withoutEchoes(result, tested.secretValues);
        post.end(result);
      },
    });
    const began = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    const item = itemOf(workspaceId, destination.id, event.id);
    const settled = new Promise<Settlement>((resolve) =>
      this.deliveries.perform(
        { item, destination: tested, event, pauses: 0 },
        (_item, result) => resolve(result),
        watch,
      ),
    );
    const settlement = await Promise.race([settled, late]);
    over = true;
    clearTimeout(timer);
    // It may have called several times, in its own way: what it did is told by its record.
    if (opened.system !== null) {
      await opened.system.close();
      const { attempt } = settlement ?? { attempt: null };
      return {
        ...judged(settlement),
        detail: attempt?.detail ?? null,
        ...{ request: null, response: null, durationMs: Math.round(performance.now() - began) },
      };
    }
    const { target } = tested;
    const url = target.url.origin + target.path;
    return {
      ...judged(settlement),
      detail: null,
      request: seen.request && withoutSecrets({ url, ...seen.request }, destination.headerNames),
      response: seen.exchange && responseOf(seen.exchange),
      durationMs: Math.round(performance.now() - began),
    };
  }
}

function judged(settlement: Settlement | null): Pick<TestResult, "status" | "error"> {
  const attempt = settlement?.attempt ?? null;
  if (attempt === null) {
    const detail = "No connection was free in time: all that Herald opens to this receiver are in use.";
    return { status: "failed", error: { code: "not_sent", detail: settlement ? "Herald is stopping." : detail } };
  }
  const status = attempt.outcome === "succeeded" ? "delivered" : attempt.outcome === "filtered" ? "filtered" : "failed";
  return {
    status,
    error: status === "delivered" ? null : { code: attempt.code ?? "failed", detail: attempt.detail ?? "" },
  };
}

function responseOf({ statusCode, headers, body }: Exchange): TestResult["response"] {
  if (statusCode === null) return null;
  const lines = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]);
  return { status: statusCode, headers: Object.fromEntries(lines), body };
}

/** Custom headers' values are shown to nobody again. */
function withoutSecrets(request: NonNullable<TestResult["request"]>, names: readonly string[] | null) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      names?.includes(name) || /authorization/i.test(name) ? hidden : value,
    ]),
  );
  return { ...request, headers };
}

/** No row of the outbox, so that nothing can be settled under it. */
function itemOf(workspaceId: string, laneId: string, ref: string): ClaimedItem {
  return { workspaceId, id: 0, laneId, laneVersion: 0, ref, attempts: 0, places: 1, lease: 0 };
}
