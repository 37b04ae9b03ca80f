import { Badge, Group } from "@mantine/core";
import { IconBrandLinkedin, IconDeviceMobileMessage, IconMail } from "@tabler/icons-react";
import type { Item } from "../../api/client.ts";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { t } from "./texts.ts";

export type Lead = Item<"GET /v1/leads">;
export type Channel = "linkedin" | "sms" | "email";

export const channelIcons = { linkedin: IconBrandLinkedin, sms: IconDeviceMobileMessage, email: IconMail } as const;

export const nameOf = ({ firstName, lastName, email, phone, linkedinUrl }: Lead): string =>
  [firstName, lastName].filter(Boolean).join(" ") || email || phone || linkedinUrl || t.noName;

export const addressOf = (lead: Lead, channel: Channel): string | null =>
  ({ linkedin: lead.linkedinUrl, sms: lead.phone, email: lead.email })[channel];

const tones: Record<Lead["status"], Tone> = {
  PENDING: "neutral",
  CONNECTION_SENT: "waiting",
  CONNECTION_ACCEPTED: "active",
  MESSAGE_SENT: "active",
  REPLY_RECEIVED: "good",
  MEETING_BOOKED: "good",
  OPPORTUNITY: "good",
  NOT_INTERESTED: "paused",
  DONE: "neutral",
};

export function LeadStatus({ lead }: { lead: Pick<Lead, "status" | "doNotContact"> }) {
  if (lead.doNotContact) return <StatusBadge tone="bad">{t.doNotContact}</StatusBadge>;
  return <StatusBadge tone={tones[lead.status]}>{t.statuses[lead.status]}</StatusBadge>;
}

export function Channels({ lead }: { lead: Lead }) {
  const reachable = (["linkedin", "sms", "email"] as const).filter((channel) => addressOf(lead, channel) !== null);
  return (
    <Group gap={6} wrap="nowrap">
      {reachable.map((channel) => {
        const Mark = channelIcons[channel];
        return (
          <Mark key={channel} size={16} stroke={1.6} color="var(--muted)" role="img" aria-label={t.channels[channel]} />
        );
      })}
    </Group>
  );
}

/** The first tags, and how many more there are: names of tags may be long. */
export function Tags({ tags, most = 2 }: { tags: readonly string[]; most?: number }) {
  return (
    <Group gap={4} wrap="nowrap">
      {tags.slice(0, most).map((tag) => (
        <Badge key={tag} color="gray" styles={{ root: { textTransform: "none", fontWeight: 500, maxWidth: 140 } }}>
          {tag}
        </Badge>
      ))}
      {tags.length > most && (
        <Badge color="gray" variant="outline" title={tags.slice(most).join(", ")}>
          +{tags.length - most}
        </Badge>
      )}
    </Group>
  );
}
