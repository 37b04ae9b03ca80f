import { Card, Group, Progress, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { Output } from "../../api/client.ts";
import { useApi, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { formatNumber } from "../../text/format.ts";
import { ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import type { Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

export type Usage = Output<"GET /v1/senders/usage">["data"][number];
type Use = Usage["message"];

const shareOf = (used: number, cap: number) => Math.min(100, cap === 0 ? 100 : (used / cap) * 100);
const colourOf = (used: number, cap: number) => (used >= cap ? "orange" : "accent");

/** How much of its limits a sender has used, by figures and bars, and when it may go on. */
export function UsageCard({ sender }: { sender: Sender }) {
  const { data, error, refetch, isPending } = useApi("GET /v1/senders/usage", { query: { senderIds: sender.id } });
  const usage = data?.data.find(({ senderId }) => senderId === sender.id);
  const maySee = useRight("workspace.read");
  const workspace = useApiWhen("GET /v1/workspace", sender.channel === "sms" && maySee ? {} : null);
  return (
    <Card component="section" aria-label={t.usage}>
      <Title order={2} mb="xs">
        {t.usage}
      </Title>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : isPending || !usage ? (
        <Skeleton height={86} />
      ) : (
        <Stack gap="md">
          <UseOf label={t.actions.message} use={usage.message} />
          {usage.connect && <UseOf label={t.actions.connect} use={usage.connect} />}
          <Text size="xs" c="dimmed" component="div">
            {t.dayEnds} <Time at={usage.dayEndsAt} />
            {workspace.data && <div>{t.smsHours(workspace.data.smsHours.from, workspace.data.smsHours.to)}</div>}
          </Text>
        </Stack>
      )}
    </Card>
  );
}

function UseOf({ label, use }: { label: string; use: Use }) {
  const { today, cap, rampDay, week, perWeek, next } = use;
  if (today === null || week === null) {
    return (
      <Text size="sm">
        {label}: {t.notCounted}
      </Text>
    );
  }
  return (
    <div>
      <SimpleGrid cols={2} spacing="md">
        <Figure label={`${label}, ${t.today}`} used={today} cap={cap} />
        <Figure label={`${label}, ${t.week}`} used={week} cap={perWeek} />
      </SimpleGrid>
      {rampDay !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {t.rampDay(rampDay)}
        </Text>
      )}
      {next && (
        <Text size="sm" mt={4} component="div">
          {next.at ? (
            <>
              {t.goesOn} <Time at={next.at} />: {next.reason}
            </>
          ) : (
            `${t.waits}: ${next.reason}`
          )}
        </Text>
      )}
    </div>
  );
}

function Figure({ label, used, cap }: { label: string; used: number; cap: number | null }) {
  const words = cap === null ? formatNumber(used) : t.usedOf(used, cap);
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={600}>
        {words}
      </Text>
      {cap !== null && (
        <Progress
          size="sm"
          mt={4}
          color={colourOf(used, cap)}
          value={shareOf(used, cap)}
          aria-label={`${label}: ${words}`}
        />
      )}
    </div>
  );
}

/** In a list: what was sent today, against the cap. */
export function UsedToday({ use }: { use: Use | undefined }) {
  if (!use || use.today === null) return <span>–</span>;
  const { today, cap } = use;
  const words = cap === null ? formatNumber(today) : t.usedOf(today, cap);
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" style={{ whiteSpace: "nowrap" }}>
        {words}
      </Text>
      {cap !== null && (
        <Progress
          flex={1}
          miw={24}
          size="sm"
          color={colourOf(today, cap)}
          value={shareOf(today, cap)}
          aria-label={`${t.today}: ${words}`}
        />
      )}
    </Group>
  );
}
