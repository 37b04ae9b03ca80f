import { Alert, Paper, Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useApi, useApiWhen } from "../../../api/query.ts";
import { HtmlFrame } from "../../../ui/html-frame.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { leadName } from "../status.ts";
import classes from "./steps.module.css";
import { t } from "./texts.ts";
import type { Check } from "./use-draft-check.ts";

interface Props {
  campaignId: string;
  leadId: string | null;
  onLead: (leadId: string) => void;
  /** Of the step that is open; null: none is. */
  position: number | null;
  hasProblems: boolean;
  check: Check | undefined;
  error: unknown;
  isPending: boolean;
}

/** The open step as the chosen lead would get it. */
export function PreviewPane({ campaignId, leadId, onLead, position, hasProblems, check, error, isPending }: Props) {
  return (
    <Paper
      withBorder
      p="md"
      bg="var(--raised)"
      className={classes.preview}
      component="section"
      aria-labelledby="preview-title"
    >
      <Title order={2} id="preview-title" mb="xs">
        {t.preview}
      </Title>
      <LeadSelect campaignId={campaignId} leadId={leadId} onLead={onLead} />
      <div style={{ marginTop: 14, minHeight: 160 }} aria-live="polite">
        {error ? (
          <ErrorState error={error} />
        ) : position === null || leadId === null ? null : hasProblems ? (
          <Text size="sm" c="dimmed">
            {t.previewProblem}
          </Text>
        ) : isPending ? (
          <Skeleton height={120} />
        ) : (
          <Written message={check?.messages.find((each) => each.position === position)} />
        )}
      </div>
    </Paper>
  );
}

function Written({ message }: { message: Check["messages"][number] | undefined }) {
  const senders = useApi("GET /v1/senders", { query: { limit: 100 } });
  if (!message) return <Skeleton height={120} />;
  const { action, channel, blocked, notFor, senderId, to, title, subject, text, html, size, variant } = message;
  if (action === "wait_for_acceptance") return <Text size="sm">{t.previewNothing}</Text>;
  const sender = senders.data?.data.find(({ id }) => id === senderId);
  return (
    <Stack gap="sm">
      {notFor !== null && (
        <Alert color="gray" title={t.previewNotFor} p="xs">
          {notFor}
        </Alert>
      )}
      {blocked !== null && (
        <Alert color="orange" title={t.previewBlocked} p="xs">
          {blocked.reason}
        </Alert>
      )}
      <dl className={classes.facts}>
        {sender && (
          <>
            <dt>{t.previewSender}</dt>
            <dd>{sender.name}</dd>
          </>
        )}
        {to !== null && (
          <>
            <dt>{t.previewTo}</dt>
            <dd>{to}</dd>
          </>
        )}
        {channel === "email" && action === "message" && (
          <>
            <dt>{t.previewSubject}</dt>
            <dd>{subject ?? t.previewReply}</dd>
          </>
        )}
        {variant !== null && (
          <>
            <dt>{t.whichVariant}</dt>
            <dd>{variant}</dd>
          </>
        )}
      </dl>
      {title !== null && (
        <Text size="sm" fw={600}>
          {title}
        </Text>
      )}
      <div className={classes.bubble}>{text || (action === "connect" ? t.noteEmpty : "")}</div>
      {size !== null && (
        <Text size="xs" c={size.characters > size.limit ? "var(--mantine-color-error)" : "dimmed"}>
          {t.size(size.characters, size.limit)}
          {size.sms !== null && (
            <>
              <br />
              {t.sms(size.sms.segments, size.sms.encoding, size.sms.left)}
              {size.sms.encoding === "UCS-2" && (
                <>
                  <br />
                  {t.ucs2Hint}
                </>
              )}
            </>
          )}
        </Text>
      )}
      {html !== null && <HtmlFrame html={html} title={t.previewHtml} />}
    </Stack>
  );
}

/** The lead whose values are shown: found by name, address or company. */
function LeadSelect({
  campaignId,
  leadId,
  onLead,
}: {
  campaignId: string;
  leadId: string | null;
  onLead: (id: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 200);
  const chosen = useApiWhen("GET /v1/leads/{id}", leadId === null ? null : { params: { id: leadId } });
  const inCampaign = useApi("GET /v1/leads", { query: { campaignId, limit: 20 } });
  const empty = inCampaign.data !== undefined && inCampaign.data.leads.length === 0;
  const found = useApiWhen(
    "GET /v1/leads",
    search || empty ? { query: { ...(search && { search }), limit: 20 } } : null,
  );
  const leads = [...(search || empty ? (found.data?.leads ?? []) : (inCampaign.data?.leads ?? []))];
  if (chosen.data && !leads.some(({ id }) => id === chosen.data.id)) leads.unshift(chosen.data);
  const first = leads[0]?.id;
  // Whoever comes without a choice sees it for somebody.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the first one is known.
  useEffect(() => {
    if (leadId === null && first !== undefined && search === "") onLead(first);
  }, [leadId, first, search]);
  if (leads.length === 0 && search === "" && !inCampaign.isPending && !found.isPending) {
    return (
      <Text size="sm" c="dimmed">
        {t.previewNoLead}
      </Text>
    );
  }
  return (
    <Select
      label={t.previewLead}
      placeholder={t.previewPick}
      searchable
      allowDeselect={false}
      value={leadId}
      onChange={(id) => id !== null && onLead(id)}
      onSearchChange={(text) => setTyped(leads.some((lead) => labelOf(lead) === text) ? "" : text)}
      // The server has found them.
      filter={({ options }) => options}
      data={leads.map((lead) => ({ value: lead.id, label: labelOf(lead) }))}
      mih={58}
    />
  );
}

const labelOf = (lead: Parameters<typeof leadName>[0] & { id: string; company: string | null }) =>
  [leadName(lead) ?? lead.id, lead.company].filter(Boolean).join(" · ");
