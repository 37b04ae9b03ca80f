import { Table, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import type { Role } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { Panel } from "../../../ui/panel.tsx";
import { roles } from "./roles.ts";
import { t } from "./texts.ts";

/** The least role of each line, as in server/src/domain/rights.ts. */
const lines: readonly [what: keyof typeof t.table, least: Role][] = [
  ["look", "viewer"],
  ["sources", "member"],
  ["work", "member"],
  ["replay", "member"],
  ["setUp", "admin"],
  ["lift", "admin"],
  ["manage", "admin"],
  ["audit", "admin"],
  ["owners", "owner"],
];

export function RoleTable() {
  return (
    <Panel title={t.rights} flush>
      <Table aria-label={t.rights} miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.right}</Table.Th>
            {roles.map((role) => (
              <Table.Th key={role} w={90} ta="center">
                {common.roles[role]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(([what, least]) => (
            <Table.Tr key={what}>
              <Table.Th scope="row" fw={400}>
                {t.table[what]}
              </Table.Th>
              {roles.map((role) => {
                const has = roles.indexOf(role) >= roles.indexOf(least);
                const Mark = has ? IconCheck : IconMinus;
                return (
                  <Table.Td key={role} ta="center">
                    <Mark size={16} color={has ? undefined : "var(--muted)"} aria-hidden />
                    <VisuallyHidden>{has ? t.allowed : t.refused}</VisuallyHidden>
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
