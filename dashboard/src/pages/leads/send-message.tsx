import { Button, Group, Modal, SegmentedControl, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { type LostReply, lostReply } from "../../api/lost-reply.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { randomKey } from "../../api/random-key.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { LostReplyNotice } from "../../ui/lost-reply.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { addressOf, type Channel, type Lead, nameOf } from "./lead-looks.tsx";
import { t } from "./texts.ts";

const channels = ["linkedin", "sms", "email"] as const;

/**
 * Writes to a lead by hand. One key for the whole dialogue: however often the button is pressed, one message goes out. Only where
 * a text has gone out whose reply was lost, another one has a key of its own.
 */
export function SendMessage({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const [idempotencyKey, setKey] = useState(randomKey);
  const [lost, setLost] = useState<LostReply | null>(null);
  const reachable = channels.filter((channel) => addressOf(lead, channel) !== null);
  const [channel, setChannel] = useState<Channel>(reachable[0] ?? "email");
  const senders = useApi("GET /v1/senders", { query: { channel, limit: 100 } });
  const form = useApiForm({ initialValues: { senderId: "", subject: "", text: "" } });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const send = useChange("POST /v1/messages", {
    outdates: ["messages", "leads", "conversations"],
    onDone: () => {
      toast(t.sent);
      unsaved.release();
      onClose();
    },
    onError: (error) => {
      const reply = lostReply(error);
      setLost(reply);
      if (reply === "before") setKey(randomKey());
      else form.refuse(error);
    },
  });
  return (
    <Modal
      opened
      onClose={() => void close()}
      size="lg"
      title={t.sendTitle(nameOf(lead))}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form
        onSubmit={form.onSubmit(({ senderId, subject, text }) =>
          send.mutate({
            idempotencyKey,
            body: {
              ...{ leadId: lead.id, channel, text },
              ...(senderId && { senderId }),
              ...(channel === "email" && subject.trim() && { subject: subject.trim() }),
            },
          }),
        )}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <LostReplyNotice reply={lost} />
          <SegmentedControl
            aria-label={t.sendBy}
            value={channel}
            onChange={(value) => {
              setChannel(value as Channel);
              form.setFieldValue("senderId", "");
            }}
            data={channels.map((value) => ({ value, label: t.channels[value], disabled: !reachable.includes(value) }))}
          />
          <Select
            label={t.sender}
            placeholder={t.senderAny}
            clearable
            searchable
            data={(senders.data?.data ?? [])
              .filter((sender) => sender.channel === channel)
              .map(({ id, name }) => ({ value: id, label: name }))}
            value={form.values.senderId || null}
            onChange={(value) => form.setFieldValue("senderId", value ?? "")}
            error={form.errors.senderId}
          />
          {channel === "email" && <TextInput label={t.subject} {...form.getInputProps("subject")} />}
          <Textarea label={t.text} required minRows={5} maxRows={14} data-autofocus {...form.getInputProps("text")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={send.isPending}>
              {t.sendNow}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
