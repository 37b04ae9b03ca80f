import { Badge } from "@mantine/core";
import {
  type Icon,
  IconAlertTriangle,
  IconCircle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
} from "@tabler/icons-react";

/** What a status means, over all that has one. Each has its own icon beside its colour. */
export type Tone = "good" | "bad" | "warning" | "waiting" | "active" | "paused" | "neutral";

const looks: Record<Tone, { color: string; icon: Icon }> = {
  good: { color: "teal", icon: IconCircleCheck },
  bad: { color: "red", icon: IconCircleX },
  warning: { color: "orange", icon: IconAlertTriangle },
  waiting: { color: "gray", icon: IconClock },
  active: { color: "accent", icon: IconLoader2 },
  paused: { color: "yellow", icon: IconPlayerPause },
  neutral: { color: "gray", icon: IconCircle },
};

/** A status in words, with a colour and an icon: `<StatusBadge tone="bad">{t.failed}</StatusBadge>`. */
export function StatusBadge({ tone, children }: { tone: Tone; children: string }) {
  const { color, icon: Mark } = looks[tone];
  return (
    <Badge
      color={color}
      variant="light"
      size="md"
      leftSection={<Mark size={12} aria-hidden />}
      styles={{ root: { textTransform: "none", fontWeight: 500, color: `var(--badge-${color}, inherit)` } }}
    >
      {children}
    </Badge>
  );
}
