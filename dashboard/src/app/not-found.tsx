import { Button } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { common } from "../text/common.ts";
import { Link } from "../ui/link.tsx";
import { Page } from "../ui/page.tsx";
import { EmptyState } from "../ui/state.tsx";

export function NotFound() {
  return (
    <Page title={common.notFoundTitle}>
      <EmptyState
        icon={IconMapQuestion}
        title={common.notFoundTitle}
        text={common.notFoundText}
        action={
          <Button component={Link} to="/" variant="default">
            {common.toOverview}
          </Button>
        }
      />
    </Page>
  );
}
