import { campaignDay, databaseNow, loadRules } from "../db/due.ts";
import { workspaceCount } from "../db/pace.ts";
import type { Database } from "../db/pool.ts";
import { stoppingStatuses } from "../db/sending.ts";
import {
  campaignFacts,
  type PlacedLead,
  placedLeads,
  readOnly,
  type StepFacts,
  senderRecords,
} from "../db/simulation.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { zoneOf } from "./decide.ts";
import { localDay } from "./pace-book.ts";
import { limits } from "./planner.ts";
import type { Flight, SimulationInput } from "./simulation.ts";
import type { SimulatedLead } from "./simulation-queue.ts";

/** Each takes about 2 kB of memory while the simulation runs. */
const mostLeads = 250_000;
const pageSize = 5_000;

/**
 * Reads a campaign as it is, in one state of the database. `startsAt` (unix milliseconds): when a draft is started or a
 * paused campaign resumed; not before now. One that is active goes on from now.
 *
 * @throws not_found; unprocessable: more than 250,000 leads
 */
export async function loadSimulation(
  db: Database,
  workspaceId: string,
  campaignId: string,
  options: { startsAt?: number | null; horizonDays?: number } = {},
): Promise<SimulationInput> {
  return await readOnly(db, async (tx) => {
    const facts = await campaignFacts(tx, workspaceId, campaignId);
    const [rules] = facts ? await loadRules(tx, [{ workspaceId, campaignId }], limits.maxOpen) : [];
    if (!facts || !rules) throw notFound("campaign", campaignId);
    if (facts.leads > mostLeads) {
      throw new HeraldError(
        "unprocessable",
        `The campaign ${campaignId} has ${facts.leads} leads; at most ${mostLeads} can be simulated. Simulate a campaign with fewer of them: what holds for a part, holds for all.`,
      );
    }
    const now = await databaseNow(tx);
    const startsAt = facts.status === "active" ? now : Math.max(now, options.startsAt ?? now);
    const begins = facts.status === "draft";
    const zone = rules.workspaceZone;
    const { start } = localDay(zone, startsAt);
    const senders = await senderRecords(tx, workspaceId, rules.senderIds, start);
    const capped = senders.some(({ sender }) => sender.messagesPerDay !== null);
    const input: SimulationInput = {
      rules: begins ? { ...rules, startedAt: new Date(startsAt) } : rules,
      steps: facts.steps,
      leads: [],
      flights: [],
      idle: [],
      senders,
      sentToday: capped ? await workspaceCount(tx, workspaceId, start) : 0,
      campaignToday: await campaignDay(tx, workspaceId, campaignId, localDay(zoneOf(rules, null), startsAt).start),
      notBefore: begins ? startsAt + (facts.steps[0]?.delayMs ?? 0) : facts.notBefore,
      late: lateBy(facts.plannedAt, facts.maxLatenessSeconds, startsAt),
      startsAt,
      horizonDays: options.horizonDays ?? 400,
    };
    const gather = new Gathering(facts.steps, startsAt);
    const asks = facts.steps.some((step) => step.asks);
    for (let after = ""; ; ) {
      const page = await placedLeads(tx, workspaceId, campaignId, { after, limit: pageSize, begun: !begins, asks });
      for (const lead of page) gather.add(lead);
      if (page.length < pageSize) break;
      after = page.at(-1)!.leadId;
    }
    return { ...input, leads: gather.leads, flights: gather.flights, idle: gather.idle };
  });
}

/** After a pause or an outage, what was due long before is held (db/due.ts, `keepWatch`). */
function lateBy(
  plannedAt: number | null,
  maxLatenessSeconds: number | null,
  startsAt: number,
): SimulationInput["late"] {
  if (plannedAt === null || maxLatenessSeconds === null) return null;
  const missed = plannedAt < startsAt - Math.max(120, maxLatenessSeconds) * 1000;
  return missed ? { after: plannedAt, before: startsAt - maxLatenessSeconds * 1000 } : null;
}

class Gathering {
  readonly leads: SimulatedLead[] = [];
  readonly flights: Flight[] = [];
  readonly idle: { leadId: string; kind: "held" | "waiting"; reason: string }[] = [];
  private readonly steps: ReadonlyMap<string, StepFacts>;
  private readonly startsAt: number;

  constructor(steps: readonly StepFacts[], startsAt: number) {
    this.steps = new Map(steps.map((step) => [step.stepId, step]));
    this.startsAt = startsAt;
  }

  add(placed: PlacedLead): void {
    const { state, stateReason, nextStepId, nextAt, status, flight, ...row } = placed;
    const { leadId } = row;
    if (state === "held") return void this.idle.push({ leadId, kind: "held", reason: stateReason ?? "held" });
    const step = nextStepId === null ? undefined : this.steps.get(nextStepId);
    const goesOut = flight?.status === "queued" || flight?.status === "sending";
    if (!step || (nextAt === null && !goesOut)) {
      return void this.idle.push({ leadId, kind: "waiting", reason: "" });
    }
    const { delayMs: _, asks: __, ...at } = step;
    const lead: SimulatedLead = {
      ...row,
      ...at,
      variantBefore: null,
      nextAt: nextAt ?? Number.POSITIVE_INFINITY,
      rank: this.leads.length,
      stoppingStatus: stoppingStatuses.some((each) => each === status) ? status : null,
      leaving: false,
    };
    this.leads.push(lead);
    if (nextAt === null) {
      this.flights.push({ lead, senderId: flight!.senderId, at: Math.max(this.startsAt, flight!.dueAt ?? 0) });
    }
  }
}
