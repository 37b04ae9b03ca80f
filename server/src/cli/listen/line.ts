import type { HeraldEvent } from "../../domain/event.ts";
import { linkedinSlug } from "../../domain/linkedin-url.ts";

/** How much of a message's text a line shows. */
const excerptLength = 60;

/** An event as one line: local time, type, channel, whom it is about, and what was said. */
export function eventLine(event: HeraldEvent): string {
  const { channel, who, what } = detailsOf(event);
  const time = new Date(event.timestamp).toTimeString().slice(0, 8);
  return [time, event.eventType.padEnd(23), channel.padEnd(8), who, what].filter((part) => part !== "").join("  ");
}

function detailsOf(event: HeraldEvent): { channel: string; who: string; what: string } {
  switch (event.eventType) {
    case "message.sent": {
      const { channel, content } = event.data;
      return { channel, who: personOf(event.data), what: quote(content.text) };
    }
    case "message.failed": {
      const { channel, code, reason } = event.data;
      return { channel, who: personOf(event.data), what: `${code}: ${oneLine(reason)}` };
    }
    case "connection_request.sent": {
      const { leadId, linkedinUrl, note } = event.data;
      return { channel: "linkedin", who: slugOf(linkedinUrl) ?? leadId, what: note ? quote(note) : "" };
    }
    case "lead.updated": {
      const { leadId, linkedinUrl, previousStatus, newStatus } = event.data;
      return { channel: "", who: slugOf(linkedinUrl) ?? leadId, what: `${previousStatus} -> ${newStatus}` };
    }
    default:
      // A newer Herald may know events that this one doesn't.
      return { channel: "", who: "", what: "campaignName" in event.data ? quote(event.data.campaignName) : "" };
  }
}

interface Person {
  leadId: string;
  channel: string;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
}

/** By the address that was written to, which says more than an ID. */
function personOf({ leadId, channel, linkedinUrl, phone, email }: Person): string {
  return (channel === "linkedin" ? slugOf(linkedinUrl) : channel === "sms" ? phone : email) ?? leadId;
}

function slugOf(linkedinUrl: string | null): string | null {
  return linkedinUrl && linkedinSlug(linkedinUrl);
}

function quote(text: string): string {
  const line = oneLine(text);
  const characters = [...line];
  return `"${characters.length > excerptLength ? `${characters.slice(0, excerptLength - 1).join("")}…` : line}"`;
}

/** Control characters would move a terminal's cursor, and worse. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
