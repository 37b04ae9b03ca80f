import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Item } from "../../../api/client.ts";
import { useChange } from "../../../api/mutation.ts";
import { useSignedIn } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

type Suppression = Item<"GET /v1/suppressions">;

/** Allows an address again, of this kind. The reason is kept for ever, so it is asked for. Nothing for an erased person's. */
export function LiftSuppression({ suppression: { address, channel, kind } }: { suppression: Suppression }) {
  const { user } = useSignedIn();
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState("");
  const unsaved = useUnsaved(reason.trim() !== "");
  const close = async () => {
    if (!(await unsaved.mayClose())) return;
    setReason("");
    setOpened(false);
  };
  const lift = useChange("DELETE /v1/suppressions", {
    outdates: ["suppressions", "leads"],
    onDone: () => {
      unsaved.release();
      setOpened(false);
      toast(t.lifted);
    },
  });
  if (address === null) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    lift.mutate({ query: { channel, address, kind, reason: reason.trim(), by: user.name } });
  };
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        color="gray"
        c="var(--mantine-color-text)"
        aria-label={t.liftOne(address)}
        onClick={() => setOpened(true)}
      >
        {t.lift}
      </Button>
      <Modal
        opened={opened}
        onClose={() => void close()}
        title={t.liftOne(address)}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm">{kind === "do_not_contact" ? t.liftPerson : t.liftText}</Text>
            <Textarea
              label={t.liftReason}
              required
              maxLength={500}
              data-autofocus
              value={reason}
              onChange={({ currentTarget }) => setReason(currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button type="submit" loading={lift.isPending} disabled={reason.trim() === ""}>
                {t.lift}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
