import { Alert, Button, Card, Group, List, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconUserOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { apiQuery } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { DownloadButton } from "../../ui/download-button.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { type Lead, nameOf } from "./lead-looks.tsx";
import { t } from "./texts.ts";

type Erasure = Output<"GET /v1/erasures/{id}">;

/** What a person may ask for by law: a copy of everything, and to be forgotten. */
export function Privacy({ lead }: { lead: Lead }) {
  const [mayExport, mayErase] = [useRight("leads.export"), useRight("leads.erase")];
  const [asking, setAsking] = useState(false);
  return (
    <Card component="section" aria-label={t.privacy}>
      <Title order={2}>{t.privacy}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {mayExport || mayErase ? t.privacyText : t.mayErase}
      </Text>
      <Group gap="xs">
        {mayExport && (
          <DownloadButton operation="GET /v1/leads/{id}/export" params={{ id: lead.id }} fileName={`${lead.id}.json`}>
            {t.export}
          </DownloadButton>
        )}
        {mayErase && (
          <Button variant="default" leftSection={<IconUserOff size={14} aria-hidden />} onClick={() => setAsking(true)}>
            {t.erase}
          </Button>
        )}
      </Group>
      {asking && <EraseDialog lead={lead} onClose={() => setAsking(false)} />}
    </Card>
  );
}

/** Names may have spaces that nobody sees. */
const plain = (text: string) => text.normalize().replace(/\s+/g, " ").trim();

function EraseDialog({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const name = plain(nameOf(lead));
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  // The name is typed to be sure, and is nobody's work.
  const unsaved = useUnsaved(reason.trim() !== "");
  const close = async () => (await unsaved.mayClose()) && onClose();
  const erase = useChange("POST /v1/leads/{id}/erase", {
    outdates: ["leads", "erasures", "conversations", "campaigns", "suppressions"],
    onDone: () => {
      unsaved.release();
      toast(t.erased);
      onClose();
    },
  });
  const matches = plain(typed) === name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!matches) return;
    erase.mutate({
      params: { id: lead.id },
      body: { confirm: lead.id, ...(reason.trim() && { reason: reason.trim() }) },
    });
  };
  return (
    <Modal opened onClose={() => void close()} title={t.eraseTitle} closeButtonProps={{ "aria-label": common.close }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
          <List size="sm" spacing={4}>
            {t.eraseConsequences.map((line) => (
              <List.Item key={line}>{line}</List.Item>
            ))}
          </List>
          <TextInput
            label={t.eraseConfirm(name)}
            description={t.eraseConfirmHint}
            required
            autoComplete="off"
            data-autofocus
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          />
          <TextInput
            label={t.eraseReason}
            maxLength={500}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" color="red" loading={erase.isPending} disabled={!matches}>
              {t.erase}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The erasure of a lead that isn't there any more; null: nobody was erased, or one may not know. */
export function useErasure(leadId: string, gone: boolean): Erasure | null {
  const mayErase = useRight("leads.erase");
  const list = useQuery({
    ...apiQuery("GET /v1/erasures", { query: { leadId, limit: 1 } }),
    enabled: gone && mayErase,
    // No event tells how far one is.
    refetchInterval: ({ state }) => (state.data?.data[0]?.state === "running" ? 3_000 : false),
  });
  return list.data?.data[0] ?? null;
}

/** What is left of a person. */
export function Erased({
  erasure: { state, requestedAt, requestedBy, reason, finishedAt, addressHashes, counts },
}: {
  erasure: Erasure;
}) {
  const shown = Object.entries(counts).filter(([what, n]) => n > 0 && what in t.counted);
  return (
    <Stack gap="md" maw={680}>
      <Alert
        color={state === "finished" ? "gray" : "orange"}
        icon={<IconUserOff size={16} />}
        title={state === "finished" ? t.erasedTitle : t.erasing}
      >
        {state === "finished" ? t.erasedLeft : t.erasingText}
      </Alert>
      <Card>
        <Stack gap={6}>
          <Text size="sm">
            {t.erasedAt} <Time at={requestedAt} form="absolute" /> {requestedBy && `${t.erasedBy} ${requestedBy}`}
          </Text>
          {reason && <Text size="sm">{reason}</Text>}
          {finishedAt && (
            <Text size="sm">
              {t.finishedAt} <Time at={finishedAt} form="absolute" />
            </Text>
          )}
          <Text size="sm">{t.addressesHashed(addressHashes.length)}</Text>
          {shown.length > 0 && (
            <>
              <Title order={3} mt="xs">
                {t.erasedCounts}
              </Title>
              <List size="sm">
                {shown.map(([what, n]) => (
                  <List.Item key={what}>
                    {t.counted[what]}: {formatNumber(n)}
                  </List.Item>
                ))}
              </List>
            </>
          )}
        </Stack>
      </Card>
    </Stack>
  );
}
