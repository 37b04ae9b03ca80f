import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { common } from "../text/common.ts";
import { Link } from "../ui/link.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/state.tsx";

/** In place of a page that the role may not see. */
export function NotAllowed({ title }: { title: string }) {
  return (
    <Page title={title}>
      <EmptyState
        icon={IconLock}
        title={common.noRightTitle}
        text={common.noRight}
        action={
          <Button component={Link} to="/" variant="default">
            {common.toOverview}
          </Button>
        }
      />
    </Page>
  );
}
