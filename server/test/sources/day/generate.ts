import { seeded } from "../../campaigns/race/race.ts";

/**
 * A day of a team that uses SendPilot and Apten side by side: what both send as webhooks, in the order in which it happened.
 * Both generations of SendPilot's names, all of Apten's types, strangers among the events, and leads that both write to.
 */

export type System = "sendpilot" | "apten";

export interface Delivery {
  system: System;
  body: string;
}

/** A lead of the team, as Herald has it before the day: those whom both systems write to. */
export interface KnownLead {
  linkedinUrl: string;
  phone: string;
  email: string;
}

export interface Day {
  known: KnownLead[];
  deliveries: Delivery[];
}

type Random = () => number;
type Told = Delivery & { at: number };

const dayBegins = Date.UTC(2026, 0, 5, 7);
/** A lead's share of the day's events, on average. */
const eventsALead = 12;

export function generateDay(count: number, seed: number): Day {
  const random = seeded(seed);
  const known: KnownLead[] = [];
  const told: Told[] = ofCampaigns(random);
  for (let n = 0; told.length < count * 1.05; n++) {
    const lead = new Lead(n, random);
    if (lead.isShared) known.push(lead);
    told.push(...lead.day());
  }
  told.sort((a, b) => a.at - b.at);
  return { known, deliveries: told.slice(0, count).map(({ system, body }) => ({ system, body })) };
}

