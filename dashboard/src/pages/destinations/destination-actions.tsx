import { Button, Checkbox, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import {
  IconDots,
  IconKey,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconSend,
  IconShieldCheck,
  IconTrash,
} from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { toast } from "../../ui/toast.tsx";
import { Connect } from "./connect.tsx";
import type { Destination } from "./destination-looks.tsx";
import { SecretOnce } from "./secret-once.tsx";
import { systemTexts as s } from "./system-texts.ts";
import { TestEvent } from "./test-event.tsx";
import { t } from "./texts.ts";
import { Verify } from "./verify.tsx";

type Rotated = Output<"POST /v1/destinations/{id}/rotate-secret">;

export function DestinationActions({ destination }: { destination: Destination }) {
  const router = useRouter();
  const [mayWrite, mayTest] = [useRight("destinations.write"), useRight("events.replay")];
  const [asking, setAsking] = useState<"test" | "enable" | "verify" | "connect" | null>(null);
  const [rotated, setRotated] = useState<Rotated | null>(null);
  const params = { id: destination.id };
  const rotate = useChange("POST /v1/destinations/{id}/rotate-secret", { onDone: setRotated });
  const change = useChange("PATCH /v1/destinations/{id}", {
    outdates: ["destinations", "deliveries"],
    onDone: () => toast(t.wasDisabled),
  });
  const remove = useChange("DELETE /v1/destinations/{id}", {
    onDone: () => {
      toast(t.removed);
      void router.navigate({ to: "/destinations" as string });
    },
  });
  const close = () => setAsking(null);
  const askRotate = async () => {
    const sure = await confirm({ title: t.rotateTitle, text: t.rotateText, action: t.rotate, dangerous: false });
    if (sure) rotate.mutate({ params, body: {} });
  };
  const askDisable = async () => {
    const sure = await confirm({ title: t.disableTitle, text: t.disableText, action: t.disable });
    if (sure) change.mutate({ params, body: { status: "disabled" } });
  };
  const askRemove = async () => {
    const sure = await confirm({ title: t.removeTitle, text: t.removeText, action: t.remove });
    if (sure) remove.mutate({ params });
  };
  const closeButtonProps = { "aria-label": common.close };
  return (
    <>
      {mayWrite && destination.status === "disabled" && (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          onClick={() => setAsking("enable")}
        >
          {t.enable}
        </Button>
      )}
      {mayTest && (
        <Button leftSection={<IconSend size={14} aria-hidden />} onClick={() => setAsking("test")}>
          {t.test}
        </Button>
      )}
      {mayWrite && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" px={8} aria-label={common.more}>
              <IconDots size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {destination.kind !== "webhook" && (
              <Menu.Item leftSection={<IconShieldCheck size={14} aria-hidden />} onClick={() => setAsking("verify")}>
                {t.verify}
              </Menu.Item>
            )}
            {(destination.kind === "hubspot" || destination.kind === "salesforce") && (
              <Menu.Item leftSection={<IconPlugConnected size={14} aria-hidden />} onClick={() => setAsking("connect")}>
                {s.connectAgain}
              </Menu.Item>
            )}
            {destination.signing && (
              <Menu.Item leftSection={<IconKey size={14} aria-hidden />} onClick={() => void askRotate()}>
                {t.rotate}
              </Menu.Item>
            )}
            {destination.status === "active" && (
              <Menu.Item leftSection={<IconPlayerPause size={14} aria-hidden />} onClick={() => void askDisable()}>
                {t.disable}
              </Menu.Item>
            )}
            <Menu.Item color="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => void askRemove()}>
              {t.remove}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Modal opened={asking === "test"} onClose={close} title={t.testTitle} size="lg" {...{ closeButtonProps }}>
        <TestEvent destination={destination} />
      </Modal>
      <Modal opened={asking === "verify"} onClose={close} title={t.verify} {...{ closeButtonProps }}>
        <Verify destinationId={destination.id} />
      </Modal>
      <Modal opened={asking === "connect"} onClose={close} title={s.connectTitle} {...{ closeButtonProps }}>
        <Connect destination={destination} />
      </Modal>
      <Modal opened={asking === "enable"} onClose={close} title={t.enableTitle} {...{ closeButtonProps }}>
        <Enable destination={destination} onDone={close} />
      </Modal>
      {/* Only its button closes it: a click beside it would lose the secret. */}
      <Modal
        opened={rotated !== null}
        onClose={() => setRotated(null)}
        title={t.rotate}
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        {rotated && (
          <Stack gap="md">
            <SecretOnce
              secret={rotated.secret}
              publicKey={rotated.publicKey}
              previousUntil={rotated.previousSecretUntil}
            />
            <Group justify="flex-end">
              <Button onClick={() => setRotated(null)}>{t.secretKept}</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}

function Enable({ destination, onDone }: { destination: Destination; onDone: () => void }) {
  const [recover, setRecover] = useState(destination.missedSince !== null);
  const enable = useChange("POST /v1/destinations/{id}/enable", {
    outdates: ["destinations", "deliveries", "replays"],
    onDone: () => {
      toast(t.wasEnabled);
      onDone();
    },
  });
  return (
    <Stack gap="md">
      {destination.statusReason && <Text size="sm">{destination.statusReason}</Text>}
      <Checkbox
        label={t.recover}
        description={t.recoverText}
        checked={recover}
        disabled={destination.missedSince === null}
        onChange={({ currentTarget }) => setRecover(currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button
          loading={enable.isPending}
          onClick={() => enable.mutate({ params: { id: destination.id }, body: { recover } })}
        >
          {t.enable}
        </Button>
      </Group>
    </Stack>
  );
}
