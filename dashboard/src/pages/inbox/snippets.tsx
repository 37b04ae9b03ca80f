import { Alert, Button, Group, Menu, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconInfoCircle, IconPencil, IconPlus, IconTemplate, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi, useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { changesOf, useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { mayLeave, useUnsaved } from "../../ui/unsaved.ts";
import type { Channel } from "./conversation-looks.ts";
import { t } from "./texts.ts";

export type Snippet = Item<"GET /v1/snippets">;

/** Those that fit a channel, by name; null: they couldn't be had. */
export function useSnippets(channel: Channel): readonly Snippet[] | null {
  const { data, error } = useApi("GET /v1/snippets", { query: { channel, limit: 200 } });
  return data?.data ?? (error ? null : []);
}

/** The team's templates: one is inserted where the caret is, and they are kept here. */
export function SnippetMenu({
  snippets,
  onInsert,
}: {
  snippets: readonly Snippet[] | null;
  onInsert: (one: Snippet) => void;
}) {
  const mayWrite = useRight("snippets.write");
  const [managing, setManaging] = useState(false);
  return (
    <>
      <Menu position="top-start" width={300} returnFocus={false}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconTemplate size={14} aria-hidden />}>
            {t.templates}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <div style={{ maxHeight: 300, overflowY: "auto" }}>
            {!snippets?.length && <Menu.Label>{snippets ? t.noTemplates : common.failedTitle}</Menu.Label>}
            {snippets?.map((one) => (
              <Menu.Item key={one.id} onClick={() => onInsert(one)}>
                <Text size="sm" fw={600}>
                  /{one.name}
                </Text>
                <Text size="xs" c="dimmed" lineClamp={1}>
                  {one.text}
                </Text>
              </Menu.Item>
            ))}
          </div>
          {mayWrite && (
            <>
              <Menu.Divider />
              <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setManaging(true)}>
                {t.manageTemplates}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {managing && <SnippetManager onClose={() => setManaging(false)} />}
    </>
  );
}

function SnippetManager({ onClose }: { onClose: () => void }) {
  const list = useApiList("GET /v1/snippets", { query: { limit: 100 } });
  const [editing, setEditing] = useState<Snippet | "new" | null>(null);
  const close = async () => (await mayLeave()) && onClose();
  const restore = useChange("POST /v1/snippets");
  const remove = useChange("DELETE /v1/snippets/{id}");
  const removeOne = ({ id, name, channel, text }: Snippet) =>
    remove.mutate(
      { params: { id } },
      {
        onSuccess: () => toastWithUndo(t.templateRemoved, () => restore.mutate({ body: { name, channel, text } })),
      },
    );
  return (
    <Modal
      opened
      onClose={() => void close()}
      size="lg"
      title={editing === null ? t.manageTemplates : editing === "new" ? t.newTemplate : `/${editing.name}`}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {editing !== null ? (
        <SnippetForm
          snippet={editing === "new" ? null : editing}
          now={list.rows.find((one) => editing !== "new" && one.id === editing.id) ?? null}
          onDone={() => setEditing(null)}
        />
      ) : list.error && list.rows.length === 0 ? (
        <ErrorState error={list.error} retry={list.retry} />
      ) : (
        <Stack gap="xs">
          {list.rows.length === 0 && !list.isLoading && (
            <Text size="sm" c="dimmed">
              {t.noTemplatesText}
            </Text>
          )}
          {list.rows.map((one) => (
            <Group key={one.id} gap="xs" wrap="nowrap" justify="space-between">
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={600}>
                  /{one.name}{" "}
                  <Text span size="xs" c="dimmed">
                    {one.channel ? t.channels[one.channel] : t.anyChannel}
                  </Text>
                </Text>
                <Text size="xs" c="dimmed" lineClamp={2}>
                  {one.text}
                </Text>
              </div>
              <Group gap={4} wrap="nowrap">
                <Button variant="default" px={8} aria-label={t.editTemplate(one.name)} onClick={() => setEditing(one)}>
                  <IconPencil size={14} aria-hidden />
                </Button>
                <Button variant="default" px={8} aria-label={t.removeTemplate(one.name)} onClick={() => removeOne(one)}>
                  <IconTrash size={14} aria-hidden />
                </Button>
              </Group>
            </Group>
          ))}
          {list.hasMore && (
            <Button variant="subtle" onClick={list.loadMore} loading={list.isLoadingMore}>
              {common.loadMore}
            </Button>
          )}
          <Group justify="flex-end">
            <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setEditing("new")}>
              {t.newTemplate}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

/** `snippet` as it was when the form was opened, `now` as the list has it. */
function SnippetForm({ snippet, now, onDone }: { snippet: Snippet | null; now: Snippet | null; onDone: () => void }) {
  const form = useApiForm({
    initialValues: { name: snippet?.name ?? "", channel: snippet?.channel ?? "", text: snippet?.text ?? "" },
  });
  /** Refused since it was changed: said better by what it is now. */
  const isOutdated = form.failure?.details.some(({ field }) => field === "ifUpdatedAt");
  const newer = snippet !== null && now !== null && now.updatedAt > snippet.updatedAt ? now : null;
  const unsaved = useUnsaved(form.isDirty());
  const back = async () => (await unsaved.mayClose()) && onDone();
  const done = {
    onDone: () => {
      unsaved.release();
      toast(common.saved);
      onDone();
    },
    onError: form.refuse,
  };
  const create = useChange("POST /v1/snippets", done);
  const change = useChange("PATCH /v1/snippets/{id}", done);
  const bodyOf = ({ name, channel, text }: typeof form.values) => ({
    ...{ name: name.trim().replace(/^\//, ""), channel: (channel || null) as Channel | null, text },
  });
  const submit = form.onSubmit((values) => {
    if (!snippet) return create.mutate({ body: bodyOf(values) });
    const changed = changesOf(bodyOf(values), bodyOf(form.getInitialValues()));
    // Who reads what somebody else has saved, and saves, means it.
    change.mutate({ params: { id: snippet.id }, body: { ...changed, ifUpdatedAt: (newer ?? snippet).updatedAt } });
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {!(newer && isOutdated) && <FormFailure form={form} />}
        {newer && (
          <Alert color="orange" icon={<IconInfoCircle size={16} />} title={t.newerTemplate} role="alert">
            <Text size="sm" fw={600}>
              /{newer.name} {newer.channel ? t.channels[newer.channel] : t.anyChannel}
            </Text>
            <Text size="sm" mah={160} style={{ whiteSpace: "pre-wrap", overflow: "auto" }}>
              {newer.text}
            </Text>
          </Alert>
        )}
        <TextInput
          label={t.templateName}
          description={t.templateNameHint}
          required
          maxLength={41}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Select
          label={t.templateChannel}
          allowDeselect={false}
          data={[
            { value: "", label: t.anyChannel },
            ...Object.entries(t.channels).map(([value, label]) => ({ value, label })),
          ]}
          {...form.getInputProps("channel")}
        />
        <Textarea
          label={t.templateText}
          description={t.templateTextHint}
          required
          minRows={5}
          maxRows={14}
          maxLength={10_000}
          {...form.getInputProps("text")}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => void back()}>
            {common.back}
          </Button>
          <Button type="submit" loading={create.isPending || change.isPending}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
