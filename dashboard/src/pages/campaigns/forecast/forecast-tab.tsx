import { Alert, Button, Group, Paper, SimpleGrid, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, type HeraldApiError, type Output } from "../../../api/client.ts";
import { useSignedIn } from "../../../api/session.ts";
import { now } from "../../../text/clock.ts";
import { common } from "../../../text/common.ts";
import { formatNumber } from "../../../text/format.ts";
import { viewerZone } from "../../../text/time.ts";
import { Delayed } from "../../../ui/delayed.tsx";
import { EmptyState, ErrorState } from "../../../ui/state.tsx";
import { Time } from "../../../ui/time.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import type { Campaign } from "../status.ts";
import { ByDay } from "./by-day.tsx";
import { Calendar } from "./calendar.tsx";
import { Reasons } from "./reasons.tsx";
import { t } from "./texts.ts";

export type Forecast = Output<"POST /v1/campaigns/{id}/simulate">;

const defaults = { startAt: "" };

/** The dry run: when what goes out through whom, and what doesn't. */
export default function ForecastTab({ campaign }: { campaign: Campaign }) {
  const [url, setUrl] = useUrlState(defaults);
  const chosen = Number.isNaN(Date.parse(url.startAt)) ? "" : url.startAt;
  // Not at each key of the date: each answer is seconds of work.
  const [startAt] = useDebouncedValue(chosen, 600);
  const { id, status, steps, updatedAt } = campaign;
  const [round, setRound] = useState(0);
  const mayChoose = status === "draft" || status === "paused";
  const { data, error, isFetching, refetch } = useQuery<Forecast, HeraldApiError>({
    // A campaign that was changed is foreseen anew; what merely happens in it doesn't start seconds of work.
    queryKey: ["POST /v1/simulate", id, updatedAt, startAt, round],
    queryFn: ({ signal }) =>
      client.request("POST /v1/campaigns/{id}/simulate", {
        params: { id },
        body: startAt && mayChoose ? { startAt } : {},
        signal,
      }),
    enabled: steps.length > 0,
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  const zone = useSignedIn().workspace.timeZone;
  if (steps.length === 0) return <EmptyState title={t.noSteps} text={t.noStepsText} />;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div style={{ maxWidth: 620 }}>
          <Title order={2}>{t.title}</Title>
          <Text size="xs" c="dimmed">
            {t.text}
          </Text>
        </div>
        <Group gap="xs" align="flex-end">
          {mayChoose && (
            <TextInput
              type="datetime-local"
              title={common.byYourClock(viewerZone())}
              size="xs"
              w={190}
              label={status === "draft" ? t.startAt : t.resumeAt}
              min={localTime(new Date(now()))}
              value={chosen ? localTime(new Date(chosen)) : ""}
              onChange={({ currentTarget: { value } }) =>
                setUrl({ startAt: value ? new Date(value).toISOString() : "" }, { replace: true })
              }
            />
          )}
          <Button
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            loading={isFetching}
            onClick={() => setRound(round + 1)}
          >
            {t.again}
          </Button>
        </Group>
      </Group>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Stack aria-busy aria-label={t.running}>
          <Delayed>
            <Skeleton height={64} />
            <Skeleton height={280} />
          </Delayed>
        </Stack>
      ) : (
        <>
          <Totals forecast={data} />
          {data.warnings.map((warning) => (
            <Alert key={warning} color="yellow" icon={<IconAlertTriangle size={16} />}>
              {warning}
            </Alert>
          ))}
          {data.totals.sent === 0 && data.blocked.length === 0 ? (
            <EmptyState title={t.noLeads} text={t.noLeadsText} />
          ) : (
            <>
              {data.hours.length > 0 && <Calendar forecast={data} timeZone={data.timeZone || zone} />}
              {data.days.length > 0 && <ByDay forecast={data} />}
              <Reasons forecast={data} />
            </>
          )}
        </>
      )}
    </Stack>
  );
}

/** As an input of a date and a time has it: by the viewer's clock, without a zone. */
function localTime(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Totals({ forecast: { totals, endsAt } }: { forecast: Forecast }) {
  const tiles: [string, number][] = [
    [t.sent, totals.sent],
    [t.blocked, totals.blocked],
    [t.held, totals.held],
    [t.unfinished, totals.unfinished],
  ];
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} spacing="sm" component="dl" m={0}>
      {tiles.map(([label, value]) => (
        <Paper key={label} withBorder p="sm" bg="var(--raised)">
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fz={22} fw={600} lh={1.3}>
            {formatNumber(value)}
          </Text>
        </Paper>
      ))}
      <Paper withBorder p="sm" bg="var(--raised)">
        <Text component="dt" size="xs" c="dimmed">
          {t.ends}
        </Text>
        <Text component="dd" m={0} fz="sm" fw={600} lh={2}>
          <Time at={endsAt} form="absolute" none={t.endsNever} />
        </Text>
      </Paper>
    </SimpleGrid>
  );
}
