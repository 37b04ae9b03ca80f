import type { SimulatedStep, SimulationInput } from "../../src/campaigns/simulation.ts";
import type { SimulatedLead } from "../../src/campaigns/simulation-queue.ts";
import type { SenderFacts } from "../../src/campaigns/simulation-senders.ts";
import type { CampaignRules } from "../../src/db/due.ts";
import type { PaceFacts } from "../../src/db/pace.ts";
import type { ChannelName } from "../../src/domain/event.ts";
import type { Pace } from "../../src/domain/pacing.ts";
import { leastMs, parseDelay } from "../../src/domain/schedule/delay.ts";

/** What a simulation begins with, without a database. */

/** 2026-03-02, 09:00 UTC. */
export const monday = Date.UTC(2026, 2, 2, 9);
export const at = (time: string) => Date.parse(`2026-03-02T${time}:00Z`);

export function aStep(
  delay: string,
  channel: ChannelName = "sms",
): Pick<SimulatedStep, "channel" | "action" | "subject" | "text" | "html" | "delay" | "delayMs"> {
  const parsed = parseDelay(delay);
  if (!parsed.ok) throw new Error(parsed.reason);
  const subject = channel === "email" ? "Hello" : null;
  const text = "Hi {{ firstName }}";
  return { channel, action: "message", subject, text, html: null, delay: parsed.delay, delayMs: leastMs(parsed.delay) };
}

export const aLead = (lead: Partial<SimulatedLead> = {}): Partial<SimulatedLead> => lead;

export function aSender(
  message: Partial<Pace> = {},
  facts: Partial<PaceFacts> = {},
  channel: ChannelName = "sms",
): SenderFacts {
  const none = { today: 0, lastAt: null, lastKey: null, weekEdge: null, recent: [] };
  return {
    sender: {
      workspaceId: "ws",
      senderId: "",
      channel,
      provider: "sandbox",
      limits: { message },
      createdAt: new Date(monday),
      parked: null,
      timeZone: "UTC",
      schedule: null,
      hoursZone: null,
      messagesPerDay: null,
    },
    message: { ...none, ...facts },
    connect: none,
  };
}

/** A draft that is started on Monday, whose leads were taken in just before; always open, SMS from 08:00 to 21:00. */
export function aSimulation(options: {
  leads: Partial<SimulatedLead>[];
  steps: (Pick<SimulatedStep, "channel" | "text" | "delay" | "delayMs"> & Partial<SimulatedStep>)[];
  senders: SenderFacts[];
  rules?: Partial<CampaignRules>;
  horizonDays?: number;
}): SimulationInput {
  const steps = options.steps.map(
    (step, i): SimulatedStep => ({
      action: "message",
      subject: null,
      html: null,
      condition: null,
      otherwise: null,
      timeLimit: null,
      variants: null,
      asks: false,
      ...step,
      stepId: `step_${i + 1}`,
      position: i + 1,
    }),
  );
  const [{ delayMs, asks, ...first }] = steps as [SimulatedStep];
  const leads = options.leads.map(
    (lead, rank): SimulatedLead => ({
      workspaceId: "ws",
      campaignId: "camp",
      leadId: `lead_${String(rank).padStart(3, "0")}`,
      ...first,
      senders: {},
      firstName: "Ada",
      lastName: null,
      company: null,
      title: null,
      linkedinUrl: null,
      phone: "+12025550100",
      email: "ada@example.com",
      profile: null,
      tags: [],
      externalLeadId: null,
      custom: {},
      anchorAt: monday,
      nextAt: monday + delayMs,
      wasWrittenTo: false,
      nextSender: asks ? "?" : "",
      variantBefore: null,
      firstLook: false,
      pausedUntil: null,
      pauseReason: null,
      known: null,
      leadZone: null,
      touchedAt: null,
      rank,
      suppressed: null,
      stoppingStatus: null,
      had: [],
      leaving: false,
      ...lead,
    }),
  );
  const senders = options.senders.map((facts, i) => ({
    ...facts,
    sender: { ...facts.sender, senderId: `sender_${i}` },
  }));
  return {
    rules: {
      workspaceId: "ws",
      campaignId: "camp",
      profileId: null,
      timeZone: null,
      workspaceZone: "UTC",
      schedule: null,
      smsHours: { from: "08:00", to: "21:00" },
      limits: {},
      maxLatenessSeconds: null,
      rotation: "fixed",
      senderWeights: {},
      onSenderPaused: "wait",
      minTouchGapSeconds: 0,
      senderIds: senders.map(({ sender }) => sender.senderId),
      startedAt: new Date(monday),
      open: 0,
      firstPosition: 1,
      ...options.rules,
    },
    steps,
    leads,
    flights: [],
    idle: [],
    senders,
    sentToday: 0,
    campaignToday: { messages: 0, newLeads: 0 },
    notBefore: monday + delayMs,
    late: null,
    startsAt: monday,
    horizonDays: options.horizonDays ?? 400,
  };
}
