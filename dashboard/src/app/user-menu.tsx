import { Avatar, Menu, SegmentedControl, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconBook2, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useSignedIn } from "../api/session.ts";
import { common } from "../text/common.ts";
import { pageTitles } from "../text/pages.ts";
import { Link } from "../ui/link.tsx";
import { useSignOut } from "../ui/sign-out.ts";
import classes from "./user-menu.module.css";

export function UserMenu() {
  const { user, workspace } = useSignedIn();
  const signOut = useSignOut();
  return (
    <Menu position="top-start" width={216}>
      <Menu.Target>
        <UnstyledButton className={classes.target}>
          <VisuallyHidden>{common.account}: </VisuallyHidden>
          <Avatar size={24} radius="xl" name={user.name} color="accent" aria-hidden />
          <span className={classes.who}>
            <span className={classes.name}>{user.name}</span>
            <span className={classes.role}>{common.roles[workspace.role]}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Item component={Link} to="/settings/profile" leftSection={<IconUserCircle size={15} />}>
          {pageTitles.profile}
        </Menu.Item>
        <Menu.Item component="a" href="/docs" target="_blank" leftSection={<IconBook2 size={15} />}>
          {common.apiReference}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{common.theme}</Menu.Label>
        <ColourSchemes />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()}>
          {common.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function ColourSchemes() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={common.theme}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
      data={[
        { value: "light", label: common.themeLight },
        { value: "dark", label: common.themeDark },
        { value: "auto", label: common.themeSystem },
      ]}
    />
  );
}
