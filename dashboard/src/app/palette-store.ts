/** Opens the command palette, whose code comes when the first page is shown. Until then a click is remembered. */
let opener: (() => void) | null = null;
let wanted = false;

export function openCommands(): void {
  if (opener) opener();
  else wanted = true;
}

/** The palette is there. */
export function offerCommands(open: () => void): void {
  opener = open;
  if (wanted) open();
  wanted = false;
}
