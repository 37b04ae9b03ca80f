import { Button, Group, Select } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Item } from "../../../api/client.ts";
import { useApiList } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { reasonText } from "../../../text/lead-statuses.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { TextLink } from "../../../ui/link.tsx";
import { EmptyState } from "../../../ui/state.tsx";
import { StatusBadge } from "../../../ui/status-badge.tsx";
import { Time } from "../../../ui/time.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import { type Campaign, leadName, stateTones } from "../status.ts";
import { stepName } from "../step-name.ts";
import { t } from "../texts.ts";
import { AddLeads } from "./add-leads.tsx";
import { LeadPlace } from "./lead-place.tsx";

export type Place = Item<"GET /v1/campaigns/{id}/leads">;

const defaults = { state: "", step: "", lead: "" };
const states = ["active", "held", "finished", "stopped"] as const;

export default function LeadsTab({ campaign }: { campaign: Campaign }) {
  const [{ state, step, lead: openId }, setUrl] = useUrlState(defaults);
  const [adding, setAdding] = useState(false);
  const mayStart = useRight("campaigns.start");
  const list = useApiList("GET /v1/campaigns/{id}/leads", {
    params: { id: campaign.id },
    query: { ...(state && { state: state as "active" }), ...(step && { stepId: step }), limit: 100 },
  });
  const { steps } = campaign;
  const columns = useMemo(() => columnsOf(steps), [steps]);
  const add = mayStart && (
    <Button leftSection={<IconUserPlus size={14} aria-hidden />} onClick={() => setAdding(true)}>
      {t.leads.add}
    </Button>
  );
  return (
    <>
      <Group mb="sm" gap="sm" justify="space-between">
        <Group gap="sm">
          <Select
            w={170}
            size="xs"
            aria-label={t.leads.state}
            placeholder={t.leads.allStates}
            clearable
            clearButtonProps={{ "aria-label": t.leads.allStates }}
            data={states.map((value) => ({ value, label: t.leads.states[value] }))}
            value={state || null}
            onChange={(value) => setUrl({ state: value ?? "" })}
          />
          <Select
            w={220}
            size="xs"
            aria-label={t.leads.next}
            placeholder={t.leads.allSteps}
            clearable
            clearButtonProps={{ "aria-label": t.leads.allSteps }}
            data={steps.map((each) => ({
              value: each.id,
              label: t.leads.stepName(each.position, each.key ?? stepName(each)),
            }))}
            value={step || null}
            onChange={(value) => setUrl({ step: value ?? "" })}
          />
        </Group>
        {add}
      </Group>
      <DataTable
        {...list}
        label={t.tabs.leads}
        columns={columns}
        rowId={({ leadId }) => leadId}
        rowLabel={({ lead, leadId }) => leadName(lead) ?? leadId}
        onOpen={({ leadId }) => setUrl({ lead: leadId })}
        height="calc(100dvh - 310px)"
        empty={
          state || step ? (
            <EmptyState title={t.leads.noneFound} />
          ) : (
            <EmptyState title={t.leads.none} text={t.leads.noneText} action={add} />
          )
        }
      />
      <LeadPlace
        campaign={campaign}
        leadId={openId || null}
        place={list.rows.find(({ leadId }) => leadId === openId)}
        onClose={() => setUrl({ lead: "" })}
      />
      <AddLeads campaign={campaign} opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}

function columnsOf(steps: Campaign["steps"]): readonly Column<Place>[] {
  return [
    {
      id: "lead",
      header: t.leads.lead,
      cell: ({ lead, leadId }) => (
        <TextLink to={`/leads/${leadId}`} fz="sm" fw={500} c="var(--mantine-color-text)">
          {leadName(lead) ?? t.leads.gone}
        </TextLink>
      ),
    },
    { id: "company", header: t.leads.company, from: 1200, cell: ({ lead }) => lead?.company ?? "–" },
    {
      ...{ id: "state", header: t.leads.state, width: 124 },
      cell: ({ state }) => <StatusBadge tone={stateTones[state]}>{t.leads.states[state]}</StatusBadge>,
    },
    {
      ...{ id: "next", header: t.leads.next, width: 210, from: 720 },
      cell: ({ nextStepId, state }) => {
        const step = steps.find(({ id }) => id === nextStepId);
        if (!step || (state !== "active" && state !== "held")) return t.leads.noNext;
        return t.leads.stepName(step.position, step.key ?? stepName(step));
      },
    },
    {
      ...{ id: "when", header: t.leads.when, width: 120, from: 480 },
      cell: ({ nextAt, state, waitReason, nextStepId }) =>
        state !== "active" || nextStepId === null ? (
          t.leads.noNext
        ) : nextAt === null && waitReason === null ? (
          t.leads.onItsWay
        ) : (
          <Time at={nextAt} />
        ),
    },
    { id: "why", header: t.leads.why, from: 960, cell: ({ reason, waitReason }) => reasonText(reason ?? waitReason) },
  ];
}
