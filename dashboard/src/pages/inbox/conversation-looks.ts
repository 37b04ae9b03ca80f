import { IconBrandLinkedin, IconDeviceMobileMessage, IconMail } from "@tabler/icons-react";

export type Channel = "linkedin" | "sms" | "email";

export const channelIcons = { linkedin: IconBrandLinkedin, sms: IconDeviceMobileMessage, email: IconMail } as const;

export const leadName = ({ firstName, lastName }: { firstName: string | null; lastName: string | null }): string =>
  [firstName, lastName].filter(Boolean).join(" ");
