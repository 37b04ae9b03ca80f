import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { IconSearch, IconSettings } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useSession } from "../api/session.ts";
import { common } from "../text/common.ts";
import { useAllCommands } from "./commands.ts";
import { pages } from "./pages.ts";
import { offerCommands } from "./palette-store.ts";

const [store, palette] = createSpotlight();

offerCommands(() => palette.open());

/** Every page, and what the page that is shown offers; Ctrl K or ⌘ K. */
export default function CommandPalette() {
  const { rights } = useSession();
  const commands = useAllCommands();
  const router = useRouter();
  const places = pages.filter(
    ({ nav, settings, right }) => (nav ?? settings) && (right === undefined || rights.includes(right)),
  );
  return (
    <Spotlight
      store={store}
      shortcut={null}
      maxHeight={420}
      scrollable
      nothingFound={common.noCommands}
      searchProps={{
        leftSection: <IconSearch size={16} aria-hidden />,
        placeholder: common.commandPlaceholder,
        "aria-label": common.commandPlaceholder,
      }}
      actions={[
        {
          group: common.doThis,
          actions: commands.map(({ id, label, description, icon: Mark, keywords, run }) => ({
            ...{ id, label, description, onClick: run, keywords: keywords ? [...keywords] : [] },
            leftSection: Mark && <Mark size={16} aria-hidden />,
          })),
        },
        {
          group: common.goTo,
          actions: places.map(({ path, title, nav, keywords }) => {
            const Mark = nav?.icon ?? IconSettings;
            return {
              ...{ id: path, label: title, keywords: keywords ? [...keywords] : [] },
              leftSection: <Mark size={16} aria-hidden />,
              onClick: () => void router.navigate({ to: path }),
            };
          }),
        },
      ].filter(({ actions }) => actions.length > 0)}
    />
  );
}
