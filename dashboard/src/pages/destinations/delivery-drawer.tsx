import { Alert, Button, Card, Drawer, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconClock, IconRefresh } from "@tabler/icons-react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { TextLink } from "../../ui/link.tsx";
import { ErrorState, PartError } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { DeliveryBadge } from "./destination-looks.tsx";
import { pretty } from "./test-event.tsx";
import { t } from "./texts.ts";

type Attempt = Output<"GET /v1/deliveries/{id}/attempts">["data"][number];

/** One delivery: how it stands, and each attempt with what was sent and what came back. */
export function DeliveryDrawer({ deliveryId, onClose }: { deliveryId: string; onClose: () => void }) {
  const input = deliveryId ? { params: { id: deliveryId } } : null;
  const delivery = useApiWhen("GET /v1/deliveries/{id}", input);
  const attempts = useApiWhen("GET /v1/deliveries/{id}/attempts", input);
  const mayRetry = useRight("events.replay");
  const retry = useChange("POST /v1/deliveries/{id}/retry", {
    outdates: ["deliveries", "destinations"],
    onDone: () => toast(t.retried),
  });
  const { data, error } = delivery;
  return (
    <Drawer
      opened={deliveryId !== ""}
      onClose={onClose}
      position="right"
      size="lg"
      title={t.delivery}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {error && !data && <ErrorState error={error} retry={() => void delivery.refetch()} />}
      {!error && !data && <Skeleton height={320} />}
      {data && (
        <Stack gap="md">
          <Group justify="space-between">
            <Group gap="xs">
              <DeliveryBadge status={data.status} inFlight={data.inFlight} />
              {data.eventType && <Text size="sm">{data.eventType}</Text>}
              <TextLink to={`/events/${data.eventId}`} size="sm">
                {data.eventId}
              </TextLink>
            </Group>
            {mayRetry && !data.inFlight && (
              <Button
                variant="default"
                leftSection={<IconRefresh size={14} aria-hidden />}
                loading={retry.isPending}
                onClick={() => retry.mutate({ params: { id: data.id } })}
              >
                {t.retry}
              </Button>
            )}
          </Group>
          {data.heldBehind && (
            <Alert color="gray" icon={<IconClock size={16} />}>
              {t.heldBehind} <TextLink to={`/events/${data.heldBehind.eventId}`}>{data.heldBehind.eventId}</TextLink>
            </Alert>
          )}
          {data.nextAttemptAt && (
            <Text size="sm">
              {t.nextAttempt}: <Time at={data.nextAttemptAt} />
            </Text>
          )}
          {attempts.error && !attempts.data && (
            <PartError error={attempts.error} retry={() => void attempts.refetch()} />
          )}
          {attempts.data?.data.length === 0 && (
            <Text size="sm" c="dimmed">
              {t.noAttempts}
            </Text>
          )}
          {[...(attempts.data?.data ?? [])].reverse().map((attempt) => (
            <AttemptCard key={attempt.n} attempt={attempt} />
          ))}
        </Stack>
      )}
    </Drawer>
  );
}

const tones: Record<Attempt["outcome"], Tone> = {
  succeeded: "good",
  retry: "warning",
  failed: "bad",
  uncertain: "warning",
  interrupted: "warning",
  filtered: "neutral",
};

function AttemptCard({ attempt }: { attempt: Attempt }) {
  return (
    <Card component="section" aria-label={t.attempt(attempt.n)}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Title order={3}>{t.attempt(attempt.n)}</Title>
            <StatusBadge tone={tones[attempt.outcome]}>{t.outcomes[attempt.outcome]}</StatusBadge>
            {attempt.statusCode !== null && <Text size="sm">{attempt.statusCode}</Text>}
          </Group>
          <Text size="xs" c="dimmed" component="div">
            <Time at={attempt.startedAt} form="absolute" /> · {t.took(attempt.durationMs)}
          </Text>
        </Group>
        {attempt.detail && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {attempt.detail}
          </Text>
        )}
        {attempt.requestHeaders && (
          <CodeBlock
            label={attempt.requestBody === null && !attempt.requestBodyMissing ? t.request : t.requestHeaders}
            code={attempt.requestHeaders}
            maxHeight={160}
          />
        )}
        {attempt.requestBody !== null && (
          <CodeBlock
            label={t.requestBody}
            code={pretty(attempt.requestBody)}
            exact={attempt.requestBody}
            maxHeight={220}
          />
        )}
        {attempt.requestBodyMissing && (
          <Text size="sm" c="dimmed">
            {t.requestBody}: {attempt.requestBodyMissing}
          </Text>
        )}
        {attempt.responseHeaders && (
          <CodeBlock label={t.responseHeaders} code={attempt.responseHeaders} maxHeight={160} />
        )}
        {attempt.responseBody && (
          <CodeBlock label={t.responseBody} code={pretty(attempt.responseBody)} maxHeight={220} />
        )}
        {attempt.requestHeaders && !attempt.responseHeaders && attempt.responseBody === null && (
          <Text size="sm" c="dimmed">
            {t.noResponse}
          </Text>
        )}
      </Stack>
    </Card>
  );
}
