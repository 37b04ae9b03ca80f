import { Card, Group, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { Output } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { TextLink } from "../../ui/link.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { t } from "./texts.ts";

type Next = Output<"GET /v1/leads/{id}/next">["next"][number];

/** What each campaign does next with the lead, when, and why not earlier: by the code that plans it. */
export function NextActions({ leadId }: { leadId: string }) {
  const { data: found, error, refetch } = useApi("GET /v1/leads/{id}/next", { params: { id: leadId } });
  // Another lead's, while this one's loads.
  const data = found?.leadId === leadId ? found : undefined;
  return (
    <Card style={{ overflowWrap: "anywhere" }}>
      <Title order={2} mb="xs">
        {t.next}
      </Title>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton height={44} />
      ) : (
        <Stack gap="md">
          {data.pause && (
            <Text size="sm" component="div">
              {t.pausedUntil} <Time at={data.pause.until} form="absolute" /> ({data.pause.reason})
            </Text>
          )}
          {data.next.length === 0 && (
            <Text size="sm" c="dimmed">
              {t.nextNone}
            </Text>
          )}
          {data.next.map((next) => (
            <NextAction key={next.campaignId} next={next} />
          ))}
        </Stack>
      )}
    </Card>
  );
}

function NextAction({ next: { campaignId, campaignName, step, at, reasons } }: { next: Next }) {
  return (
    <div>
      <Group gap={6}>
        <TextLink to={`/campaigns/${campaignId}`} size="sm">
          {campaignName}
        </TextLink>
        {step && (
          <Text size="sm">
            {t.step(step.position)}: {step.channel ? `${t.channels[step.channel]}, ` : ""}
            {t.actions[step.action]}
          </Text>
        )}
      </Group>
      <Text size="sm" c="dimmed" component="div">
        {at === null ? (
          reasons.length === 0 ? (
            t.nextNow
          ) : (
            t.nextUnknown
          )
        ) : (
          <>
            {t.notBefore} <Time at={at} form="absolute" />
          </>
        )}
      </Text>
      {reasons.length > 0 && (
        <List size="sm" mt={4} aria-label={t.whyNotEarlier}>
          {reasons.map(({ rule, detail, until, change }) => (
            <List.Item key={`${rule} ${detail}`}>
              {detail}
              {until && (
                <>
                  {" "}
                  ({t.until} <Time at={until} form="absolute" />)
                </>
              )}
              <Text size="xs" c="dimmed">
                {t.change}: {change}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </div>
  );
}
