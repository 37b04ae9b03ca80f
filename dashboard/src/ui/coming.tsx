import { Button } from "@mantine/core";
import { IconTools } from "@tabler/icons-react";
import { common } from "../text/common.ts";
import { EmptyState } from "./state.tsx";

/** In place of a page's content until it is there. */
export function Coming() {
  return (
    <EmptyState
      icon={IconTools}
      title={common.comingTitle}
      text={common.comingText}
      action={
        <Button component="a" href="/docs" target="_blank" variant="default">
          {common.apiReference}
        </Button>
      }
    />
  );
}
