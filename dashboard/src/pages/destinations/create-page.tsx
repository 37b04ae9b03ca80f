import { Alert, Button, Card, Group, Radio, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Output } from "../../api/client.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { Link, TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { Connect } from "./connect.tsx";
import type { Kind } from "./destination-looks.tsx";
import { HandlerSnippet } from "./handler-snippet.tsx";
import { SecretOnce } from "./secret-once.tsx";
import { SystemForm } from "./system-form.tsx";
import { systemTexts as s } from "./system-texts.ts";
import { TestEvent } from "./test-event.tsx";
import { createTexts as c, t } from "./texts.ts";
import { Verify } from "./verify.tsx";
import { WebhookForm } from "./webhook-form.tsx";

export type Created = Output<"POST /v1/destinations">;

const groups: readonly { label: string; kinds: readonly Kind[] }[] = [
  { label: c.groups.webhook, kinds: ["webhook"] },
  { label: c.groups.crm, kinds: ["hubspot", "salesforce", "close"] },
  { label: c.groups.chat, kinds: ["slack", "teams", "discord", "email"] },
];
const defaults = { kind: "webhook" };

export default function CreatePage() {
  const mayWrite = useRight("destinations.write");
  const [state, setState] = useUrlState(defaults);
  const [created, setCreated] = useState<{ destination: Created; connects: boolean } | null>(null);
  const breadcrumbs = <TextLink to="/destinations">{t.title}</TextLink>;
  const kind = Object.hasOwn(t.kinds, state.kind) ? (state.kind as Kind) : "webhook";
  if (!mayWrite) {
    return (
      <Page title={c.title} breadcrumbs={breadcrumbs}>
        <EmptyState title={c.title} text={common.noRight} />
      </Page>
    );
  }
  if (created) return <CreatedPage created={created.destination} connects={created.connects} />;
  return (
    <Page title={c.title} breadcrumbs={breadcrumbs} width={900}>
      <Stack gap="lg">
        <Radio.Group
          aria-label={c.what}
          value={kind}
          onChange={(value) => setState({ kind: value }, { replace: true })}
        >
          <Stack gap="sm">
            {groups.map(({ label, kinds }) => (
              <div key={label}>
                <Text size="xs" c="dimmed" mb={4}>
                  {label}
                </Text>
                <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
                  {kinds.map((value) => (
                    <Radio.Card
                      key={value}
                      value={value}
                      p="sm"
                      radius="md"
                      aria-label={t.kinds[value]}
                      style={{ borderColor: value === kind ? "var(--focus)" : "var(--line)" }}
                    >
                      <Text size="sm" fw={600}>
                        {t.kinds[value]}
                      </Text>
                      <Text size="xs" c="dimmed">
                        {c.kindTexts[value]}
                      </Text>
                    </Radio.Card>
                  ))}
                </SimpleGrid>
              </div>
            ))}
          </Stack>
        </Radio.Group>
        <Card component="section" aria-label={t.kinds[kind]} padding="lg">
          {kind === "webhook" ? (
            <WebhookForm onCreated={(destination) => setCreated({ destination, connects: false })} />
          ) : (
            <SystemForm
              key={kind}
              kind={kind}
              onCreated={(destination, access) => setCreated({ destination, connects: access === "oauth" })}
            />
          )}
        </Card>
      </Stack>
    </Page>
  );
}

/** What to do with a destination that was just made. Its secret is here, and nowhere again. */
function CreatedPage({ created, connects }: { created: Created; connects: boolean }) {
  const webhook = created.kind === "webhook";
  return (
    <Page
      title={created.name}
      breadcrumbs={<TextLink to="/destinations">{t.title}</TextLink>}
      width={900}
      actions={
        <Button component={Link} to={`/destinations/${created.id}`} variant="default">
          {c.open}
        </Button>
      }
    >
      <Stack gap="lg">
        <Alert color="teal" icon={<IconCheck size={16} />} title={c.created(created.name)} role="status">
          {webhook && c.next}
        </Alert>
        <SecretOnce secret={created.secret} publicKey={created.publicKey} />
        {webhook ? (
          <section aria-label={t.handler}>
            <Title order={2} mb="sm">
              {t.handler}
            </Title>
            <HandlerSnippet destination={created} secret={created.secret} />
          </section>
        ) : connects ? (
          <Card component="section" aria-label={s.connectTitle}>
            <Title order={2} mb="sm">
              {s.connectTitle}
            </Title>
            <Connect destination={created} />
          </Card>
        ) : (
          <Verify destinationId={created.id} />
        )}
        {!connects && (
          <Card component="section" aria-label={t.testTitle}>
            <Title order={2} mb="sm">
              {t.testTitle}
            </Title>
            <TestEvent destination={created} />
          </Card>
        )}
        <Group justify="flex-end">
          <Button component={Link} to={`/destinations/${created.id}`}>
            {c.open}
          </Button>
        </Group>
      </Stack>
    </Page>
  );
}
