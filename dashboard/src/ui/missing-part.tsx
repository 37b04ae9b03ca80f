import { Button, Group, Text } from "@mantine/core";
import { common } from "../text/common.ts";
import { knock } from "./knock.ts";

/** Stands where a part of the page would be whose code couldn't be had: only the whole page can ask for it again (`when-online.ts`). */
export function MissingPart() {
  return (
    <Group role="alert" gap="sm" p="sm">
      <Text size="sm">{common.partMissing}</Text>
      <ReloadButton />
    </Group>
  );
}

/** Loads the page again, if Herald answers: in its place the browser would show an error of its own. */
export function ReloadButton() {
  return (
    <Button variant="default" onClick={async () => (await knock()) && location.reload()}>
      {common.reload}
    </Button>
  );
}
