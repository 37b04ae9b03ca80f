import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { formatNumber } from "../../text/format.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Time } from "../../ui/time.tsx";
import type { Destination } from "./destination-looks.tsx";
import { t } from "./texts.ts";

/** All that was chosen for a destination. What is secret isn't among it. */
export function DestinationSettings({ destination }: { destination: Destination }) {
  const { kind, rateLimit, auth, tls, config } = destination;
  const webhook = kind === "webhook";
  return (
    <Card component="section" aria-label={t.settings}>
      <Title order={2} mb="sm">
        {t.settings}
      </Title>
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
