import { Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { type Icon, IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { HeraldApiError } from "../api/client.ts";
import { common } from "../text/common.ts";

interface EmptyProps {
  title: string;
  /** What to do about it. */
  text?: ReactNode;
  /** Usually a button that does it. */
  action?: ReactNode;
  icon?: Icon;
}

/** Where there is nothing to show: says what would be here, and how it gets here. */
export function EmptyState({ title, text, action, icon: Picture = IconInbox }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center">
      <Picture size={28} stroke={1.4} color="var(--muted)" aria-hidden />
      <Title order={2} size="h3">
        {title}
      </Title>
      {text && (
        <Text size="sm" c="dimmed" maw={440}>
          {text}
        </Text>
      )}
      {action && <div style={{ marginTop: 6 }}>{action}</div>}
    </Stack>
  );
}

/** What the API said, and a way to ask again. */
export function ErrorState({
  error,
  retry,
  title = common.failedTitle,
}: {
  error: unknown;
  retry?: () => void;
  title?: string;
}) {
  const known = error instanceof HeraldApiError ? error : null;
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center" role="alert">
      <IconAlertTriangle size={28} stroke={1.4} color="var(--mantine-color-error)" aria-hidden />
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw={520}>
        {known?.message ?? (error instanceof Error ? error.message : String(error))}
      </Text>
      {known?.requestId && (
        <Text size="xs" c="dimmed">
          <Code>{known.code}</Code> {common.requestId(known.requestId)}
        </Text>
      )}
      {retry && (
        <Button variant="default" onClick={retry} mt={6}>
          {common.retry}
        </Button>
      )}
    </Stack>
  );
}

/** The same in one line, for a small part of a page, which must not look empty where it is only unknown. */
export function PartError({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <Group gap="xs" role="alert">
      <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
        {common.failedTitle}: {error instanceof Error ? error.message : String(error)}
      </Text>
      <Button variant="default" size="compact-sm" onClick={retry}>
        {common.retry}
      </Button>
    </Group>
  );
}
