import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { formatNumber } from "../../text/format.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Time } from "../../ui/time.tsx";
import type { Destination } from "./destination-looks.tsx";
import { SystemForm } from "./system-form.tsx";
import { createTexts as c, t } from "./texts.ts";
import { WebhookForm } from "./webhook-form.tsx";

interface Props {
  destination: Destination;
  editing: boolean;
  onEdit: (editing: boolean) => void;
}

/** All that was chosen for a destination, and the form that changes it. What is secret isn't among it. */
export function DestinationSettings({ destination, editing, onEdit }: Props) {
  const mayWrite = useRight("destinations.write");
  if (editing && mayWrite) {
    const done = () => onEdit(false);
    return (
      <Card component="section" aria-label={t.edit}>
        <Title order={2} mb="sm">
          {t.edit}
        </Title>
        {destination.kind === "webhook" ? (
          <WebhookForm destination={destination} onChanged={done} />
        ) : (
          <SystemForm kind={destination.kind} destination={destination} onChanged={done} />
        )}
      </Card>
    );
  }
  return <Settings destination={destination} {...(mayWrite && { onEdit: () => onEdit(true) })} />;
}

function Settings({ destination, onEdit }: { destination: Destination; onEdit?: () => void }) {
  const { kind, rateLimit, auth, tls, config } = destination;
  const webhook = kind === "webhook";
  const campaigns = useApiWhen("GET /v1/campaigns", destination.campaigns ? { query: { limit: 100 } } : null);
  const names = new Map((campaigns.data?.data ?? []).map(({ id, name }) => [id, name]));
  return (
    <Card component="section" aria-label={t.settings}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t.settings}</Title>
        {onEdit && (
          <Button variant="default" leftSection={<IconPencil size={14} aria-hidden />} onClick={onEdit}>
            {t.edit}
          </Button>
        )}
      </Group>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
          <Field label={t.address}>{destination.url}</Field>
          <Field label={t.events}>{destination.eventTypes?.join(", ") ?? t.allEvents}</Field>
          {webhook && (
            <>
              <Field label={t.format}>{t.formats[destination.format]}</Field>
              <Field label={t.signing}>{destination.signing ? t.signings[destination.signing] : t.unsigned}</Field>
              {destination.previousSecretUntil && (
                <Field label={t.overlap}>
                  <Time at={destination.previousSecretUntil} form="absolute" />
                </Field>
              )}
              <Field label={t.auth}>{auth ? t.auths[auth.type] : t.auths.none}</Field>
              <Field label={t.headers}>{destination.headerNames.join(", ") || "–"}</Field>
              <Field label={t.retries}>
                {destination.retrySchedule?.map((seconds) => `${formatNumber(seconds)} s`).join(", ") ??
                  t.defaultRetries}
              </Field>
              <Field label={t.tls}>{tls?.clientCertificate?.subject ?? "–"}</Field>
            </>
          )}
          <Field label={t.channels}>
            {destination.channels?.map((channel) => t.channelNames[channel as "sms"] ?? channel).join(", ") ?? t.every}
          </Field>
          <Field label={c.campaigns}>
            {destination.campaigns?.map((id, at) => (
              <span key={id}>
                {at > 0 && ", "}
                <TextLink to={`/campaigns/${id}`} inherit>
                  {names.get(id) ?? id}
                </TextLink>
              </span>
            )) ?? t.every}
          </Field>
          <Field label={t.tags}>{destination.tags?.join(", ") ?? t.every}</Field>
          <Field label={t.leadStatuses}>
            {destination.statuses?.map((status) => t.leadStatusNames[status as "DONE"] ?? status).join(", ") ?? t.every}
          </Field>
          <Field label={t.ordering}>{t.orderings[destination.ordering]}</Field>
          <Field label={t.rateLimit}>{rateLimit ? t.rate(rateLimit.requests, rateLimit.perSeconds) : t.noLimit}</Field>
          <Field label={t.concurrency}>{formatNumber(destination.maxConcurrency)}</Field>
          {!webhook && (
            <Field label={t.verifiedAt}>
              <Time at={destination.verifiedAt} />
            </Field>
          )}
          <Field label={t.createdAt}>
            <Time at={destination.createdAt} form="absolute" />
          </Field>
        </SimpleGrid>
        {destination.publicKey && <CodeBlock label={t.publicKey} code={destination.publicKey} />}
        {destination.filter && <CodeBlock label={t.filter} code={destination.filter} maxHeight={200} />}
        {destination.transform && <CodeBlock label={t.transform} code={destination.transform} maxHeight={200} />}
        {config && Object.keys(config).length > 0 && <CodeBlock label={t.config} code={config} maxHeight={260} />}
        {webhook && destination.limits && (
          <Text size="xs" c="dimmed">
            {destination.limits}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}
