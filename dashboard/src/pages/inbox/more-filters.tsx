import { Button, Select, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useId } from "react";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import type { Filters } from "./conversation-list.tsx";
import { t } from "./texts.ts";

/** In an address, `assignee=none`: conversations that nobody looks after. */
export const nobody = "none";

const names = ["leadStatus", "assignee", "campaignId", "senderId"] as const;

interface Props {
  filters: Filters;
  onFilter: (change: Partial<Filters>) => void;
}

/** What is asked for seldom: by the lead's status, who looks after it, the campaign, the sender. Open where one is set. */
export function MoreFilters({ filters, onFilter }: Props) {
  const set = names.filter((name) => filters[name] !== "");
  const [open, { toggle }] = useDisclosure(set.length > 0);
  const id = useId();
  const Mark = open ? IconChevronUp : IconChevronDown;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        rightSection={<Mark size={12} aria-hidden />}
        aria-expanded={open}
        aria-controls={id}
        onClick={toggle}
      >
        {t.moreFilters(set.length)}
      </Button>
      <div id={id}>{open && <Choices filters={filters} onFilter={onFilter} />}</div>
    </div>
  );
}

interface Option {
  value: string;
  label: string;
}

function Choices({ filters, onFilter }: Props) {
  const members = useApiWhen("GET /v1/members", useRight("members.read") ? {} : null);
  const campaigns = useApiWhen("GET /v1/campaigns", useRight("campaigns.read") ? { query: { limit: 100 } } : null);
  const senders = useApiWhen("GET /v1/senders", useRight("senders.read") ? { query: { limit: 100 } } : null);
  const named = (rows: readonly { id: string; name: string }[] = []): Option[] =>
    rows.map(({ id, name }) => ({ value: id, label: name }));
  const options: Record<(typeof names)[number], Option[]> = {
    leadStatus: Object.entries(t.leadStatuses).map(([value, label]) => ({ value, label })),
    assignee: [
      { value: nobody, label: t.noone },
      ...(members.data?.data ?? []).map(({ email, name }) => ({ value: email, label: `${name} (${email})` })),
    ],
    campaignId: named(campaigns.data?.data),
    senderId: named(senders.data?.data),
  };
  return (
    <Stack gap={6} mt={6}>
      {names.map((name) => {
        const chosen = filters[name];
        // Until its name is there, and where there are more than a list has.
        const known = chosen === "" || options[name].some(({ value }) => value === chosen);
        return (
          <Select
            key={name}
            size="xs"
            aria-label={t.filterBy[name]}
            placeholder={t.filterBy[name]}
            searchable
            clearable
            clearButtonProps={{ "aria-label": t.clearFilter(t.filterBy[name]) }}
            data={known ? options[name] : [...options[name], { value: chosen, label: chosen }]}
            value={chosen || null}
            onChange={(value) => onFilter({ [name]: value ?? "" })}
          />
        );
      })}
    </Stack>
  );
}
