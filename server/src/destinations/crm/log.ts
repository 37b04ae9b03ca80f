import { randomUUID } from "node:crypto";
import type { CrmLink, CrmRecordKey } from "../../db/crm.ts";
import { sampleLeadId } from "../../domain/event-samples.ts";
import type { OpenSystem, SystemAccount, SystemCheck, SystemEvent, SystemResult } from "../system.ts";
import { systemDeadlineMs } from "../system-delivery.ts";
import { type Activity, activityOf, type Mapping, personFieldsOf } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError } from "./error.ts";
import { aboutLead, findPerson, personOf } from "./person.ts";
import type { CrmStore } from "./store.ts";

export interface CrmLogOptions {
  store: CrmStore;
  /** How long a try has to itself; more than a delivery may take. Milliseconds. */
  leaseMs?: number;
  /** After an end without an answer: how long the CRM gets until it is asked, also for its index. Milliseconds. */
  settleMs?: number;
}

export interface CrmMapping extends Mapping {
  createPeople: boolean;
}

/** So long what the CRM forbids isn't asked for again. Milliseconds. */
const forbiddenRestMs = 60_000;

/**
 * Logs events in a CRM, each once. What is about to be created is on record before the CRM is called; a try that finds a
 * record without an ID asks the CRM for the event's marker before it creates anything.
 */
export class CrmLog implements OpenSystem {
  private readonly account: SystemAccount<unknown, unknown>;
  private readonly mapping: CrmMapping;
  private readonly client: CrmClient;
  private readonly store: CrmStore;
  private readonly leaseMs: number;
  private readonly settleMs: number;
  /** Until when the CRM wants no calls; of Date.now(). */
  private restUntil = 0;
  private restReason = "";
  /** What the CRM forbids, by the kind of activity, and `person` for creating people: not asked for again so soon. */
  private readonly forbidden = new Map<string, { until: number; error: CrmError }>();
  /** One at a time for each person: two events of somebody new must not create them twice. */
  private readonly people = new Map<string, Promise<unknown>>();

  constructor(
    account: SystemAccount<unknown, unknown>,
    mapping: CrmMapping,
    client: CrmClient,
    options: CrmLogOptions,
  ) {
    this.account = account;
    this.mapping = mapping;
    this.client = client;
    this.store = options.store;
    this.leaseMs = options.leaseMs ?? systemDeadlineMs + 10_000;
    this.settleMs = options.settleMs ?? 15_000;
  }

  verify(signal: AbortSignal): Promise<SystemCheck> {
    return this.client.verify(signal).catch((error: unknown) => {
      if (error instanceof CrmError) return { ok: false as const, code: error.code, detail: error.message };
      throw error;
    });
  }

  close(): Promise<void> {
    return this.client.close();
  }

  async deliver(event: SystemEvent, signal: AbortSignal): Promise<SystemResult> {
    const rest = this.restUntil - Date.now();
    if (rest > 0) return this.rested(rest);
    const data = JSON.parse(event.data) as Record<string, unknown>;
    const sample = data.leadId === sampleLeadId;
    const leadId = typeof data.leadId === "string" && !sample ? data.leadId : null;
    const lead = leadId === null ? null : await this.store.lead(this.account.workspaceId, leadId);
    const person = personOf(data, lead);
    const about = aboutLead(person, lead);
    const mapped = activityOf(event, data, about, this.mapping);
    if (!mapped.ok) return mapped;
    if (sample) return preview(this.client.system, mapped.activity);
    const forbidden = this.knownForbidden(mapped.activity.kind);
    if (forbidden) return this.resultOf(forbidden);
    const key: CrmRecordKey = { ...this.keyBase(), kind: "event", ref: event.eventId };
    const claim = randomUUID();
    const claimed = await this.store.claim(key, claim, this.leaseMs);
    if (claimed.crmId !== null)
      return { outcome: "delivered", detail: `Logged already, as ${claimed.crmId}: nothing was sent again.` };
    if (!claimed.mine) return this.waits(claimed.askAt);
    const tries: Tries = { ask: claimed.tries > 1, before: claimed.personId, now: null };
    try {
      const logged = await this.oneAtATime(person.ref, () => this.log(person, about, mapped.activity, tries, signal));
      await this.store.link(key, logged.id, null);
      const { request, statusCode, detail } = logged;
      return { outcome: "delivered", detail, ...(request && { request }), statusCode: statusCode ?? null };
    } catch (error) {
      if (!(error instanceof CrmError)) throw error;
      const unsure = error.problem === "ambiguous" || claimed.tries > 1;
      // What an earlier try may have created is still to be asked for.
      if (unsure) {
        const ambiguous = error.problem === "ambiguous";
        const askAt = new Date(Date.now() + (ambiguous ? this.settleMs : 0));
        await this.store.doubt(key, claim, askAt, ambiguous ? tries.now : null);
      } else await this.store.release(key, claim);
      return this.resultOf(error);
    }
  }

