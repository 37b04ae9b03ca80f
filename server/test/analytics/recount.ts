import type { Counter, Counts } from "../../src/domain/analytics/counters.ts";
import { noCounts } from "../../src/domain/analytics/counters.ts";

/**
 * The figures a second time, from the definitions in docs/analytics.md: slowly, over the whole list of events, and with nothing
 * of the code that counts.
 */

export interface Told {
  id: string;
  at: number;
  type: string;
  data: Record<string, unknown> & { leadId: string };
}

export interface Line {
  /** Unix ms. */
  at: number;
  name: Counter;
  /** The event by whose properties it counts. */
  by: Told;
}

const times = [
  "sentAt",
  "deliveredAt",
  "bouncedAt",
  "openedAt",
  "clickedAt",
  "receivedAt",
  "acceptedAt",
  "optedOutAt",
  "doNotContactAt",
  "changedAt",
];

/** Every single thing that is counted. */
export function recount(events: readonly Told[]): Line[] {
  const lines: Line[] = [];
  const when = (event: Told) => {
    const timeless = ["message.failed", "message.uncertain"].includes(event.type);
    const own = timeless ? undefined : times.map((name) => event.data[name]).find((value) => typeof value === "string");
    // Of what happened to a message the time at which it was sent is none.
    const name = { "message.delivered": "deliveredAt", "message.bounced": "bouncedAt", "message.opened": "openedAt" }[
      event.type
    ];
    const said = event.type === "message.clicked" ? event.data.clickedAt : name ? event.data[name] : own;
    const at = timeless || typeof said !== "string" ? Number.NaN : Date.parse(said);
    return at < event.at ? at : event.at;
  };
  const earlier = (a: Told, b: Told) => when(a) < when(b) || (when(a) === when(b) && a.id < b.id);
  const sorted = [...events].sort((a, b) => (earlier(a, b) ? -1 : 1));
  const line = (name: Counter, at: Told, by: Told) => void lines.push({ name, at: when(at), by });

  for (const leadId of new Set(events.map(({ data }) => data.leadId))) {
    const own = sorted.filter(({ data }) => data.leadId === leadId);
    const of = (...types: string[]) => own.filter(({ type }) => types.includes(type));
    const isReply = ({ type, data }: Told) => /^(message|reply)\.received$/.test(type) && data.keyword !== "stop";
    const replies = own.filter(isReply);
    // A message counts once, when it was first said to be out; as a message, if it is called one anywhere.
    const messageIds = [
      ...new Set(
        own.flatMap(({ data, type }) =>
          /^message\.(received|auto)|^reply/.test(type) ? [] : ((data.messageId as string) ?? []),
        ),
      ),
    ];
    const firstOf = (id: string, ...types: string[]) => of(...types).find(({ data }) => data.messageId === id);
    const outOf = (id: string) => firstOf(id, "message.sent") ?? firstOf(id, "connection_request.sent");
    const outs = messageIds.flatMap((id) => outOf(id) ?? []).sort((a, b) => (earlier(a, b) ? -1 : 1));
    const latest = (event: Told, ...fits: ((out: Told) => boolean)[]) => {
      const past = outs.filter((out) => earlier(out, event));
      for (const fit of fits) if (past.some(fit)) return past.filter(fit).at(-1)!;
      return undefined;
    };
    const channelOf = ({ type, data }: Told) => (type.startsWith("connection") ? "linkedin" : data.channel);
    const sameChannel = (event: Told) => (out: Told) => channelOf(out) === channelOf(event);
    const answered = (reply: Told) =>
      latest(
        reply,
        (out) => sameChannel(reply)(out) && out.data.senderId === reply.data.senderId,
        sameChannel(reply),
        () => true,
      );
    const positive = (reply: Told, n: number) => {
      const next = replies[n + 1];
      const said = own.filter((event) => earlier(reply, event) && (!next || earlier(event, next)));
      const verdicts = said.flatMap(({ type, data }) => {
        if (type === "lead.tag.updated")
          return (data.added as string[]).some((tag) => /^(ishot|isqualified|interested|positive)$/i.test(tag))
            ? [true]
            : [];
        if (type !== "lead.updated") return [];
        return { MEETING_BOOKED: [true], OPPORTUNITY: [true], NOT_INTERESTED: [false] }[data.newStatus as string] ?? [];
      });
      return verdicts.at(-1) ?? false;
    };

    replies.forEach((reply, n) => {
      const by = answered(reply) ?? reply;
      line("replies", reply, by);
      if (positive(reply, n)) line("positiveReplies", reply, by);
      if (n === 0) line("firstReplies", reply, by);
    });
    const optOuts = own.filter(
      ({ type, data }) =>
        type === "lead.do_not_contact" ||
        (type === "lead.opted_out" && !data.isDoNotContact && data.kind !== "bounce" && data.kind !== "invalid"),
    );
    const optOutOf = (event: Told) =>
      latest(
        event,
        (out) => out.data.messageId === (event.data.evidence as { messageId?: string } | null)?.messageId,
        sameChannel(event),
        () => true,
      );
    const meetings = of("lead.updated").filter(({ data }) => data.newStatus === "MEETING_BOOKED");
    const meetingOf = (event: Told) =>
      latest(
        event,
        (out) => event.data.campaignId !== null && out.data.campaignId === event.data.campaignId,
        () => true,
      );
    const invites = (out: Told) => firstOf(out.data.messageId as string, "connection_request.sent") !== undefined;
    const acceptedOf = (event: Told) =>
      latest(
        event,
        (out) =>
          invites(out) &&
          firstOf(out.data.messageId as string, "connection_request.sent")!.data.senderId === event.data.senderId,
        invites,
      );
    const seen = new Set<Told | undefined>();
    for (const event of optOuts) {
      if (seen.has(optOutOf(event))) continue;
      seen.add(optOutOf(event));
      line("optedOut", event, optOutOf(event) ?? event);
    }
    for (const event of meetings) line("meetings", event, meetingOf(event) ?? event);
    for (const event of of("connection_request.accepted")) line("connected", event, acceptedOf(event) ?? event);
    if (outs[0]) {
      line("firstContacts", outs[0], outs[0]);
      if (replies.some((reply) => earlier(outs[0]!, reply))) line("contactedReplied", outs[0], outs[0]);
    }
    for (const id of messageIds) {
      const out = outOf(id);
      const failed = firstOf(id, "message.failed");
      const uncertain = firstOf(id, "message.uncertain");
      const began = out ?? failed ?? uncertain;
      const people = (type: string) => of(type).find(({ data }) => data.messageId === id && data.automated !== true);
      const told = {
        ...{ delivered: firstOf(id, "message.delivered"), failed, uncertain, bounced: firstOf(id, "message.bounced") },
        ...{ opened: people("message.opened"), clicked: people("message.clicked") },
      };
      const any = Object.values(told).reduce((a, b) => (a && (!b || earlier(a, b)) ? a : b), undefined);
      for (const [name, event] of Object.entries(told)) if (event) line(name as Counter, event, began ?? any!);
      if (!began) continue;
      const became = (name: Counter, is: unknown) => void (is && line(name, began, began));
      became("attempts", true);
      became("attemptsFailed", failed);
      became("attemptsUncertain", uncertain && !out && !failed);
      if (!out) continue;
      if (firstOf(id, "connection_request.sent")) {
        became("invited", true);
        became(
          "invitedConnected",
          of("connection_request.accepted").some((event) => acceptedOf(event) === out),
        );
      }
      if (!firstOf(id, "message.sent")) continue;
      const email = channelOf(out) === "email";
      became("sent", true);
      became(email ? "emails" : "reportable", true);
      became("reportableDelivered", !email && told.delivered);
      became("emailsBounced", email && told.bounced);
      became("emailsOpened", email && told.opened);
      became("emailsClicked", email && told.clicked);
      became(
        "sentReplied",
        replies.some((reply) => answered(reply) === out),
      );
      became(
        "sentPositive",
        replies.some((reply, n) => answered(reply) === out && positive(reply, n)),
      );
      became(
        "sentOptedOut",
        optOuts.some((event) => optOutOf(event) === out),
      );
      became(
        "sentMeeting",
        meetings.some((event) => meetingOf(event) === out),
      );
    }
  }
  return lines;
}

export function sum(lines: readonly Line[]): Counts {
  const counts = noCounts();
  for (const { name } of lines) counts[name] += 1;
  return counts;
}
