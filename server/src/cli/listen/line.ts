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

/** What an event says, read by the names that events share: those of a newer Herald are shown, too. */
function detailsOf({ eventType, data }: HeraldEvent): { channel: string; who: string; what: string } {
  const told: Told = { ...data };
  const invited = eventType.startsWith("connection_request.");
  const channel = textOf(told.channel) ?? (invited ? "linkedin" : "");
  return { channel, who: whoOf(told, channel), what: whatOf(told) };
}

type Told = Readonly<Record<string, unknown>>;

/** By the address that was written to, which says more than an ID. */
function whoOf(told: Told, channel: string): string {
  const slug = slugOf(textOf(told.linkedinUrl));
  const phone = textOf(told.phone);
  const email = textOf(told.email);
  const written = channel === "sms" ? phone : channel === "email" ? email : slug;
  const ids = [told.leadId, told.senderId, told.destinationId].map(textOf);
  return oneLine(written ?? slug ?? email ?? phone ?? ids.find((id) => id !== null) ?? "");
}

/** What was said or what changed. */
function whatOf(told: Told): string {
  const said = typeof told.content === "object" && told.content !== null ? (told.content as Told).text : null;
  const quoted = [told.campaignName, told.destinationName, told.title, told.message].map(textOf).find((text) => text);
  const changed = textOf(told.newStatus) && `${told.previousStatus} -> ${told.newStatus}`;
  const tags = [...listOf(told.added).map((tag) => `+${tag}`), ...listOf(told.removed).map((tag) => `-${tag}`)].join(
    " ",
  );
  const name = [told.firstName, told.lastName]
    .map(textOf)
    .filter((part) => part)
    .join(" ");
  // Of a failure why it failed, not what would have been said.
  const reason = [told.code, told.reason]
    .map(textOf)
    .filter((part) => part)
    .join(": ");
  const what = changed || tags || reason;
  if (what) return oneLine(what);
  const text = textOf(said) ?? textOf(told.note) ?? (name || quoted);
  return text ? quote(text) : "";
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

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
