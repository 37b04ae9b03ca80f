import { Menu, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconPlus, IconSelector } from "@tabler/icons-react";
import { useSignedIn } from "../api/session.ts";
import { useChooseWorkspace } from "../api/workspace.ts";
import { common } from "../text/common.ts";
import { Link } from "../ui/link.tsx";
import { mayLeave } from "../ui/unsaved.ts";
import classes from "./workspace-switcher.module.css";

/** The workspace that is shown, and the others that one is a member of. */
export function WorkspaceSwitcher() {
  const { workspace, workspaces } = useSignedIn();
  const choose = useChooseWorkspace();
  const go = async (id: string) => (await mayLeave()) && (await choose(id));
  return (
    <Menu position="bottom-start" width={232}>
      <Menu.Target>
        <UnstyledButton className={classes.target}>
          <VisuallyHidden>{common.switchWorkspace}: </VisuallyHidden>
          <span className={classes.mark} aria-hidden>
            {workspace.name.slice(0, 1).toUpperCase()}
          </span>
          <span className={classes.name}>{workspace.name}</span>
          <IconSelector size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{common.switchWorkspace}</Menu.Label>
        {workspaces.map(({ id, name }) => (
          <Menu.Item
            key={id}
            role="menuitemradio"
            aria-checked={id === workspace.id}
            onClick={() => id !== workspace.id && void go(id)}
            rightSection={id === workspace.id ? <IconCheck size={14} aria-hidden /> : null}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings/workspace" search={{ new: "1" }} leftSection={<IconPlus size={14} />}>
          {common.newWorkspace}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
