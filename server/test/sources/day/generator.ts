/** A day of mixed traffic of SendPilot and Apten, from a seed: what their documentation says that they send, and more. */

export interface Delivery {
  source: "sendpilot" | "apten";
  body: string;
}

export interface Day {
  /** What Herald has of its own before the day. */
  leads: { linkedinUrl: string; phone: string; email: string; firstName: string | null }[];
  /** By the time at which it happened; with duplicates. */
  deliveries: Delivery[];
  /** How many of them say nothing new: the same delivery again, or the same fact in another one. */
  duplicates: number;
}

/** mulberry32: the same numbers for the same seed, everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let n = result.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1));
    [result[n], result[other]] = [result[other]!, result[n]!];
  }
  return result;
}

const day = Date.UTC(2026, 0, 5);
const statuses = [
  ...["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT", "REPLY_RECEIVED", "MEETING_BOOKED"],
  ...["OPPORTUNITY", "NOT_INTERESTED", "DONE"],
];
const tags = ["isHot", "isQualified", "hasReplied", "vip", "later"];
const said = ["Sure, when?", "Tell me more", "Not now", "STOP", "Stop.", "START", "yes", "Who is this?", "unsubscribe"];

/** Facts of one person: 10 on average. */
const factsALead = 10;

export function makeDay(seed: number, events: number): Day {
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const people = Math.max(3, Math.ceil(events / factsALead));
  const linkedinUrl = (n: number) => `https://www.linkedin.com/in/day-${n}`;
  const phone = (n: number) => `+1${2_025_550_000 + n * 7}`;
  const email = (n: number) => `day-${n}@example.com`;
  // One in three is known to both systems, by what Herald has of its own.
  const leads = Array.from({ length: people }, (_, n) => n)
    .filter((n) => n % 3 === 0)
    .map((n) => ({
      linkedinUrl: linkedinUrl(n),
      phone: phone(n),
      email: email(n),
      firstName: n % 2 === 0 ? "Own" : null,
    }));
  const timed: (Delivery & { at: number })[] = [];
  let duplicates = 0;
  let id = 0;

  function sendpilot(
    at: number,
    eventType: string,
    data: object,
    eventId = `evt_${at}_${String(id++).padStart(9, "0")}`,
  ) {
    const timestamp = new Date(at).toISOString();
    return JSON.stringify({ eventId, eventType, timestamp, workspaceId: "ws_theirs", data });
  }

  function ofSendpilot(n: number, at: number) {
    const base = {
      ...{ leadId: `lead_${n}`, campaignId: pick([null, "camp_a", "camp_b"]), linkedinUrl: linkedinUrl(n) },
      senderId: `sender_${n % 4}`,
    };
    const more = below(20) === 0 ? { brand_new_field: { deep: [1, null, "x"] } } : {};
    const text = `${pick(["Hi", "Hello", "Following up"])} ${n} ${below(1_000)}`;
    const old = below(3) === 0;
    const step = below(2) === 0 ? { sequenceStep: 1 + below(4) } : {};
    const kinds: [string, string, object][] = [
      ["message.sent", "message.sent", { ...base, ...(old ? { messagePreview: text } : { message: text }), ...step }],
      ["reply.received", "message.received", { ...base, ...(old ? { replyPreview: text } : { reply: text }) }],
      ["connection_request.sent", "connection.sent", { ...base, ...(below(2) === 0 ? { note: text } : {}) }],
      [
        ...(["connection_request.accepted", "connection.accepted"] as const),
        { ...base, acceptedAt: new Date(at).toISOString() },
      ],
      [
        ...(["lead.updated", "lead.status.changed"] as const),
        { ...base, previousStatus: "PENDING", newStatus: pick(statuses), ...(old ? { changedBy: "user" } : {}) },
      ],
      [
        ...(["lead.tag.updated", "lead.tag.updated"] as const),
        { ...base, tags: [], added: [pick(tags)], removed: [pick(tags)] },
      ],
    ];
    const weighted = [0, 0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 5];
    const [name, older, data] = kinds[pick(weighted)]!;
    if (below(40) === 0) {
      return [
        sendpilot(at, pick(["campaign.started", "campaign.paused"]), { campaignId: "camp_a", campaignName: "A" }),
      ];
    }
    if (below(60) === 0) return [sendpilot(at, "lead_extractor.job.completed", { job_id: `j${id}`, lead_count: 7 })];
    const eventId = `evt_${at}_${String(id++).padStart(9, "0")}`;
    const first = sendpilot(at, old ? older : name, { ...data, ...more }, eventId);
    // Once more: the delivery again; or, of what has no text, the same under the other generation's name.
    if (below(12) === 0) {
      const again = /message|reply/.test(name) ? first : sendpilot(at, old ? name : older, { ...data, ...more });
      duplicates += 1;
      return [first, again];
    }
    return [first];
  }

  function ofApten(n: number, at: number) {
    const written = below(4) === 0 ? phone(n).replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 ($1) $2-$3") : phone(n);
    const base = {
      leadId: `apten-${n}`,
      ...(below(3) > 0 ? { externalLeadId: `003${n}${below(2)}` } : {}),
      phone: written,
    };
    const profile = pick(["Default Profile", "Second Profile"]);
    const channel = pick(["sms", "sms", "sms", "email"]);
    const stamp = `${new Date(at).toISOString().slice(0, 19)}Z`;
    const isFollowUp = below(2) === 0;
    const subject = channel === "email" ? { subject: pick(["Hello", "A question", "Re: Hello"]) } : {};
    const outText = `${pick(["Quick question", "Checking in"])} ${n} ${below(1_000)}`;
    const kinds: [string, object, object?][] = [
      [
        "message.sent",
        {
          ...{ ...base, channel, profile, isFollowUp, followUpStep: isFollowUp ? pick([1, 2, null]) : null },
          content: { ...subject, text: outText },
        },
      ],
      [
        "message.received",
        {
          ...{ ...base, channel, profile, content: { ...subject, text: pick(said) } },
          ...(channel === "email" ? { hasAttachments: below(2) === 0 } : {}),
        },
      ],
      ["leadTagged", { ...base, channel: pick(["sms", "email", "call", "manual"]), tag: pick(tags) }],
      [
        "lead.additionalInfo.updated",
        {
          ...{ leadId: base.leadId, phone: base.phone },
          additionalInfo: { [pick(["budget", "city", "no name!"])]: { old: null, new: pick(["a", "b", "c", null]) } },
        },
        { eventId: `info-${id++}` },
      ],
      [
        "optOut",
        {
          ...{ ...base, channel: pick(["sms", "email", "call"]), isDoNotContact: false },
          ...pick([
            { optOutReason: null, isTwilioOptOut: true, optOutMessage: "STOP" },
            { optOutReason: null, isTwilioOptOut: false },
            { optOutReason: "COMPLAINT", isTwilioOptOut: null },
            { optOutReason: "UNSUBSCRIBE_LINK", isTwilioOptOut: null },
          ]),
        },
      ],
      ["doNotContact", { ...base, email: pick([null, email(n)]), optOutMessage: pick([null, "leave me alone"]) }],
      ["notification", { ...base, channel, notificationName: "n", notificationMessage: "m" }],
      [pick(["call.completed", "call.transferred", "webchat.started"]), { ...base, made_up: { later: true } }],
    ];
    const [event, data, more = {}] =
      kinds[pick([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, below(4) === 0 ? 5 : 2])]!;
    const told = { event, data, ...more, timestamp: stamp };
    const first = JSON.stringify(told);
    if (below(12) > 0) return [first];
    duplicates += 1;
    // The delivery again, or told again in another spelling.
    return [
      first,
      below(2) === 0
        ? first
        : JSON.stringify({ ...told, data: Object.fromEntries(Object.entries(data).reverse()) }, null, 1),
    ];
  }

  while (timed.length < events) {
    const n = below(people);
    const at = day + below(86_400_000);
    // Those whom Herald has are known to both; of the others one half to each.
    const isSendpilot = n % 3 === 0 ? below(2) === 0 : n % 3 === 1;
    const source = isSendpilot ? ("sendpilot" as const) : ("apten" as const);
    const bodies = isSendpilot ? ofSendpilot(n, at) : ofApten(n, at);
    for (const body of bodies) timed.push({ source, body, at });
  }
  timed.sort((a, b) => a.at - b.at);
  return { leads, deliveries: timed.map(({ source, body }) => ({ source, body })), duplicates };
}