  private async log(
    person: Person,
    about: Record<string, unknown>,
    activity: Activity,
    tries: Tries,
    signal: AbortSignal,
  ): Promise<Logged & { detail: string; request?: string; statusCode?: number }> {
    // Before anybody is looked for anew: the lead may be somebody else there by now.
    const earlier = tries.ask ? await this.earlier(person, activity, tries, signal) : null;
    if (earlier) return loggedBefore(earlier);
    let gone: string | null = null;
    for (;;) {
      const personId = await this.personId(person, about, gone, signal);
      try {
        const known = tries.ask ? await this.client.findLogged(personId, activity, signal).catch(onlyAsked) : null;
        if (known) return loggedBefore(known);
        tries.now = personId;
        const logged = await this.client.log(personId, activity, signal);
        return { ...logged, detail: `Logged as ${logged.name} ${logged.id} of ${personId}.` };
      } catch (error) {
        this.noteForbidden(activity.kind, error);
        if (!(error instanceof CrmError) || error.problem !== "gone") throw error;
        if (personId === gone) throw stillThere(this.client.system, personId, error);
        await this.store.forget(this.personKey(person), personId);
        if (gone !== null) throw error;
        gone = personId;
      }
    }
  }

  /** What was logged with whom an earlier try was made, where that isn't who the lead is now. */
  private async earlier(
    person: Person,
    activity: Activity,
    { before }: Tries,
    signal: AbortSignal,
  ): Promise<Logged | null> {
    const link = await this.store.get(this.personKey(person));
    // Of a process that died it isn't known with whom; but who the lead was is, until they are looked for anew.
    const who = before ?? (link !== null && !this.stillIs(person, link) ? link.crmId : null);
    if (who === null || (link?.crmId === who && this.stillIs(person, link))) return null;
    try {
      return await this.client.findLogged(who, activity, signal).catch(onlyAsked);
    } catch (error) {
      if (error instanceof CrmError && error.problem === "gone") return null;
      throw error;
    }
  }

  /** Nobody has set the lead's ID since they were found; else somebody said who it is. */
  private stillIs({ externalLeadId }: Person, link: CrmLink): boolean {
    return externalLeadId === null || [this.externalId(link.crmId), link.externalId].includes(externalLeadId);
  }

  /** `gone`: who it was before, and isn't any more. */
  private async personId(
    person: Person,
    about: Record<string, unknown>,
    gone: string | null,
    signal: AbortSignal,
  ): Promise<string> {
    const key = this.personKey(person);
    const { store, client, leaseMs, settleMs } = this;
    const known = await store.get(key);
    if (known !== null) {
      if (this.stillIs(person, known)) return known.crmId;
      await store.forget(key, known.crmId);
    }
    const fieldsOfNew = () => {
      const forbidden = this.knownForbidden("person");
      if (forbidden) throw forbidden;
      return personFieldsOf(about, this.mapping.personFields);
    };
    const id = await findPerson(person, signal, {
      ...{ store, client, key, leaseMs, settleMs },
      create: this.mapping.createPeople ? fieldsOfNew : null,
    }).catch((error: unknown) => {
      this.noteForbidden("person", error);
      throw error;
    });
    const ended = gone === null ? null : this.externalId(gone);
    // First: where it ends in between, they are found by it, while of who is linked nobody looks whether the lead has it.
    if (person.leadId !== null) await store.completeLead(key, person.leadId, this.externalId(id), ended);
    await store.link(key, id, person.externalLeadId);
    return id;
  }

  private noteForbidden(what: string, error: unknown): void {
    if (error instanceof CrmError && error.problem === "forbidden" && error.details.request !== undefined)
      this.forbidden.set(what, { until: Date.now() + forbiddenRestMs, error });
  }

