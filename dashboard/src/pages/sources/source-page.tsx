import { Button, Card, Group, Menu, Modal, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconDots, IconKey, IconLink, IconTrash } from "@tabler/icons-react";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { formatNumber } from "../../text/format.ts";
import { confirm } from "../../ui/confirm.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { ChangeSecret } from "./change-secret.tsx";
import { Received } from "./received.tsx";
import { SetUp } from "./set-up.tsx";
import { SourceSecret } from "./source-secret.tsx";
import { SourceSettings } from "./source-settings.tsx";
import { type Source, SourceState } from "./sources-page.tsx";
import { t } from "./texts.ts";

export default function SourcePage() {
  const { sourceId } = useParams({ strict: false }) as { sourceId: string };
  const { data, error, refetch } = useApi("GET /v1/sources/{id}", { params: { id: sourceId } });
  const breadcrumbs = <TextLink to="/sources">{t.title}</TextLink>;
  if (!data || data.id !== sourceId) {
    return (
      <Page title={t.title} breadcrumbs={breadcrumbs}>
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Skeleton height={420} />}
      </Page>
    );
  }
  return (
    <Page
      title={data.name}
      description={t.kinds[data.kind]}
      breadcrumbs={breadcrumbs}
      badge={<SourceState source={data} />}
      actions={<SourceActions source={data} />}
    >
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 2, sm: 4, lg: 7 }} spacing="sm">
          {(Object.keys(t.counts) as (keyof Source["requests"])[]).map((name) => (
            <Card key={name} padding="sm">
              <Text size="xs" c="dimmed">
                {t.counts[name]}
              </Text>
              <Text fz="md" fw={600}>
                {formatNumber(data.requests[name])}
              </Text>
            </Card>
          ))}
        </SimpleGrid>
        <Card component="section" aria-label={t.setUp}>
          <SetUp source={data} level={2} />
        </Card>
        {data.kind !== "imap" && <SourceSettings key={data.id} source={data} />}
        <div>
          <Title order={2} mb="sm">
            {t.received}
          </Title>
          <Received source={data} />
        </div>
      </Stack>
    </Page>
  );
}

type Rotated = Output<"POST /v1/sources/{id}/rotate-secret">;

function SourceActions({ source }: { source: Source }) {
  const router = useRouter();
  const mayWrite = useRight("sources.write");
  const [rotated, setRotated] = useState<Rotated | null>(null);
  const [changing, setChanging] = useState(false);
  const params = { id: source.id };
  const rotate = useChange("POST /v1/sources/{id}/rotate-secret", { onDone: setRotated });
  const rotateUrl = useChange("POST /v1/sources/{id}/rotate-url", { onDone: () => toast(t.urlRotated) });
  const change = useChange("PATCH /v1/sources/{id}", { onDone: () => toast(t.changed) });
  const remove = useChange("DELETE /v1/sources/{id}", {
    onDone: () => {
      toast(t.removed);
      void router.navigate({ to: "/sources" as string });
    },
  });
  if (!mayWrite || source.kind === "imap") return null;
  const askRotate = async () => {
    const sure = await confirm({ title: t.rotateTitle, text: t.rotateText, action: t.rotate, dangerous: false });
    if (sure) rotate.mutate({ params, body: {} });
  };
  const askUrl = async () => {
    const sure = await confirm({ title: t.rotateUrlTitle, text: t.rotateUrlText, action: t.rotateUrl });
    if (sure) rotateUrl.mutate({ params });
  };
  const askRemove = async () => {
    if (await confirm({ title: t.removeTitle, text: t.removeText, action: t.remove })) remove.mutate({ params });
  };
  const active = source.status === "active";
  // Whose secret the other side makes.
  const given = source.kind === "twilio" || source.kind === "sendpilot" ? source.kind : null;
  return (
    <>
      <Button
        variant="default"
        loading={change.isPending}
        onClick={() => change.mutate({ params, body: { status: active ? "disabled" : "active" } })}
      >
        {active ? t.disable : t.enable}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" px={8} aria-label={common.more}>
            <IconDots size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconKey size={14} aria-hidden />}
            onClick={() => (given ? setChanging(true) : void askRotate())}
          >
            {given ? t.changeSecret : t.rotate}
          </Menu.Item>
          <Menu.Item leftSection={<IconLink size={14} aria-hidden />} onClick={() => void askUrl()}>
            {t.rotateUrl}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => void askRemove()}>
            {t.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changing && given && <ChangeSecret sourceId={source.id} kind={given} onClose={() => setChanging(false)} />}
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
            <SourceSecret secret={rotated.secret} previousUntil={rotated.previousSecretUntil} />
            <Group justify="flex-end">
              <Button onClick={() => setRotated(null)}>{t.stored}</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
