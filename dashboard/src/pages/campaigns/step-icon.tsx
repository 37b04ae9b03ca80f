import {
  type Icon,
  IconBrandLinkedin,
  IconChecklist,
  IconHourglass,
  IconMail,
  IconMessage2,
  IconUserPlus,
} from "@tabler/icons-react";

/** A step's picture; what it says stands beside it. */
export function StepIcon({ action, channel, size = 16 }: { action: string; channel: string | null; size?: number }) {
  const Picture = pictureOf(action, channel);
  return <Picture size={size} stroke={1.6} aria-hidden style={{ flex: "none" }} />;
}

function pictureOf(action: string, channel: string | null): Icon {
  if (action === "connect") return IconUserPlus;
  if (action === "wait_for_acceptance") return IconHourglass;
  if (action === "task") return IconChecklist;
  if (channel === "email") return IconMail;
  return channel === "sms" ? IconMessage2 : IconBrandLinkedin;
}
