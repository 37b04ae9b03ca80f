import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useSignedIn } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

/** Lifts "do not contact". The reason is kept for ever, so it is asked for. */
export function AllowContact({ leadId, opened, onClose }: { leadId: string; opened: boolean; onClose: () => void }) {
  const { user } = useSignedIn();
  const [reason, setReason] = useState("");
  const unsaved = useUnsaved(reason.trim() !== "");
  const close = async () => {
    if (!(await unsaved.mayClose())) return;
    setReason("");
    onClose();
  };
  const allow = useChange("DELETE /v1/leads/{id}/do-not-contact", {
    outdates: ["leads", "suppressions"],
    onDone: () => {
      unsaved.release();
      setReason("");
      toast(t.allowed);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    allow.mutate({ params: { id: leadId }, query: { reason: reason.trim(), by: user.name } });
  };
  return (
    <Modal
      opened={opened}
      onClose={() => void close()}
      title={t.allow}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Textarea
            label={t.allowReason}
            required
            maxLength={500}
            data-autofocus
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={allow.isPending} disabled={reason.trim() === ""}>
              {t.allow}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
