import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { common } from "../text/common.ts";

interface PageProps {
  /** The page's one h1, and the window's title. */
  title: string;
  /** One line below it. */
  description?: ReactNode;
  /** Beside the title: a status, a count. */
  badge?: ReactNode;
  /** Buttons at the right; the most important one last. */
  actions?: ReactNode;
  /** Above the title: where this page belongs. */
  breadcrumbs?: ReactNode;
  children: ReactNode;
  /** Text pages read better narrow. Default: all there is. */
  width?: number;
}

/** How the page that is shown next was come to; the router says it. */
export const arrival = { byLink: false };

/** Each page is one of these: heading, actions, content. */
export function Page({ title, description, badge, actions, breadcrumbs, children, width }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${common.product}`;
  }, [title]);
  // A screen reader goes on from the new page's heading, not from a link that is gone. The first page is read from its
  // beginning, where the skip link is.
  useEffect(() => {
    if (!arrival.byLink) return;
    arrival.byLink = false;
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Box p={{ base: "md", sm: "lg" }} maw={width} w="100%">
      {breadcrumbs && <Box mb={4}>{breadcrumbs}</Box>}
      <Group justify="space-between" align="flex-start" gap="sm" mb="md" mih={34}>
        <Stack gap={2} miw={0} style={{ overflowWrap: "anywhere" }}>
          <Group gap="sm">
            <Title order={1} ref={heading} tabIndex={-1}>
              {title}
            </Title>
            {badge}
          </Group>
          {description && (
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
