import { Button, Group, SegmentedControl, Select } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { client, HeraldApiError, type Item } from "../../api/client.ts";
import { useApi, useApiList } from "../../api/query.ts";
import { resourceOf } from "../../api/resource.ts";
import { useRight, useSignedIn } from "../../api/session.ts";
import { confirm } from "../../ui/confirm.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { showFailure, toast } from "../../ui/toast.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { AssigneeSelect } from "./assignee-select.tsx";
import { nameOf, TaskDrawer, taskTones } from "./task-drawer.tsx";
import { t } from "./texts.ts";

export type Task = Item<"GET /v1/tasks">;

const defaults = { status: "open", whose: "all", campaign: "", task: "" };
const statuses = ["open", "done", "skipped", "cancelled"] as const;

export default function TasksPage() {
  const [{ status, whose, campaign, task }, setUrl] = useUrlState(defaults);
  const { user } = useSignedIn();
  const mayWrite = useRight("tasks.write");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } });
  const open = status === "open";
  const list = useApiList("GET /v1/tasks", {
    query: {
      ...{ status: status as "open", order: open ? ("oldest" as const) : ("newest" as const), limit: 100 },
      ...(whose !== "all" && { assignee: whose === "mine" ? user.email : "" }),
      ...(campaign && { campaignId: campaign }),
    },
  });
  const columns = useMemo(() => {
    const search = { status: open ? undefined : status, whose: whose === "all" ? undefined : whose, campaign };
    return columnsOf(open, search);
  }, [open, status, whose, campaign]);
  const queries = useQueryClient();

  /** One after the other: each is its own act, and what is refused stops nothing. */
  const each = async (ids: ReadonlySet<string>, act: (id: string) => Promise<unknown>): Promise<number> => {
    let failed: HeraldApiError | null = null;
    let done = 0;
    for (const id of ids) {
      try {
        await act(id);
        done += 1;
      } catch (error) {
        if (!(error instanceof HeraldApiError)) throw error;
        failed = error;
      }
    }
    if (failed) showFailure(failed);
    setSelected(new Set());
    const outdated = ["tasks", "campaigns", "leads"];
    await queries.invalidateQueries({ predicate: ({ queryKey }) => outdated.includes(resourceOf(queryKey[0])) });
    return done;
  };
  const assignAll = async (ids: ReadonlySet<string>, assignee: string | null) => {
    const done = await each(ids, (id) =>
      client.request("PATCH /v1/tasks/{id}", { params: { id }, body: { assignee } }),
    );
    if (done > 0) toast(assignee === null ? t.assignedToNobody : t.assignedTo(assignee));
  };
  const endAll = async (ids: ReadonlySet<string>) => {
    const question = { title: t.bulkDoneTitle(ids.size), text: t.bulkDoneText, action: t.done, dangerous: false };
    if (!(await confirm(question))) return;
    const done = await each(ids, (id) => client.request("POST /v1/tasks/{id}/complete", { params: { id }, body: {} }));
    if (done > 0) toast(t.bulkDone(done));
  };
  const filtered = whose !== "all" || campaign !== "" || !open;
  return (
    <Page title={t.title} description={t.description}>
      <Group mb="sm" gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={t.status}
          value={status}
          onChange={(value) => {
            setSelected(new Set());
            setUrl({ status: value, task: "" });
          }}
          data={statuses.map((value) => ({ value, label: t.statuses[value] }))}
        />
        <Select
          w={150}
          size="xs"
          aria-label={t.whose}
          allowDeselect={false}
          value={whose}
          onChange={(value) => setUrl({ whose: value ?? "all" })}
          data={[
            { value: "all", label: t.everybody },
            { value: "mine", label: t.mine },
            { value: "nobody", label: t.nobodys },
          ]}
        />
        <Select
          w={220}
          size="xs"
          aria-label={t.campaign}
          placeholder={t.allCampaigns}
          clearable
          clearButtonProps={{ "aria-label": t.allCampaigns }}
          searchable
          value={campaign || null}
          onChange={(value) => setUrl({ campaign: value ?? "" })}
          data={(campaigns.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Group>
      <DataTable
        {...list}
        label={t.title}
        columns={columns}
        rowId={({ id }) => id}
        rowLabel={(row) => row.title ?? t.untitled}
        onOpen={({ id }) => setUrl({ task: id })}
        {...(open && mayWrite && { selected, onSelect: setSelected })}
        bulkActions={(ids) => (
          <>
            <Button variant="default" onClick={() => void endAll(ids)}>
              {t.done}
            </Button>
            <AssigneeSelect value={null} onChange={(assignee) => void assignAll(ids, assignee)} compact />
          </>
        )}
        height="calc(100dvh - 240px)"
        empty={
          filtered ? (
            <EmptyState title={t.noneFound} text={t.noneFoundText} />
          ) : (
            <EmptyState title={t.none} text={t.noneText} />
          )
        }
      />
      <TaskDrawer taskId={task || null} onClose={() => setUrl({ task: "" })} />
    </Page>
  );
}

function columnsOf(open: boolean, search: Record<string, string | undefined>): readonly Column<Task>[] {
  return [
    {
      id: "task",
      header: t.task,
      cell: ({ id, title, text }) => (
        <TextLink to="/tasks" search={{ ...search, task: id }} fz="sm" fw={500} c="var(--mantine-color-text)">
          {title || text.slice(0, 80) || t.untitled}
        </TextLink>
      ),
    },
    {
      ...{ id: "lead", header: t.lead, width: 200, from: 480 },
      cell: ({ lead, leadId }) => (
        <TextLink to={`/leads/${leadId}`} fz="sm">
          {nameOf(lead) ?? t.gone}
        </TextLink>
      ),
    },
    {
      ...{ id: "campaign", header: t.campaign, width: 200, from: 960 },
      cell: ({ campaignId, campaignName }) =>
        campaignId === null ? (
          t.assistant
        ) : (
          <TextLink to={`/campaigns/${campaignId}`} fz="sm">
            {campaignName}
          </TextLink>
        ),
    },
    {
      ...{ id: "channel", header: t.channel, width: 100, from: 1200 },
      cell: ({ channel }) => (channel === null ? "–" : t.channels[channel]),
    },
    { id: "assignee", header: t.assignee, width: 190, from: 720, cell: ({ assignee }) => assignee ?? t.noone },
    open
      ? { id: "open", header: t.open, width: 110, cell: ({ createdAt }) => <Time at={createdAt} /> }
      : {
          ...{ id: "ended", header: t.ended, width: 230, from: 480 },
          cell: ({ endedAt, status }) => (
            <Group gap="xs" wrap="nowrap">
              <StatusBadge tone={taskTones[status]}>{t.statuses[status]}</StatusBadge>
              <Time at={endedAt} />
            </Group>
          ),
        },
  ];
}
