/** What lies over the page: dialogs, drawers, menus, the palette; and toasts. Mantine puts all of them there. */
const portals = "[data-portal]";
const layers = `${portals}, .mantine-Notifications-root`;

/** The layer that an element is in: a child of where they are put. Null: it is in the page itself. */
function layerOf(element: Element): Element | null {
  const within = element.closest(layers);
  let at: Element = element;
  while (within && at.parentElement && at.parentElement !== within) at = at.parentElement;
  return within && at;
}

/**
 * Gives the focus back to where it was when a layer that had it is gone: else it falls to the page's beginning, and who has no pointer
 * begins anew. Mantine does so only for a dialog that stays there closed, and to the element that had the focus last, which may have been
 * the entry of a menu that is gone as well. Once, by the app.
 */
export function giveFocusBack(): void {
  /** The latest focus in each layer and in the page, the latest of all last. */
  let latest: { layer: Element | null; element: HTMLElement }[] = [];
  let waits = false;
  const look = () => {
    waits = false;
    if (!latest.at(-1)?.layer || document.activeElement !== document.body) return;
    latest = latest.filter(({ element }) => element.isConnected && element.getClientRects().length > 0);
    // What is below an open dialog is out of reach.
    const dialog = [...document.querySelectorAll('[aria-modal="true"]')].at(-1);
    const back = latest.findLast(({ element }) => !dialog || dialog.contains(element))?.element;
    // A row may be gone with what was done to it.
    (back ?? (dialog ? null : document.getElementById("content")))?.focus({ preventScroll: true });
  };
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const layer = layerOf(target);
    if (layer?.parentElement) watch(layer.parentElement);
    latest = [...latest.filter((one) => one.layer !== layer), { layer, element: target }];
  });
  // Who clicks beside a menu has chosen another place.
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && layerOf(target) === null) latest = latest.filter(({ layer }) => layer === null);
  });
  const watcher = new MutationObserver(() => {
    for (const place of document.querySelectorAll(`body > ${portals}`)) watch(place);
    // What closes a layer may give the focus back by itself.
    if (!waits) setTimeout(look);
    waits = true;
  });
  const watched = new WeakSet<Element>();
  const watch = (place: Element) => {
    if (watched.has(place)) return;
    watched.add(place);
    watcher.observe(place, { childList: true, subtree: true });
  };
  watcher.observe(document.body, { childList: true });
}