/** The same, as a network that repeats and overtakes would bring it. A tenth comes again, some in other bytes. */
export function disorder({ deliveries }: Day, seed: number): Delivery[] {
  const random = seeded(seed);
  const again = deliveries.filter(() => random() < 0.1).map((one) => (random() < 0.5 ? one : respelled(one)));
  const all = [...deliveries, ...again];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** The same fact in another delivery: other bytes, and so another hash. */
function respelled({ system, body }: Delivery): Delivery {
  return { system, body: JSON.stringify(JSON.parse(body), null, 2) };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

/** Campaigns of SendPilot's, and what no receiver knows. */
function ofCampaigns(random: Random): Told[] {
  const from = dayBegins;
  const of = { campaignId: "camp_1", campaignName: "Spring" };
  return [
    sendpilot(random, from, "campaign.started", { ...of, totalLeads: 100, startedAt: iso(from) }),
    sendpilot(random, from + 1e6, "campaign.paused", { ...of, pausedAt: iso(from + 1e6), pausedBy: "user" }),
    sendpilot(random, from + 2e6, "campaign.resumed", { ...of, resumedAt: iso(from + 2e6), resumedBy: "user" }),
    sendpilot(random, from + 3e6, "campaign.finished", { ...of, totalLeads: 100, finishedAt: iso(from + 3e6) }),
    sendpilot(random, from + 4e6, "lead_database.search.completed", { search_id: "s1", results: [{ total_count: 3 }] }),
    sendpilot(random, from + 5e6, "lead_extractor.job.completed", { job_id: "j1", lead_count: 7 }),
    apten(from + 6e6, "webchat.started", { visitor: { id: "v1" } }),
  ];
}

const iso = (at: number) => new Date(at).toISOString();

function sendpilot(random: Random, at: number, eventType: string, data: object): Told {
  const suffix = Math.floor(random() * 36 ** 9)
    .toString(36)
    .padStart(9, "0");
  const event = { eventId: `evt_${at}_${suffix}`, eventType, timestamp: iso(at), workspaceId: "ws_theirs", data };
  return { system: "sendpilot", at, body: JSON.stringify(event) };
}

function apten(at: number, event: string, data: object, more: object = {}): Told {
  const timestamp = iso(at).replace(/\.\d+Z/, "Z");
  return { system: "apten", at, body: JSON.stringify({ event, data, ...more, timestamp }) };
}

/** A person, and what happens to them on that day. */
class Lead implements KnownLead {
  readonly linkedinUrl: string;
  readonly phone: string;
  readonly email: string;
  readonly isShared: boolean;
  private readonly n: number;
  private readonly random: Random;
  private readonly systems: readonly System[];
  private at: number;

  constructor(n: number, random: Random) {
    this.n = n;
    this.random = random;
    this.linkedinUrl = `https://www.linkedin.com/in/day-${n}`;
    this.phone = `+1303${2_000_000 + n}`;
    this.email = `day-${n}@example.com`;
    const kind = random();
    this.isShared = kind < 0.3;
    this.systems = this.isShared ? ["sendpilot", "apten"] : kind < 0.65 ? ["sendpilot"] : ["apten"];
    this.at = dayBegins + Math.floor(random() * 8 * 3_600_000);
  }

  day(): Told[] {
    const count = 1 + Math.floor(this.random() * 2 * eventsALead);
    const told: Told[] = [];
    while (told.length < count) {
      const system = pick(this.random, this.systems);
      // Now and then two things happen in the same moment.
      if (this.random() > 0.05) this.at += 1 + Math.floor(this.random() * 1_200_000);
      told.push(...(system === "sendpilot" ? this.bySendpilot() : this.byApten()));
    }
    return told;
  }

  private bySendpilot(): Told[] {
    const { random, at } = this;
    const old = random() < 0.3;
    const of = {
      ...{ leadId: `lead_sp_${this.n}`, campaignId: pick(random, ["camp_1", "camp_2", null]) },
      ...{ linkedinUrl: this.linkedinUrl, senderId: pick(random, ["sender_1", "sender_2"]) },
    };
    const tell = (name: string, older: string, data: object) => [
      sendpilot(random, at, old ? older : name, { ...of, ...data }),
    ];
    const text = `Message ${this.n}/${at}/${Math.floor(random() * 1e6)} `.repeat(1 + Math.floor(random() * 5));
    const kind = random();
    if (kind < 0.1) {
      return tell("connection_request.sent", "connection.sent", random() < 0.5 ? { note: `Hi ${this.n}` } : {});
    }
    if (kind < 0.2) return tell("connection_request.accepted", "connection.accepted", { acceptedAt: iso(at) });
    if (kind < 0.55) {
      const message = old ? { messagePreview: text.slice(0, 100) } : { message: text };
      return tell("message.sent", "message.sent", {
        ...message,
        ...(random() < 0.8 && { sequenceStep: 1 + Math.floor(random() * 5) }),
      });
    }
    if (kind < 0.7) return tell("reply.received", "message.received", old ? { replyPreview: text } : { reply: text });
    if (kind < 0.85) {
      const statuses = ["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT", "REPLY_RECEIVED"];
      const further = ["MEETING_BOOKED", "OPPORTUNITY", "NOT_INTERESTED", "DONE", "A_NEW_ONE"];
      const [previousStatus, newStatus] = [pick(random, statuses), pick(random, [...statuses, ...further])];
      const changed = {
        previousStatus,
        newStatus,
        ...(old && { changedBy: pick(random, ["api", "automation", "user"]) }),
      };
      return tell("lead.updated", "lead.status.changed", changed);
    }
    const tags = ["hot", "cold", "customer", "partner", "event-2026"];
    const [added, removed] = [[pick(random, tags)], random() < 0.5 ? [pick(random, tags)] : []];
    return tell("lead.tag.updated", "lead.tag.updated", { tags: added, added, removed });
  }

  private byApten(): Told[] {
    const { random, at, phone } = this;
    const of = {
      leadId: `apten-${this.n}`,
      ...(random() < 0.6 && { externalLeadId: pick(random, [`003-${this.n}`, `00Q-${this.n}`]) }),
      phone,
    };
    const channel = random() < 0.6 ? "sms" : "email";
    const profile = pick(random, ["Default Profile", "Sales"]);
    const text = `Text ${this.n}/${at}/${Math.floor(random() * 1e6)}`;
    const content = channel === "email" ? { subject: "A call?", text } : { text };
    const kind = random();
    if (kind < 0.35) {
      const isFollowUp = random() < 0.6;
      const followUpStep = isFollowUp && random() < 0.9 ? 1 + Math.floor(random() * 4) : null;
      return [apten(at, "message.sent", { ...of, channel, profile, isFollowUp, followUpStep, content })];
    }
    if (kind < 0.5) {
      const more = channel === "email" ? { hasAttachments: false } : {};
      return [apten(at, "message.received", { ...of, channel, profile, content, ...more })];
    }
    if (kind < 0.6) {
      const word = pick(random, ["STOP", "stop.", "START", "Unstop", "HELP", "YES", "Unsubscribe"]);
      return [apten(at, "message.received", { ...of, channel: "sms", profile, content: { text: word } })];
    }
    if (kind < 0.67) return [this.optOut(of, pick(random, ["sms", "email", "call"]), false)];
    if (kind < 0.68) {
      const told = { ...of, email: random() < 0.7 ? this.email : null, optOutMessage: "Never again." };
      const each = ["sms", "email", "call"].map((name) => this.optOut(of, name, true));
      return [apten(at, "doNotContact", told), ...each];
    }
    if (kind < 0.82) {
      const by = pick(random, ["sms", "email", "call", "manual"]);
      const tag = pick(random, ["hasReplied", "isHot", "isQualified", "hot", "vip"]);
      return [
        apten(at, "leadTagged", { ...of, channel: by, tag, ...(random() < 0.2 && { close_crm_leadId: "lead_close" }) }),
      ];
    }
    if (kind < 0.95) {
      const value = () => pick(random, ["Austin", "Boston", "Chicago", null]);
      const keys = ["city", "budget", "interest"].filter(() => random() < 0.6);
      const additionalInfo = Object.fromEntries(keys.map((key) => [key, { old: value(), new: value() }]));
      const eventId = `info_${this.n}_${at}_${Math.floor(random() * 1e6)}`;
      return [apten(at, "lead.additionalInfo.updated", { leadId: of.leadId, phone, additionalInfo }, { eventId })];
    }
    if (kind < 0.98) {
      const named = { notificationName: "Hot lead", notificationMessage: `Look at ${this.n}` };
      return [apten(at, "notification", { leadId: of.leadId, phone, channel, ...named })];
    }
    return [apten(at, "call.completed", { ...of, durationSeconds: 42 })];
  }

  private optOut(of: object, channel: string, isDoNotContact: boolean): Told {
    const reasons = ["MANUAL", "COMPLAINT", "BOUNCE", "UNSUBSCRIBE_LINK"] as const;
    const data = {
      ...{ ...of, channel, optOutReason: channel === "email" ? pick(this.random, reasons) : null },
      isTwilioOptOut: channel === "email" ? null : this.random() < 0.5,
      ...(this.random() < 0.3 && { optOutMessage: "No more, please." }),
      isDoNotContact,
    };
    return apten(this.at, "optOut", data);
  }
}
