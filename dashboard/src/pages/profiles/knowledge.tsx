import { ActionIcon, Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBook, IconPencil, IconPlus, IconSearch, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { EmptyState, ErrorState, PartError } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { KnowledgeForm } from "./knowledge-form.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";

export type Knowledge = Item<"GET /v1/profiles/{id}/knowledge">;

/** What answers may draw on, and what the assistant would be given for a question. */
export function KnowledgeList({ profileId }: { profileId: string }) {
  const mayWrite = useRight("assistant.write");
  const list = useApiList("GET /v1/profiles/{id}/knowledge", { params: { id: profileId } });
  const [editing, setEditing] = useState<Knowledge | "new" | null>(null);
  const remove = useChange("DELETE /v1/knowledge/{id}", {
    outdates: ["knowledge", "profiles"],
    onDone: () => toast(t.knowledgeDeleted),
  });
  const ask = async ({ id, title }: Knowledge) => {
    const question = { title: t.deleteKnowledge(title), text: t.deleteKnowledgeText, action: common.delete };
    if (await confirm(question)) remove.mutate({ params: { id } });
  };
  const add = (
    <Button
      leftSection={<IconPlus size={14} aria-hidden />}
      disabled={!mayWrite}
      title={mayWrite ? undefined : common.noRight}
      onClick={() => setEditing("new")}
    >
      {t.addKnowledge}
    </Button>
  );
  return (
    <Stack gap="md">
      {list.error && list.rows.length === 0 ? (
        <ErrorState error={list.error} retry={list.retry} />
      ) : list.isLoading ? (
        <Skeleton height={160} />
      ) : list.rows.length === 0 ? (
        <EmptyState icon={IconBook} title={t.noKnowledge} text={t.noKnowledgeText} action={add} />
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t.knowledgeText}
            </Text>
            {add}
          </Group>
          <LookUp profileId={profileId} />
          <ul className={classes.items}>
            {list.rows.map((one) => (
              <li key={one.id} className={classes.item}>
                <Group justify="space-between" wrap="nowrap" align="flex-start">
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" fw={600}>
                      {one.title}
                    </Text>
                    <span className={classes.meta}>
                      {t.characters(one.content.length)} · {one.language} · <Time at={one.updatedAt} />
                    </span>
                  </div>
                  {mayWrite && (
                    <Group gap={2} wrap="nowrap">
                      <ActionIcon aria-label={t.editNamed(one.title)} onClick={() => setEditing(one)}>
                        <IconPencil size={15} />
                      </ActionIcon>
                      <ActionIcon aria-label={t.deleteNamed(one.title)} onClick={() => void ask(one)}>
                        <IconTrash size={15} />
                      </ActionIcon>
                    </Group>
                  )}
                </Group>
                <Text size="sm" lineClamp={3} mt={4}>
                  {one.content.slice(0, 600)}
                </Text>
              </li>
            ))}
          </ul>
          {list.hasMore && (
            <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
              {t.loadMore}
            </Button>
          )}
        </>
      )}
      {editing !== null && (
        <KnowledgeForm
          profileId={profileId}
          knowledge={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </Stack>
  );
}

function LookUp({ profileId }: { profileId: string }) {
  const [question, setQuestion] = useState("");
  const [q] = useDebouncedValue(question.trim(), 300);
  const found = useApiWhen(
    "GET /v1/profiles/{id}/knowledge/search",
    q === "" ? null : { params: { id: profileId }, query: { q } },
  );
  return (
    <div>
      <TextInput
        label={t.lookUp}
        placeholder={t.lookUpPlaceholder}
        leftSection={<IconSearch size={14} aria-hidden />}
        maxLength={2_000}
        value={question}
        onChange={({ currentTarget: { value } }) => setQuestion(value)}
      />
      {q !== "" && found.error && !found.data && <PartError error={found.error} retry={() => void found.refetch()} />}
      {q !== "" && found.data && (
        <Stack gap={6} mt="xs" aria-live="polite">
          {found.data.data.length === 0 && (
            <Text size="sm" c="dimmed">
              {t.foundNothing}
            </Text>
          )}
          {found.data.data.map(({ knowledgeId, title, text }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text may be there twice.
            <div key={`${knowledgeId} ${at}`}>
              <span className={classes.meta}>{title}</span>
              <p className={classes.value}>{text}</p>
            </div>
          ))}
        </Stack>
      )}
    </div>
  );
}
