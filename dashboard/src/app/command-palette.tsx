import { useDebouncedValue } from "@mantine/hooks";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { IconSearch, IconSettings, IconUser } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { apiQuery } from "../api/query.ts";
import { useSession } from "../api/session.ts";
import { common } from "../text/common.ts";
import { useAllCommands } from "./commands.ts";
import { pages } from "./pages.ts";
import { offerCommands } from "./palette-store.ts";

const [store, palette] = createSpotlight();

offerCommands(() => palette.open());

/** From so many characters on leads are looked for. */
const shortestSearch = 2;

/** Every page, what the page that is shown offers, and leads by name, company or address; Ctrl K or ⌘ K. */
export default function CommandPalette() {
  const { rights } = useSession();
  const commands = useAllCommands();
  const router = useRouter();
  const [query, setQuery] = useState("");
  const leads = useLeads(query, rights.includes("leads.read"));
  // The palette chooses the first entry when a key is pressed: Enter would do nothing with what was found afterwards.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the list has become another one.
  useEffect(() => {
    if (query === "" || document.querySelector("[data-action][data-selected]")) return;
    document.querySelector("[data-action]")?.setAttribute("data-selected", "true");
    store.updateState((state) => ({ ...state, selected: 0 }));
  }, [leads.found, query]);
  const places = pages.filter(
    ({ nav, settings, right }) => (nav ?? settings) && (right === undefined || rights.includes(right)),
  );
  return (
    <Spotlight
      store={store}
      // Dimmed it could not be read on the chosen entry.
      styles={{ actionDescription: { color: "inherit", opacity: 1 } }}
      attributes={{ content: { "aria-label": common.commands } }}
      query={query}
      onQueryChange={setQuery}
      // Closed at once: opened again while it still fades it would keep what was written before, and lose what is written next.
      transitionProps={{ duration: 0 }}
      shortcut={null}
      maxHeight={420}
      scrollable
      nothingFound={<span role="status">{leads.isSearching ? common.searching : common.noCommands}</span>}
      searchProps={{
        leftSection: <IconSearch size={16} aria-hidden />,
        placeholder: common.commandPlaceholder,
        "aria-label": common.commandPlaceholder,
        // As it appears: the focus trap takes a moment, and what is written in it would be lost.
        autoFocus: true,
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
        {
          group: common.leads,
          actions: leads.found.map(({ id, firstName, lastName, company, email, phone, linkedinUrl }) => {
            const address = email ?? phone ?? linkedinUrl;
            const name = [firstName, lastName].filter(Boolean).join(" ");
            return {
              ...{ id, label: name || (address ?? id), leftSection: <IconUser size={16} aria-hidden /> },
              description: [company, name && address].filter(Boolean).join(" · "),
              // By what they were found for: the name may not have it as it was written.
              keywords: leads.foundBy,
              onClick: () => void router.navigate({ to: `/leads/${id}` }),
            };
          }),
        },
      ].filter(({ actions }) => actions.length > 0)}
    />
  );
}

/** Leads that match what is written, once it rests for a moment. */
function useLeads(query: string, mayLook: boolean) {
  const written = query.trim();
  const [searched] = useDebouncedValue(written, 200);
  const wanted = mayLook && searched.length >= shortestSearch && written !== "";
  const { data, isFetching, isPlaceholderData } = useQuery({
    ...apiQuery("GET /v1/leads", { query: { search: searched, limit: 8, count: "false" } }),
    enabled: wanted,
    // Those of the word before stay as long as they have what is written, so that nothing flickers.
    placeholderData: keepPreviousData,
  });
  return {
    foundBy: isPlaceholderData ? [] : [searched],
    found: wanted ? (data?.leads ?? []) : [],
    isSearching: mayLook && written.length >= shortestSearch && (isFetching || written !== searched),
  };
}