  /** Without the call that was refused: it isn't this one's. */
  private knownForbidden(what: string): CrmError | null {
    const known = this.forbidden.get(what);
    if (known === undefined || known.until <= Date.now()) return null;
    return new CrmError("forbidden", known.error.code, known.error.message);
  }

  private externalId(personId: string): string {
    return this.client.externalId?.(personId) ?? personId;
  }

  private async oneAtATime<T>(ref: string, work: () => Promise<T>): Promise<T> {
    const before = this.people.get(ref) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.people.set(ref, mine);
    try {
      return await mine;
    } finally {
      if (this.people.get(ref) === mine) this.people.delete(ref);
    }
  }

  private resultOf(error: CrmError): SystemResult {
    const { code, message: detail, problem } = error;
    const { retryAfterMs, echo = false, ...seen } = error.details;
    switch (problem) {
      case "refused":
      case "failed":
        return { outcome: problem, code, detail, ...seen };
      case "gone":
        return { outcome: "failed", code, detail, ...seen };
      case "forbidden":
        return { outcome: "retry", code, detail, alone: true, ...seen };
      case "throttled": {
        const wait = retryAfterMs ?? 0;
        this.restUntil = Date.now() + wait;
        this.restReason = detail;
        return { outcome: "retry", code, detail, retryAfterMs: wait, throttled: true, ...seen };
      }
      case "unavailable":
        return { outcome: "retry", code, detail, echo, ...(retryAfterMs ? { retryAfterMs } : {}), ...seen };
      case "ambiguous":
        return {
          outcome: "retry",
          code,
          detail,
          echo,
          retryAfterMs: Math.max(this.settleMs, retryAfterMs ?? 0),
          ...seen,
        };
    }
  }

  private rested(retryAfterMs: number): SystemResult {
    return { outcome: "retry", code: "rate_limited", detail: this.restReason, retryAfterMs, throttled: true };
  }

  private waits(askAt: Date): SystemResult {
    return {
      ...{ outcome: "retry", code: "outcome_unknown", retryAfterMs: Math.max(0, askAt.getTime() - Date.now()) },
      // Nothing was asked of the CRM: many of these, after a crash, don't say that it is ill.
      echo: true,
      detail: `An earlier try has not ended, or ended without an answer. From ${askAt.toISOString()} on ${this.client.system} is asked whether it was logged.`,
    };
  }

  private keyBase(): { workspaceId: string; destinationId: string } {
    return { workspaceId: this.account.workspaceId, destinationId: this.account.destinationId };
  }

  private personKey(person: Person): CrmRecordKey {
    return { ...this.keyBase(), kind: "person", ref: person.ref };
  }
}

/** With whom in the CRM an event is logged. */
interface Tries {
  /** Whether an earlier try may have logged it. */
  ask: boolean;
  /** With whom that was, where it is known. */
  before: string | null;
  /** With whom this one is. */
  now: string | null;
}

const loggedBefore = (logged: Logged) => ({
  ...logged,
  detail: `It was logged before, as ${logged.name} ${logged.id}: nothing was sent again.`,
});

/** A sample's person doesn't exist, and must not be made. */
function preview(system: string, { kind, incoming, subject, body }: Activity): SystemResult {
  const what = kind === "note" ? "a note" : `${incoming ? "an incoming" : "an outgoing"} ${kind} message`;
  return {
    ...{ outcome: "skipped", code: "sample" },
    detail: `This is a sample: nothing was sent. In ${system} it would be ${what}. Subject: ${subject}\n\n${body}`,
  };
}

/** A question that is refused says nothing of the event, which may be there: it is asked again. */
function onlyAsked(error: unknown): never {
  if (!(error instanceof CrmError) || error.problem !== "failed" || error.code === "too_many_activities") throw error;
  const message = `Herald couldn't ask whether it was logged, and tries again: ${error.message}`;
  throw new CrmError("unavailable", "outcome_unknown", message, error.details);
}

/** Who was found again can't be what isn't there. */
function stillThere(system: string, personId: string, { message, details }: CrmError): CrmError {
  return new CrmError(
    "failed",
    "refused_by_crm",
    `${system} has ${personId}, so that something else is what it doesn't take: an owner, or a field's reference. It says: ${message}`,
    details,
  );
}
