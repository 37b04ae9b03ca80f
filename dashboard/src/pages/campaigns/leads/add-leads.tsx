import { Button, Group, List, Modal, Progress, Select, Skeleton, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client, HeraldApiError } from "../../../api/client.ts";
import { useApiWhen } from "../../../api/query.ts";
import { resourceOf } from "../../../api/resource.ts";
import { common } from "../../../text/common.ts";
import { leadStatuses } from "../../../text/lead-statuses.ts";
import { Link } from "../../../ui/link.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { showFailure, toast } from "../../../ui/toast.tsx";
import { type Campaign, leadName } from "../status.ts";
import { t } from "../texts.ts";

const statuses = Object.entries(leadStatuses).map(([value, label]) => ({ value, label }));

interface Props {
  campaign: Campaign;
  opened: boolean;
  onClose: () => void;
}

/** Leads that are in Herald already by a filter, or the way to import new ones. */
export function AddLeads({ campaign, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.add.title}
      size="lg"
      closeButtonProps={{ "aria-label": common.close }}
    >
      <Tabs defaultValue="filter" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="filter">{t.add.filter}</Tabs.Tab>
          <Tabs.Tab value="import">{t.add.import}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="filter">
          <ByFilter campaign={campaign} onClose={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="import">
          <Stack gap="md">
            <Text size="sm">{t.add.importText}</Text>
            <Group justify="flex-end">
              <Button component={Link} to="/leads/import" search={{ campaignId: campaign.id }}>
                {t.add.importAction}
              </Button>
            </Group>
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function ByFilter({ campaign, onClose }: Omit<Props, "opened">) {
  const [status, setStatus] = useState<string | null>(null);
  const [tag, setTag] = useState("");
  const [search, setSearch] = useState("");
  const [typed] = useDebouncedValue({ tag: tag.trim(), search: search.trim() }, 250);
  const filter = {
    ...(status && { status: status as "PENDING" }),
    ...(typed.tag && { tag: typed.tag }),
    ...(typed.search && { search: typed.search }),
  };
  const found = useApiWhen("GET /v1/leads", { query: { ...filter, limit: 5 } });
  const total = found.data?.pagination.total ?? 0;
  const queries = useQueryClient();
  const [done, setDone] = useState<number | null>(null);
  const stopped = useRef(false);
  // Closed while it runs, it stops: nobody could stop it any more.
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  // The number on the button, and what it adds, are those of the words that stand in the fields.
  const isSettled = typed.tag === tag.trim() && typed.search === search.trim() && !found.isPlaceholderData;

  /** A thousand a call, so that each is quick, progress shows, and stopping leaves nothing half done. */
  const enroll = async () => {
    stopped.current = false;
    setDone(0);
    let counts = { enrolled: 0, already: 0, busy: 0 };
    let cursor: string | null | undefined;
    try {
      do {
        const answer = await client.request("POST /v1/campaigns/{id}/leads", {
          params: { id: campaign.id },
          body: { filter, ...(cursor && { cursor }) },
        });
        counts = {
          enrolled: counts.enrolled + answer.enrolled,
          already: counts.already + answer.alreadyEnrolled,
          busy: counts.busy + answer.inOtherCampaign,
        };
        setDone(counts.enrolled + counts.already + counts.busy);
        cursor = answer.nextCursor;
      } while (cursor && !stopped.current && !gone.current);
      if (!gone.current) onClose();
    } catch (error) {
      if (!(error instanceof HeraldApiError)) throw error;
      showFailure(error);
    } finally {
      setDone(null);
      if (counts.enrolled + counts.already + counts.busy > 0)
        toast(t.add.done(counts.enrolled, counts.already, counts.busy));
      await queries.invalidateQueries({ predicate: ({ queryKey }) => resourceOf(queryKey[0]) === "campaigns" });
    }
  };
  return (
    <Stack gap="sm">
      <Group grow align="flex-start">
        <Select
          label={t.add.status}
          placeholder={t.add.anyStatus}
          data={statuses}
          value={status}
          onChange={setStatus}
          clearable
          clearButtonProps={{ "aria-label": t.add.anyStatus }}
        />
        <TextInput label={t.add.tag} value={tag} onChange={({ currentTarget }) => setTag(currentTarget.value)} />
      </Group>
      <TextInput
        label={t.add.search}
        value={search}
        onChange={({ currentTarget }) => setSearch(currentTarget.value)}
        data-autofocus
      />
      {found.error ? (
        <ErrorState error={found.error} retry={() => void found.refetch()} />
      ) : (
        <div style={{ minHeight: 150 }} aria-live="polite">
          <Text size="sm" fw={500}>
            {found.isPending ? common.loading : total === 0 ? t.add.noMatch : t.add.matches(total)}
          </Text>
          {found.isPending ? (
            <Skeleton height={100} mt="xs" />
          ) : (
            <List size="sm" mt="xs" c="dimmed">
              {found.data?.leads.map((lead) => (
                <List.Item key={lead.id}>{[leadName(lead), lead.company].filter(Boolean).join(", ")}</List.Item>
              ))}
              {total > 5 && <List.Item>{t.add.more(total - 5)}</List.Item>}
            </List>
          )}
        </div>
      )}
      {done !== null && (
        <>
          <Progress value={(100 * done) / Math.max(1, total)} aria-label={t.add.title} />
          <Text size="xs" c="dimmed">
            {t.add.running(done, total)}
          </Text>
        </>
      )}
      {campaign.status === "active" && done === null && (
        <Text size="xs" c="dimmed">
          {t.add.goesOutSoon}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        {done !== null && (
          <Button
            variant="default"
            onClick={() => {
              stopped.current = true;
            }}
          >
            {t.add.stopAdding}
          </Button>
        )}
        <Button disabled={total === 0 || !isSettled} loading={done !== null} onClick={() => void enroll()}>
          {t.add.enrollAll(total)}
        </Button>
      </Group>
    </Stack>
  );
}
