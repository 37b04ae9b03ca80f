import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { LostReply } from "../api/lost-reply.ts";
import { common } from "../text/common.ts";

/** Beside a message whose reply was lost: what is known of it, and what the next press does. */
export function LostReplyNotice({ reply }: { reply: LostReply | null }) {
  if (reply === null) return null;
  const { title, text } = common.lostReply[reply];
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={16} />} title={title} role="alert">
      <Text size="sm">{text}</Text>
    </Alert>
  );
}
