import { Button, Checkbox, Group, Menu, Modal, Stack, TextInput } from "@mantine/core";
import { IconBookmark, IconCheck, IconDeviceFloppy, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

type View = Output<"GET /v1/views">["data"][number];

export interface Filters {
  search: string;
  status: string;
  tag: string;
  reachableBy: string;
  sort: string;
  descending: boolean;
}

/** The order of the list without a word of it in the address. */
const usual = { sort: "createdAt", descending: true };

const usualFilters: Filters = { search: "", status: "", tag: "", reachableBy: "", ...usual };

/** As the server keeps it (server/src/api/view-query.ts): in its order, without what is empty. */
function queryOf({ search, status, tag, reachableBy, sort, descending }: Filters): string {
  const query = new URLSearchParams();
  const ordered = sort === usual.sort && descending === usual.descending;
  const all = { search, status, tag, reachableBy, ...(!ordered && { sort, descending: String(descending) }) };
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
  return query.toString();
}

/** However it was written: two views of the same are equal. */
const same = (view: View, query: string) => queryOf({ ...usualFilters, ...filtersOf(view.query) }) === query;

function filtersOf(query: string): Partial<Filters> {
  const { descending, ...rest } = Object.fromEntries(new URLSearchParams(query));
  return { ...rest, ...(descending !== undefined && { descending: descending === "true" }) };
}

/** Lists that somebody kept: chosen here, and then in the address as if they had been put together by hand. */
export function SavedViews({ filters, onChoose }: { filters: Filters; onChoose: (filters: Partial<Filters>) => void }) {
  const mayWrite = useRight("views.write");
  const { data, error } = useApi("GET /v1/views", { query: { kind: "leads" } });
  const [editing, setEditing] = useState<View | "new" | null>(null);
  const query = queryOf(filters);
  const views = data?.data ?? [];
  const current = views.find((view) => same(view, query)) ?? null;
  /** The one that was chosen last, for saving what has changed since. */
  const [chosenId, setChosenId] = useState<string | null>(null);
  const chosen = current ?? views.find(({ id }) => id === chosenId) ?? null;
  const restore = useChange("POST /v1/views");
  const remove = useChange("DELETE /v1/views/{id}");
  const update = useChange("PATCH /v1/views/{id}", { onDone: () => toast(t.viewSaved) });
  const removeOne = ({ id, kind, name, query: kept, shared }: View) =>
    remove.mutate(
      { params: { id } },
      {
        onSuccess: () =>
          toastWithUndo(t.viewRemoved, () => restore.mutate({ body: { kind, name, query: kept, shared } })),
      },
    );
  const groups = [
    [t.viewsShared, views.filter(({ shared }) => shared)],
    [t.viewsOwn, views.filter(({ shared }) => !shared)],
  ] as const;
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconBookmark size={14} aria-hidden />}
            maw={240}
            styles={{ label: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" } }}
          >
            {current?.name ?? t.views}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <div style={{ maxHeight: 320, overflowY: "auto" }}>
            {views.length === 0 && <Menu.Label>{error && !data ? error.message : t.viewNone}</Menu.Label>}
            {groups.map(([label, some]) =>
              some.length === 0 ? null : (
                <div key={label}>
                  <Menu.Label>{label}</Menu.Label>
                  {some.map((view) => (
                    <Menu.Item
                      key={view.id}
                      styles={{ itemLabel: { overflowWrap: "anywhere" } }}
                      rightSection={view.id === current?.id ? <IconCheck size={14} aria-hidden /> : undefined}
                      aria-current={view.id === current?.id || undefined}
                      onClick={() => {
                        setChosenId(view.id);
                        onChoose(filtersOf(view.query));
                      }}
                    >
                      {view.name}
                    </Menu.Item>
                  ))}
                </div>
              ),
            )}
          </div>
          {mayWrite && (
            <>
              <Menu.Divider />
              {!current && (
                <Menu.Item leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setEditing("new")}>
                  {t.saveView}
                </Menu.Item>
              )}
              {!current && chosen && (
                <Menu.Item
                  leftSection={<IconDeviceFloppy size={14} aria-hidden />}
                  onClick={() => update.mutate({ params: { id: chosen.id }, body: { query } })}
                >
                  {t.viewUpdate(chosen.name)}
                </Menu.Item>
              )}
              {current && (
                <>
                  <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setEditing(current)}>
                    {t.viewChange}
                  </Menu.Item>
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={14} aria-hidden />}
                    onClick={() => removeOne(current)}
                  >
                    {t.viewRemove(current.name)}
                  </Menu.Item>
                </>
              )}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {editing !== null && (
        <ViewDialog view={editing === "new" ? null : editing} query={query} onClose={() => setEditing(null)} />
      )}
    </>
  );
}

function ViewDialog({ view, query, onClose }: { view: View | null; query: string; onClose: () => void }) {
  const form = useApiForm({ initialValues: { name: view?.name ?? "", shared: view?.shared ?? false } });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const done = {
    onDone: () => {
      unsaved.release();
      toast(t.viewSaved);
      onClose();
    },
    onError: form.refuse,
  };
  const create = useChange("POST /v1/views", done);
  const change = useChange("PATCH /v1/views/{id}", done);
  const submit = form.onSubmit((values) =>
    view
      ? change.mutate({ params: { id: view.id }, body: values })
      : create.mutate({ body: { kind: "leads", query, ...values } }),
  );
  return (
    <Modal
      opened
      onClose={() => void close()}
      title={view ? t.viewChange : t.saveView}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput label={t.viewName} required maxLength={100} data-autofocus {...form.getInputProps("name")} />
          <Checkbox label={t.viewShared} {...form.getInputProps("shared", { type: "checkbox" })} />
          <Group justify="flex-end">
            <Button
              type="submit"
              loading={create.isPending || change.isPending}
              disabled={form.values.name.trim() === ""}
            >
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
