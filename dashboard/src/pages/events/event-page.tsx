import { Button, Card, Group, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { confirm } from "../../ui/confirm.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { t } from "./texts.ts";

type Format = keyof typeof t.formats;
interface Told {
  eventId: string;
  eventType: string;
  timestamp: string;
  data: { leadId?: string | null; campaignId?: string | null };
}

export default function EventPage() {
  const { eventId } = useParams({ strict: false }) as { eventId: string };
  const { data, error, refetch } = useApi("GET /v1/events/{id}", { params: { id: eventId } });
  const event = data as Told | undefined;
  const breadcrumbs = <TextLink to="/events">{t.title}</TextLink>;
  if (!event || event.eventId !== eventId) {
    return (
      <Page title={t.event} breadcrumbs={breadcrumbs}>
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Skeleton height={420} />}
      </Page>
    );
  }
  const { leadId, campaignId } = event.data;
  return (
    <Page
      title={event.eventType}
      description={
        <>
          {event.eventId} · <Time at={event.timestamp} form="absolute" />
        </>
      }
      breadcrumbs={breadcrumbs}
      badge={
        <Group gap="sm">
          {leadId && (
            <TextLink to={`/leads/${leadId}`} size="sm">
              {t.openLead}
            </TextLink>
          )}
          {campaignId && (
            <TextLink to={`/campaigns/${campaignId}`} size="sm">
              {t.openCampaign}
            </TextLink>
          )}
        </Group>
      }
      actions={<Replay eventId={eventId} />}
    >
      <Stack gap="lg">
        <Deliveries eventId={eventId} />
        <section aria-label={t.inFormats}>
          <Title order={2}>{t.inFormats}</Title>
          <Text size="sm" c="dimmed" mb="sm">
            {t.inFormatsText}
          </Text>
          <SimpleGrid cols={{ base: 1, md: 3 }} spacing="md" style={{ alignItems: "start" }}>
            {(Object.keys(t.formats) as Format[]).map((format) => (
              <InFormat key={format} eventId={eventId} format={format} />
            ))}
          </SimpleGrid>
        </section>
      </Stack>
    </Page>
  );
}

function InFormat({ eventId, format }: { eventId: string; format: Format }) {
  const { data, error } = useApiWhen("GET /v1/events/{id}", { params: { id: eventId }, query: { format } });
  if (data) return <CodeBlock label={t.formats[format]} code={data} maxHeight={560} />;
  if (!error) return <Skeleton height={240} />;
  return (
    <Card component="section" aria-label={t.formats[format]}>
      <Title order={3}>{t.formats[format]}</Title>
      <Text size="sm" fw={500} mt="xs">
        {t.cannotSay}
      </Text>
      <Text size="sm" c="dimmed">
        {error.message}
      </Text>
    </Card>
  );
}

function Replay({ eventId }: { eventId: string }) {
  const mayReplay = useRight("events.replay");
  const replay = useChange("POST /v1/events/{id}/replay", {
    outdates: ["events", "deliveries", "replays"],
    onDone: () => toast(t.replayed),
  });
  if (!mayReplay) return null;
  const ask = async () => {
    const question = { title: t.replayTitle, text: t.replayText, action: t.replay, dangerous: false };
    if (await confirm(question)) replay.mutate({ params: { id: eventId }, body: {} });
  };
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={14} aria-hidden />}
      loading={replay.isPending}
      onClick={() => void ask()}
    >
      {t.replay}
    </Button>
  );
}

type Delivery = Output<"GET /v1/events/{id}/deliveries">["data"][number];
const tones: Record<Delivery["status"], Tone> = {
  pending: "waiting",
  delivered: "good",
  failed: "bad",
  filtered: "neutral",
};

function Deliveries({ eventId }: { eventId: string }) {
  const mayLook = useRight("destinations.read");
  const { data, error, refetch } = useApiWhen(
    "GET /v1/events/{id}/deliveries",
    mayLook ? { params: { id: eventId } } : null,
  );
  const names = useApiWhen("GET /v1/destinations", mayLook ? { query: { limit: 100 } } : null);
  if (!mayLook) return null;
  const nameOf = (id: string) => names.data?.data.find((destination) => destination.id === id)?.name ?? id;
  return (
    <section aria-label={t.deliveries}>
      <Title order={2} mb="xs">
        {t.deliveries}
      </Title>
      {error && !data && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !data && <Skeleton height={60} />}
      {data?.data.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.noDeliveries}
        </Text>
      )}
      {data && data.data.length > 0 && (
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table aria-label={t.deliveries}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.destination}</Table.Th>
                <Table.Th>{t.status}</Table.Th>
                <Table.Th>{t.attempts}</Table.Th>
                <Table.Th>{t.last}</Table.Th>
                <Table.Th>{t.why}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.data.map((delivery) => (
                <Table.Tr key={delivery.id}>
                  <Table.Td>
                    <TextLink to={`/destinations/${delivery.destinationId}`} search={{ delivery: delivery.id }}>
                      {nameOf(delivery.destinationId)}
                    </TextLink>
                  </Table.Td>
                  <Table.Td>
                    <StatusBadge tone={tones[delivery.status]}>{t.statuses[delivery.status]}</StatusBadge>
                  </Table.Td>
                  <Table.Td>{delivery.attempts}</Table.Td>
                  <Table.Td>
                    <Time at={delivery.lastAttemptAt} />
                  </Table.Td>
                  <Table.Td>{delivery.status === "delivered" ? "" : delivery.lastDetail}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}
