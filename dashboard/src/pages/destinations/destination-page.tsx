import { Alert, Card, Group, SimpleGrid, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlayerPause } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { Deliveries } from "./deliveries.tsx";
import { DeliveryDrawer } from "./delivery-drawer.tsx";
import { DestinationActions } from "./destination-actions.tsx";
import { type Destination, Health } from "./destination-looks.tsx";
import { DestinationSettings } from "./destination-settings.tsx";
import { HandlerSnippet } from "./handler-snippet.tsx";
import { ListImports } from "./list-imports.tsx";
import { listTexts as l } from "./list-texts.ts";
import { Replays } from "./replays.tsx";
import { systemTexts as s } from "./system-texts.ts";
import { isCrm } from "./system-values.ts";
import { t } from "./texts.ts";

const defaults = { tab: "deliveries", status: "", types: [] as string[], delivery: "", edit: false, connected: "" };

export default function DestinationPage() {
  const { destinationId } = useParams({ strict: false }) as { destinationId: string };
  const { data, error, refetch } = useApi("GET /v1/destinations/{id}", { params: { id: destinationId } });
  const [state, setState] = useUrlState(defaults);
  const mayLead = useRight("leads.read");
  const breadcrumbs = <TextLink to="/destinations">{t.title}</TextLink>;
  if (!data || data.id !== destinationId) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Skeleton height={420} />}
      </Page>
    );
  }
  const webhook = data.kind === "webhook";
  const lists = isCrm(data.kind) && mayLead;
  const tabs = ["deliveries", "replays", "settings", ...(lists ? ["lists"] : []), ...(webhook ? ["handler"] : [])];
  return (
    <Page
      title={data.name}
      description={`${t.kinds[data.kind]}${webhook ? ` · ${t.formats[data.format]}` : ""} · ${data.url}`}
      breadcrumbs={breadcrumbs}
      badge={<Health destination={data} />}
      actions={<DestinationActions destination={data} />}
    >
      <Stack gap="md">
        {state.connected !== "" && (
          <Alert
            color="teal"
            icon={<IconCheck size={16} />}
            title={s.connected}
            role="status"
            withCloseButton
            closeButtonLabel={common.close}
            onClose={() => setState({ connected: "" }, { replace: true })}
          />
        )}
        <Trouble destination={data} />
        <Figures destination={data} />
        <Tabs
          value={tabs.includes(state.tab) ? state.tab : "deliveries"}
          onChange={(tab) => setState({ tab: tab ?? "deliveries" })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            <Tabs.Tab value="deliveries">{t.deliveries}</Tabs.Tab>
            <Tabs.Tab value="replays">{t.replays}</Tabs.Tab>
            {lists && <Tabs.Tab value="lists">{l.title}</Tabs.Tab>}
            {webhook && <Tabs.Tab value="handler">{t.handler}</Tabs.Tab>}
            <Tabs.Tab value="settings">{t.settings}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="deliveries">
            <Deliveries
              destinationId={data.id}
              status={state.status}
              types={state.types}
              onFilter={setState}
              onOpen={(delivery) => setState({ delivery })}
            />
          </Tabs.Panel>
          <Tabs.Panel value="replays">
            <Replays destinationId={data.id} />
          </Tabs.Panel>
          {lists && (
            <Tabs.Panel value="lists">
              <ListImports destination={data} />
            </Tabs.Panel>
          )}
          <Tabs.Panel value="handler">
            <HandlerSnippet destination={data} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <DestinationSettings
              key={state.edit ? data.id : data.updatedAt}
              destination={data}
              editing={state.edit}
              onEdit={(edit) => setState({ edit })}
            />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      <DeliveryDrawer deliveryId={state.delivery} onClose={() => setState({ delivery: "" })} />
    </Page>
  );
}

/** What is wrong with it, in words; nothing where nothing is. */
function Trouble({ destination }: { destination: Destination }) {
  const { status, statusReason, credentialsProblem, missedSince, health } = destination;
  if (credentialsProblem !== null) {
    return (
      <Alert color="red" icon={<IconPlayerPause size={16} />} title={t.shutTitle}>
        <Text size="sm">{credentialsProblem}</Text>
      </Alert>
    );
  }
  if (status === "disabled") {
    return (
      <Alert color="yellow" icon={<IconPlayerPause size={16} />} title={t.disabledTitle}>
        <Text size="sm">{statusReason ?? t.disabledText}</Text>
        {missedSince && (
          <Text size="sm">
            {t.missedSince} <Time at={missedSince} form="absolute" />
          </Text>
        )}
      </Alert>
    );
  }
  const reason = health.breaker.reason ?? health.notifications?.reason ?? health.pausedReason;
  if (health.breaker.state === "closed" && !health.notifications?.failingSince && !health.pausedReason) return null;
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={16} />} title={t.sparedTitle}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {reason}
      </Text>
      {(health.breaker.until ?? health.pausedUntil) && (
        <Text size="sm">
          {t.nextTry}: <Time at={health.breaker.until ?? health.pausedUntil} />
        </Text>
      )}
    </Alert>
  );
}

function Figures({ destination: { health } }: { destination: Destination }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <Figure label={t.lastSuccess}>
        <Time at={health.lastSuccessAt} />
      </Figure>
      <Figure label={t.lastFailure}>
        <Time at={health.lastFailureAt} />
      </Figure>
      <Figure label={t.failures}>{formatNumber(health.failures)}</Figure>
      {health.notifications ? (
        <Figure label={t.waitingPosts}>{formatNumber(health.notifications.waiting)}</Figure>
      ) : (
        <Figure label={t.heldLabel}>{t.heldCount(health.held)}</Figure>
      )}
    </SimpleGrid>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Card padding="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Group fz="md" fw={600}>
        {children}
      </Group>
    </Card>
  );
}
