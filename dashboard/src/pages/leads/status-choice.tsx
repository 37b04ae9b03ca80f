import { Button, Menu } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { Lead } from "./lead-looks.tsx";
import { t } from "./texts.ts";

/** A menu of the statuses that a lead can have. `current`: the one that it has, which can't be chosen. */
export function StatusChoice({
  current,
  onChoose,
}: {
  current?: Lead["status"];
  onChoose: (status: Lead["status"]) => void;
}) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
          {t.changeStatus}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(t.statuses) as Lead["status"][]).map((status) => (
          <Menu.Item key={status} disabled={status === current} onClick={() => onChoose(status)}>
            {t.statuses[status]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
