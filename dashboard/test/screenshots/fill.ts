import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { sessionClient } from "../sign-in.ts";
import type { Standalone } from "../standalone.ts";
import { backdate, writeHistory } from "./history.ts";

const firstNames =
  "Ada Grace Alan Edsger Barbara Donald Margaret Dennis Frances Ken Radia Leslie Katherine Tim Hedy".split(" ");
const lastNames =
  "Okafor Lindqvist Moreau Tanaka Silva Novak Fischer Haddad Kowalska O'Brien Varga Jansen Marchetti Dubois".split(" ");
const companies =
  "Northwind Robotics|Halvorsen Shipping|Lumen Analytics|Brightwater Foods|Kestrel Aviation|Pinecrest Health|Ostrava Steelworks|Tidal Energy Partners|Meridian Logistics".split(
    "|",
  );
const titles = "Head of Operations|CTO|Founder|VP Engineering|Head of Talent|COO|Director of Sales".split("|");

const replies = [
  "Thanks for reaching out. We are looking at this for next quarter: could you send me two or three sentences about pricing?",
  "Hi! Sounds interesting. Would Tuesday at ten work for a short call?",
  "Not the right person, I'm afraid. Please write to our COO, Radia.",
  "We already have something for this, but I'd like to compare. Do you have a case study from logistics?",
  "Yes please.",
  "I'm out of office until Monday. In urgent cases call the front desk.",
];

