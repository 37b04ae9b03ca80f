import { Group, Paper, Table, Text, Title } from "@mantine/core";
import { formatNumber } from "../../../text/format.ts";
import { TextLink } from "../../../ui/link.tsx";
import type { Forecast } from "./forecast-tab.tsx";
import { t } from "./texts.ts";

type Reason = Forecast["blocked"][number];

/** What would be blocked, held, or not be for some leads; each with the leads that it is about. */
export function Reasons({ forecast: { blocked, held, branched } }: { forecast: Forecast }) {
  return (
    <>
      <Part id="why-blocked" title={t.why} reasons={blocked} none={t.nobody} />
      {held.length > 0 && <Part id="why-held" title={t.whyHeld} reasons={held} />}
      {branched.length > 0 && <Part id="why-branched" title={t.whyBranched} text={t.branchedHint} reasons={branched} />}
    </>
  );
}

interface PartProps {
  id: string;
  title: string;
  text?: string;
  reasons: readonly Reason[];
  none?: string;
}

function Part({ id, title, text, reasons, none }: PartProps) {
  return (
    <Paper withBorder bg="var(--raised)" p="sm" component="section" aria-labelledby={id}>
      <Title order={3} id={id}>
        {title}
      </Title>
      {text && (
        <Text size="xs" c="dimmed">
          {text}
        </Text>
      )}
      {reasons.length === 0 ? (
        <Text size="sm" c="dimmed" mt={4}>
          {none}
        </Text>
      ) : (
        <Table mt="xs" aria-labelledby={id}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.reason}</Table.Th>
              <Table.Th ta="end" w={80}>
                {t.leads}
              </Table.Th>
              <Table.Th w={180} visibleFrom="sm">
                {t.examples}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {reasons.map(({ code, detail, count, examples }) => (
              <Table.Tr key={code + detail}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {detail}
                  <Text size="xs" c="dimmed">
                    {code}
                  </Text>
                </Table.Td>
                <Table.Td ta="end">{formatNumber(count)}</Table.Td>
                <Table.Td visibleFrom="sm">
                  <Group gap={8}>
                    {examples.slice(0, 3).map((leadId, at) => (
                      <TextLink key={leadId} to={`/leads/${leadId}`} fz="sm">
                        {t.lead(at + 1)}
                      </TextLink>
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
