import { Paper, Stack, Text } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { TextLink } from "../../ui/link.tsx";
import { PartError } from "../../ui/state.tsx";
import { inPlace } from "../../ui/when-online.ts";
import { t } from "./texts.ts";

// Of the assistant's pages; who has no assistant doesn't load it.
const Decision = lazy(
  inPlace(() => import("../profiles/drafts/decision.tsx").then((module) => ({ default: module.Decision }))),
);

/**
 * What the assistant has written for this lead and a person is to decide: sent as it is, changed, or rejected, here in the
 * thread. Above one's own answer, so that nobody answers twice.
 */
export function DraftSlot({ leadId, leadName }: { leadId: string; leadName: string }) {
  const may = useRight("assistant.read");
  const { data, error, refetch } = useApiWhen(
    "GET /v1/assistant/turns",
    may ? { query: { leadId, state: "draft", limit: 3 } } : null,
  );
  const turn = data?.data[0];
  // Unseen, the same would be answered twice.
  if (error && !data) return <PartError error={error} retry={() => void refetch()} />;
  if (!turn || turn.leadId !== leadId) return null;
  return (
    <Paper component="section" withBorder p="sm" mb="xs" aria-label={t.draftWaits} bg="var(--row-active)">
      <Stack gap={6}>
        <Text size="sm" fw={600} component="h3" m={0}>
          <IconSparkles size={14} aria-hidden style={{ verticalAlign: "-2px", marginInlineEnd: 6 }} />
          {t.draftWaits}
          {turn.channel && ` (${t.channels[turn.channel]})`}
        </Text>
        {turn.problems.map(({ code, detail }) => (
          <Text key={`${code} ${detail}`} size="xs" c="var(--mantine-color-error)">
            {detail}
          </Text>
        ))}
        {turn.notes?.handOver && <Text size="xs">{t.wantsPerson(turn.notes.handOver)}</Text>}
        <Suspense fallback={null}>
          <Decision key={turn.id} turn={turn} leadName={leadName} />
        </Suspense>
        <TextLink to="/profiles/drafts" size="xs" underline="always">
          {data && data.data.length > 1 ? t.moreDrafts : t.seeDraft}
        </TextLink>
      </Stack>
    </Paper>
  );
}