/** Waits until it is so, asking again: what a worker does takes a moment. */
async function until(is: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await is())) {
    if (Date.now() > end) throw new Error("It takes longer than a minute.");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A workspace as a team of four would have it after three months. Gives the IDs that pages need, and closes what it opened. */
export async function fill(herald: Standalone): Promise<{ ids: Record<string, string>; close(): void }> {
  const { api, apiKey, db, workspaceId, url, cookie } = herald;
  const receiver = createServer((request, response) => {
    request.resume();
    const fails = request.url === "/warehouse";
    response.writeHead(fails ? 503 : 200, { "content-type": "application/json" });
    response.end(fails ? '{"error":"warehouse is being rebuilt"}' : '{"received":true}');
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

  const senders: string[] = [];
  for (const [channel, name] of [
    ["linkedin", "Ada on LinkedIn"],
    ["sms", "+1 202 555 0100"],
    ["email", "Ada from Analytical"],
  ] as const) {
    senders.push((await api.request("POST /v1/senders", { body: { name, channel, provider: "sandbox" } })).id);
  }
  const second = await api.request("POST /v1/senders", {
    body: { name: "Grace from Analytical", channel: "email", provider: "sandbox" },
  });
  const limits = { message: { perDay: 150, perWeek: 700, minGapSeconds: 0 } };
  await api.request("PATCH /v1/senders/{id}", { params: { id: second.id }, body: { limits } as never });

  const everybody = Array.from({ length: 180 }, (_, n) => {
    const [first, last] = [firstNames[n % firstNames.length]!, lastNames[(n * 5) % lastNames.length]!];
    return {
      ...{ firstName: first, lastName: last, company: companies[n % companies.length]! },
      ...{
        title: titles[(n * 3) % titles.length]!,
        email: `${first}.${last.replace("'", "")}.${n}@example.com`.toLowerCase(),
      },
      ...(n % 3 > 0 && { phone: `+1202555${String(1000 + n)}` }),
      linkedinUrl: `https://www.linkedin.com/in/${first}-${n}`.toLowerCase(),
      tags: [n % 4 === 0 ? "trade fair" : "website", ...(n % 7 === 0 ? ["vip"] : [])],
    };
  });
  const leads: string[] = [];
  for (const some of [everybody.slice(0, 90), everybody.slice(90)]) {
    const { leadIds } = await api.request("POST /v1/leads", { body: { leads: some } });
    leads.push(...leadIds.filter((id) => id !== null));
  }

  const days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
  const campaigns: string[] = [];
  const make = async (name: string, steps: object[], from: number, to: number, rest: object = {}) => {
    const body = { name, senderIds: [...senders, second.id], allowParallel: true, steps, ...rest };
    const { id } = await api.request("POST /v1/campaigns", { body: body as never });
    if (to > from) {
      await api.request("POST /v1/campaigns/{id}/leads", { params: { id }, body: { leadIds: leads.slice(from, to) } });
    }
    campaigns.push(id);
    return id;
  };
  const founders = await make(
    "Founders in Berlin",
    [
      {
        ...{ channel: "email", key: "intro" },
        variants: [
          {
            key: "A",
            subject: "Quick question, {{ firstName }}",
            text: "Hi {{ firstName }},\n\nhow does {{ company }} find engineers these days? We help teams of your size to hire in half the time.\n\nWould ten minutes next week suit you?\n\nAda",
          },
          {
            key: "B",
            weight: 2,
            subject: "{{ company }} and hiring",
            text: "Hello {{ firstName }}, a short one: are you hiring at {{ company }}?",
          },
        ],
      },
      {
        action: "task",
        title: "Call {{ firstName }}",
        text: "Call {{ firstName }} at {{ company }} and ask about open roles.",
        if: { hasAddress: "sms" },
        else: { goTo: 3 },
      },
      { channel: "sms", delay: "3bd", text: "Hi {{ firstName }}, did you see my mail?", if: { hasAddress: "sms" } },
      { channel: "email", delay: "5d", subject: "Last try", text: "Hi {{ firstName }}, shall I close your file?" },
    ],
    0,
    60,
    { timeZone: "Europe/Berlin" },
  );
  await make(
    "Trade fair follow-up",
    [
      {
        channel: "email",
        subject: "Good to meet you, {{ firstName }}",
        text: "Hi {{ firstName }}, it was good to meet you at the fair. Shall we go on talking?",
      },
      { channel: "email", delay: "2d", text: "Hi {{ firstName }}, did you have a moment?" },
    ],
    60,
    100,
  );
  await make(
    "Customers that went quiet",
    [{ channel: "linkedin", text: "Hi {{ firstName }}, it has been a while. What changed at {{ company }}?" }],
    100,
    125,
  );
  for (const id of [...campaigns]) await api.request("POST /v1/campaigns/{id}/start", { params: { id } });
  const draft = await make(
    "Heads of engineering, second wave",
    [
      { channel: "linkedin", action: "connect", text: "Hi {{ firstName }}, we both build for logistics." },
      { action: "wait_for_acceptance", timeLimit: "14d", else: { goTo: 4 } },
      { channel: "linkedin", delay: "1d", text: "Thanks for connecting, {{ firstName }}!" },
      {
        channel: "email",
        delay: "2d",
        subject: "Hiring at {{ company }}",
        text: "Hi {{ firstName }}, ten minutes next week?",
      },
      { channel: "sms", delay: "2d", text: "Hi {{ firstName }}, shall we talk?", if: { hasAddress: "sms" } },
    ],
    120,
    180,
    {
      limits: { newLeadsPerDay: 12 },
      schedule: { windows: Object.fromEntries(days.map((day) => [day, [{ from: "09:00", to: "17:00" }]])) },
    },
  );
  await make(
    "Partners in the Nordics",
    [{ channel: "email", subject: "Hej {{ firstName }}", text: "Shall we sell together?" }],
    0,
    0,
  );

  const webhook = await api.request("POST /v1/destinations", { body: { name: "Order service", url: `${base}/hooks` } });
  await api.request("POST /v1/destinations", { body: { name: "Data warehouse", url: `${base}/warehouse` } });
  const source = await api.request("POST /v1/sources", {
    body: { kind: "generic", name: "Booking tool", mapping: "fact" } as never,
  });

  // Leads write back, some are answered.
  const arrived = async (id: string) =>
    (await api.request("GET /v1/senders/{id}/sandbox-messages", { params: { id }, query: { limit: 100 } })).data;
  const mail = senders[2]!;
  const bySender = [mail, second.id, senders[0]!];
  await until(async () => (await Promise.all(bySender.map(arrived))).flat().length > 100);
  let n = 0;
  for (const id of bySender) {
    for (const { id: messageId } of (await arrived(id)).filter((_, at) => at % 6 === 2)) {
      await api.request("POST /v1/senders/{id}/sandbox-replies", {
        params: { id },
        body: { messageId, text: replies[n++ % replies.length]! },
      });
    }
  }
  const [last] = (await arrived(mail)).slice(-1);
  await api.request("POST /v1/senders/{id}/sandbox-replies", {
    params: { id: mail },
    body: { messageId: last!.id, kind: "bounce" },
  });
  const conversations = (await api.request("GET /v1/conversations", { query: { unread: true } as never })).data;
  for (const { id } of conversations.slice(6)) {
    await api.request("POST /v1/conversations/{id}/read", { params: { id }, body: {} as never });
  }
  const open = conversations[2]!;
  await api.request("POST /v1/conversations/{id}/messages", {
    params: { id: open.id },
    body: { text: "Gladly! Ten minutes are enough to see whether it fits. Does Tuesday at ten suit you?" },
    idempotencyKey: "answer-1",
  });
  for (const [at, status] of [
    [3, "MEETING_BOOKED"],
    [8, "OPPORTUNITY"],
    [12, "NOT_INTERESTED"],
  ] as const) {
    await api.request("PATCH /v1/leads/{id}/status", { params: { id: leads[at]! }, body: { status } });
  }

  const told = async (id: string, fact: object) => {
    const body = JSON.stringify({ type: "booking.created", fact });
    const at = new Date();
    const { url: address, secret } = source as unknown as { url: string; secret: string };
    await fetch(url + new URL(address).pathname, {
      method: "POST",
      headers: {
        ...{ "content-type": "application/json", "webhook-id": id },
        ...{
          "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
          "webhook-signature": new Webhook(secret).sign(id, at, body),
        },
      },
      body,
    });
  };
  for (let k = 0; k < 5; k += 1) {
    await told(`b${k}`, {
      type: "lead.updated",
      phone: `+1202555${1001 + k * 3}`,
      status: "MEETING_BOOKED",
      addTags: ["booked"],
    });
  }
  await told("x", { type: "something.else" });

  const profile = await api.request("POST /v1/profiles", {
    body: {
      name: "Hiring",
      content: {
        description: "Answers founders and heads of engineering about hiring",
        instructions:
          "You answer for Analytical Engines, which helps teams to hire engineers. Offer a call of ten minutes. Never name a price.",
        tone: "Friendly, short, without superlatives",
      } as never,
    },
  });
  for (const [at, { id, lead, channel }] of conversations.slice(3, 5).entries()) {
    await db.query(
      `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, profile_version, channel, due_at, text, problems,
         conversation_id)
       values ($1, $2, $3, 'reply', 'draft', $4, 1, $7, now(), $5, $6, $8)`,
      [
        ...[workspaceId, `turn_${at}`, lead.id, profile.id],
        "Thank you for the quick answer! Most teams of your size begin with two roles. Would Tuesday at ten or Wednesday at three suit you for a short call?",
        JSON.stringify(at === 0 ? [] : [{ code: "price", detail: "It speaks of money, and the profile forbids it." }]),
        ...[channel, id],
      ],
    );
  }
  for (const [address, reason] of [
    ["legal@example.com", "Asked by mail not to be written to"],
    ["+12025550188", "Complaint at the carrier"],
    ["press@example.org", "Competitor"],
  ] as const) {
    await api.request("POST /v1/suppressions", { body: { address, reason } });
  }
  const approvals: string[] = [];
  for (const [action, request, note] of [
    [
      "reply",
      { conversationId: conversations[4]!.id, text: "Here is the case study. Shall we go through it on Thursday?" },
      "They asked for it twice.",
    ],
    [
      "send_message",
      {
        ...{ leadId: leads[20], channel: "email", subject: "Your question about pricing" },
        text: "Hi,\n\nprices depend on the number of roles. Two or three sentences about your plans are enough for an offer.",
      },
      "Price is not in the knowledge: please have a look.",
    ],
  ] as const) {
    const body = { action, request, note } as never;
    approvals.push((await api.request("POST /v1/approvals/drafts", { body })).id);
  }
  const imported = await fetch(`${url}/v1/leads/import?tag=conference`, {
    method: "POST",
    headers: { "x-api-key": apiKey, "content-type": "text/csv" },
    body: "Email,First name,Company\nhedy@example.com,Hedy,Frequency Partners\nnot an address,Leslie,Clockworks\nkaren@example.com,Karen,Relevance Search\n",
  });
  if (!imported.ok) throw new Error(await imported.text());
  const session = await sessionClient(url, cookie);
  const invited = await session.request("POST /v1/invitations", {
    body: { email: "grace@example.com", role: "admin" },
  });
  await session.request("POST /v1/invitations", { body: { email: "alan@example.com", role: "member" } });
  await session.request("POST /v1/api-keys", { body: { name: "CRM sync", scopes: ["read", "send"] } as never });

  await writeHistory(db, { workspaceId, campaignIds: campaigns.slice(0, 3), senderIds: senders });
  await backdate(db, workspaceId, open.lead.id);
  // A provider that lost an answer, and an account that was refused.
  await db.query(
    "update message set status = 'uncertain', doubted_at = now() where workspace_id = $1 and id = (select id from message where workspace_id = $1 and status = 'sent' limit 1)",
    [workspaceId],
  );
  await db.query(
    "update sender set status = 'broken', status_reason = 'The account was signed out' where workspace_id = $1 and id = $2",
    [workspaceId, senders[0]],
  );
  const { data: events } = await api.request("GET /v1/events", { query: { type: "message.received" } });
  const ids = {
    ...{ leadId: open.lead.id, campaignId: founders, draftId: draft, senderId: mail, destinationId: webhook.id },
    ...{ sourceId: source.id, profileId: profile.id, conversationId: open.id, eventId: events[0]!.eventId },
    ...{ approvalId: approvals[0]!, invitation: new URL(invited.url, url).hash },
  };
  return {
    ids,
    close: () => {
      receiver.closeAllConnections();
      receiver.close();
    },
  };
}
