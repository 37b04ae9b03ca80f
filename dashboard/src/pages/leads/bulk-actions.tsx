import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { IconBan, IconFlag, IconPlayerPause, IconTag } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, HeraldApiError } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { showFailure, toast, toastWithUndo } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import type { Lead } from "./lead-looks.tsx";
import { StatusChoice } from "./status-choice.tsx";
import { t } from "./texts.ts";

/** Calls under way at once: a page of a hundred leads is done in a second, and the API isn't flooded. */
const atOnce = 6;

type Undo = () => Promise<unknown>;

async function takeBack(undo: Undo): Promise<null> {
  await undo();
  return null;
}

/** What can be done with the leads that were selected. */
export function BulkActions({ ids, onDone }: { ids: ReadonlySet<string>; onDone: () => void }) {
  const queries = useQueryClient();
  const mayStart = useRight("campaigns.start");
  const maySuppress = useRight("suppressions.write");
  const [asking, setAsking] = useState<"tag" | "campaign" | null>(null);
  const [busy, setBusy] = useState(false);

  /**
   * Does it for each; failures are counted, and the first is shown in the API's words. What `act` gives takes its change
   * back; null: it changed nothing, or what it did isn't taken back by a click.
   */
  async function each(
    of: Iterable<string>,
    act: (id: string) => Promise<Undo | null>,
    done: (count: number) => string,
  ) {
    setBusy(true);
    const waiting = [...of];
    let [count, failed] = [0, 0];
    let first: HeraldApiError | null = null;
    const undos = new Map<string, Undo>();
    const unexpected: unknown[] = [];
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          const undo = await act(id);
          if (undo) undos.set(id, undo);
          count++;
        } catch (error) {
          failed++;
          if (error instanceof HeraldApiError) first ??= error;
          else {
            // A fault of the page: the rest isn't tried, what was done can be taken back, and the buttons come back.
            unexpected.push(error);
            failed += waiting.splice(0).length;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    setBusy(false);
    setAsking(null);
    const said = failed > 0 ? `${done(count)}. ${t.someFailed(failed)}` : done(count);
    if (undos.size > 0)
      toastWithUndo(said, () => void each(undos.keys(), (id) => takeBack(undos.get(id)!), t.takenBack));
    else if (count > 0) toast(said);
    if (first) showFailure(first);
    await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).includes("/v1/leads") });
    onDone();
    if (unexpected.length > 0) throw unexpected[0];
  }

  const pause = () =>
    each(
      ids,
      async (id) => {
        await client.request("POST /v1/leads/{id}/pause", { params: { id }, body: {} });
        return null;
      },
      t.paused,
    );
  const tag = (tag: string) =>
    each(
      ids,
      async (id) => {
        const params = { id };
        const { tags: before } = await client.request("GET /v1/leads/{id}", { params });
        // As the API compares them; who has it already keeps it when the others lose it again.
        if (before.some((one) => one.toLowerCase() === tag.toLowerCase())) return null;
        await client.request("PATCH /v1/leads/{id}", { params, body: { tags: { add: [tag] } } });
        return () => client.request("PATCH /v1/leads/{id}", { params, body: { tags: { remove: [tag] } } });
      },
      t.tagged,
    );
  const setStatus = (status: Lead["status"]) =>
    each(
      ids,
      async (id) => {
        const change = (to: Lead["status"]) =>
          client.request("PATCH /v1/leads/{id}/status", { params: { id }, body: { status: to } });
        const { previousStatus } = await change(status);
        return previousStatus === status ? null : () => change(previousStatus);
      },
      t.statusSet,
    );
  const forbid = async () => {
    if (!(await confirm({ title: t.forbidMany(ids.size), text: t.forbidManyText, action: t.forbid }))) return;
    await each(
      ids,
      async (id) => {
        await client.request("POST /v1/leads/{id}/do-not-contact", { params: { id }, body: {} });
        return null;
      },
      t.forbiddenMany,
    );
  };

  return (
    <>
      <Button variant="default" leftSection={<IconTag size={14} aria-hidden />} onClick={() => setAsking("tag")}>
        {t.addTag}
      </Button>
      {mayStart && (
        <Button
          variant="default"
          leftSection={<IconFlag size={14} aria-hidden />}
          onClick={() => setAsking("campaign")}
        >
          {t.addToCampaign}
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconPlayerPause size={14} aria-hidden />}
        loading={busy && asking === null}
        onClick={() => void pause()}
      >
        {t.pauseWeek}
      </Button>
      <StatusChoice onChoose={(status) => void setStatus(status)} />
      {maySuppress && (
        <Button variant="default" leftSection={<IconBan size={14} aria-hidden />} onClick={() => void forbid()}>
          {t.forbid}
        </Button>
      )}
      {asking === "tag" && (
        <TagDialog count={ids.size} busy={busy} onTag={(text) => void tag(text)} onClose={() => setAsking(null)} />
      )}
      <Modal
        opened={asking === "campaign"}
        onClose={() => setAsking(null)}
        title={t.addToCampaign}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <CampaignForm
          onEnrolled={() => {
            setAsking(null);
            onDone();
          }}
          ids={ids}
        />
      </Modal>
    </>
  );
}

interface TagProps {
  count: number;
  busy: boolean;
  onTag: (tag: string) => void;
  onClose: () => void;
}

function TagDialog({ count, busy, onTag, onClose }: TagProps) {
  const [tag, setTag] = useState("");
  const unsaved = useUnsaved(tag.trim() !== "");
  const close = async () => (await unsaved.mayClose()) && onClose();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (tag.trim()) onTag(tag.trim());
  };
  return (
    <Modal
      opened
      onClose={() => void close()}
      title={t.addTagTo(count)}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={t.tag}
            maxLength={100}
            required
            data-autofocus
            value={tag}
            onChange={(e) => setTag(e.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={busy}>
              {t.addTag}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Leads of one call; the API takes as many. */
const perCall = 1_000;

function CampaignForm({ ids, onEnrolled }: { ids: ReadonlySet<string>; onEnrolled: () => void }) {
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } });
  const [campaignId, setCampaignId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (campaignId === null) return;
    setBusy(true);
    try {
      const all = [...ids];
      let [added, rest] = [0, 0];
      for (let from = 0; from < all.length; from += perCall) {
        const answer = await client.request("POST /v1/campaigns/{id}/leads", {
          params: { id: campaignId },
          body: { leadIds: all.slice(from, from + perCall) },
        });
        added += answer.enrolled;
        rest += answer.alreadyEnrolled + answer.inOtherCampaign;
      }
      toast(t.enrolled(added, rest));
      onEnrolled();
    } catch (error) {
      showFailure(error as HeraldApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <Select
          label={t.campaign}
          data={(campaigns.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          nothingFoundMessage={t.noCampaigns}
          value={campaignId}
          onChange={setCampaignId}
          searchable
          required
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={campaignId === null}>
            {t.addToCampaign}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
