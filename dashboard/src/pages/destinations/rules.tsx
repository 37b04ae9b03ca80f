import { MultiSelect, SimpleGrid, TagsInput } from "@mantine/core";
import { useApi } from "../../api/query.ts";
import { eventTypes } from "../../text/event-types.ts";
import { createTexts as c, t } from "./texts.ts";

/** Types to choose from, with the patterns (`message.*`) that were given by the API. */
export const withPatterns = (chosen: readonly string[]): string[] => [
  ...eventTypes,
  ...chosen.filter((type) => !(eventTypes as readonly string[]).includes(type)),
];

interface Props {
  // biome-ignore lint/suspicious/noExplicitAny: forms with these fields, whatever else they hold.
  form: { values: { campaigns: string[] }; getInputProps: (field: string) => any };
}

/** Of which channels, campaigns and leads events are told. */
export function Rules({ form }: Props) {
  const campaigns = useApi("GET /v1/campaigns", { query: { limit: 100 } });
  const known = (campaigns.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const others = form.values.campaigns.filter((id) => !known.some(({ value }) => value === id));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <MultiSelect
        label={t.channels}
        data={Object.entries(t.channelNames).map(([value, label]) => ({ value, label }))}
        clearable
        {...form.getInputProps("channels")}
      />
      <MultiSelect
        label={c.campaigns}
        data={[...known, ...others.map((id) => ({ value: id, label: id }))]}
        searchable
        clearable
        nothingFoundMessage={c.noCampaigns}
        {...form.getInputProps("campaigns")}
      />
      <TagsInput label={t.tags} {...form.getInputProps("tags")} />
      <MultiSelect
        label={t.leadStatuses}
        data={Object.entries(t.leadStatusNames).map(([value, label]) => ({ value, label }))}
        clearable
        {...form.getInputProps("statuses")}
      />
    </SimpleGrid>
  );
}
