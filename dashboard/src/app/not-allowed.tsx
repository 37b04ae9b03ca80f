import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { common } from "../text/common.ts";
import { Link } from "../ui/link.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/state.tsx";

/** In place of a page that the role may not see, or that is of a workspace which isn't theirs (`elsewhere`). */
export function NotAllowed({ title, elsewhere = false }: { title: string; elsewhere?: boolean }) {
  return (
    <Page title={title}>
      <EmptyState
        icon={IconLock}
        title={elsewhere ? common.notTheirs : common.noRightTitle}
        text={elsewhere ? common.otherWorkspace : common.noRight}
        action={
          <Button component={Link} to="/" variant="default">
            {common.toOverview}
          </Button>
        }
      />
    </Page>
  );
}
