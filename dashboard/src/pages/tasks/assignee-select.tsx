import { Select } from "@mantine/core";
import { useApiWhen } from "../../api/query.ts";
import { useRight, useSignedIn } from "../../api/session.ts";
import { t } from "./texts.ts";

interface Props {
  value: string | null;
  onChange: (assignee: string | null) => void;
  /** In a bar: small, its label for screen readers only. */
  compact?: boolean;
}

const nobody = "";

/** Who is to do a task: a member of the workspace, by their email address. */
export function AssigneeSelect({ value, onChange, compact = false }: Props) {
  const { user } = useSignedIn();
  const members = useApiWhen("GET /v1/members", useRight("members.read") ? {} : null);
  const known =
    members.data?.data.map(({ email, name }) => ({ value: email, label: name ? `${name} (${email})` : email })) ?? [];
  const all = [user.email, ...(value ? [value] : [])].filter((email) => !known.some((one) => one.value === email));
  const data = [...known, ...[...new Set(all)].map((email) => ({ value: email, label: email }))];
  return (
    <Select
      {...(compact ? { size: "xs", w: 190, "aria-label": t.assign, placeholder: t.assign } : { label: t.assignee })}
      searchable
      allowDeselect={false}
      data={[{ value: nobody, label: t.noone }, ...data]}
      value={compact ? null : (value ?? nobody)}
      onChange={(chosen) => onChange(chosen === null || chosen === nobody ? null : chosen)}
    />
  );
}
