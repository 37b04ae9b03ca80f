import { Drawer, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Item } from "../../api/client.ts";
import { common } from "../../text/common.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Time } from "../../ui/time.tsx";
import { changesBetween, shownValue } from "./diff.ts";
import { t } from "./texts.ts";

export type AuditEntry = Item<"GET /v1/audit">;

export const actorOf = ({ actor }: AuditEntry): string => actor.name ?? actor.id ?? t.actors[actor.kind] ?? actor.kind;

/** One entry, with what it changed. */
export function Entry({ entry, onClose }: { entry: AuditEntry | null; onClose: () => void }) {
  return (
    <Drawer
      opened={entry !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={entry?.action}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {entry && <Content entry={entry} />}
    </Drawer>
  );
}

function Content({ entry }: { entry: AuditEntry }) {
  const { content, actor } = entry;
  const states = content !== null && typeof content === "object" ? (content as Record<string, unknown>) : {};
  const hasStates = entry.kind === "act" && ("before" in states || "after" in states);
  const changes = hasStates ? changesBetween(states.before ?? {}, states.after ?? {}) : [];
  const details: [string, ReactNode][] = [
    [t.when, <Time key="at" at={entry.at} form="absolute" />],
    [t.actor, `${actorOf(entry)} (${t.actors[actor.kind] ?? actor.kind})`],
    [t.on, entry.target],
    [
      t.lead,
      entry.leadId && (
        <TextLink key="lead" size="sm" to={`/leads/${entry.leadId}`}>
          {entry.leadId}
        </TextLink>
      ),
    ],
    [t.ip, entry.ip],
    [t.request, entry.requestId],
    [t.id, entry.id],
  ];
  return (
    <Stack gap="md">
      <Table aria-label={t.details} layout="fixed">
        <Table.Tbody>
          {details
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" w={90} fw={400} c="dimmed">
                  {name}
                </Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {hasStates &&
        (changes.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t.unchanged}
          </Text>
        ) : (
          <Table aria-label={t.changed} layout="fixed" withTableBorder>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t.field}</Table.Th>
                <Table.Th>{t.before}</Table.Th>
                <Table.Th>{t.after}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody style={{ overflowWrap: "anywhere" }}>
              {changes.map(({ path, before, after }) => (
                <Table.Tr key={path}>
                  <Table.Th scope="row" fw={400}>
                    {path}
                  </Table.Th>
                  <Table.Td>{shownValue(before)}</Table.Td>
                  <Table.Td>{shownValue(after)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        ))}
      {content === null ? (
        <Text size="sm" c="dimmed">
          {t.gone}
        </Text>
      ) : (
        <CodeBlock code={content as object} label={t.content} />
      )}
    </Stack>
  );
}
