import {
  type CSSVariablesResolver,
  createTheme,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from "@mantine/core";

/**
 * The looks: calm, dense, with one accent. Contrast is AA at least (the walk of all pages looks, in both schemes): text 4.5
 * to 1 on what it stands on, borders of controls 3 to 1.
 */

/** Slightly blue greys, so that white and black are never bare. */
const gray: MantineColorsTuple = [
  ...(["#f7f8fa", "#eef0f3", "#e3e6eb", "#d1d6de", "#b0b7c3"] as const),
  ...(["#7d8695", "#5c6573", "#454d5a", "#2c323c", "#171b22"] as const),
];
/** Mantine's names for the dark scheme's surfaces: 0 is text, 7 the page, 6 what stands on it. */
const dark: MantineColorsTuple = [
  ...(["#e4e7ec", "#b9bfca", "#98a0ae", "#7f8896", "#3b424e"] as const),
  ...(["#2b313b", "#1d2229", "#14181e", "#0f1216", "#0a0c0f"] as const),
];
const accent: MantineColorsTuple = [
  ...(["#eef0ff", "#dde1fd", "#bcc4fa", "#98a4f6", "#7a88ef"] as const),
  ...(["#5f6fe4", "#4f5fd8", "#4353c9", "#3845a6", "#2c3784"] as const),
];

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, gray, dark },
  black: "#171b22",
  fontFamily: "var(--font)",
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  spacing: { xs: "0.375rem", sm: "0.625rem", md: "0.875rem", lg: "1.25rem", xl: "1.75rem" },
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "14px" },
  defaultRadius: "sm",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.25rem", lineHeight: "1.3" },
      h2: { fontSize: "1rem", lineHeight: "1.4" },
      h3: { fontSize: "0.875rem", lineHeight: "1.4" },
      h4: { fontSize: "0.8125rem", lineHeight: "1.4" },
    },
  },
  shadows: {
    xs: "0 1px 2px rgb(16 20 28 / 6%)",
    sm: "0 1px 3px rgb(16 20 28 / 9%)",
    md: "0 4px 14px rgb(16 20 28 / 12%)",
    lg: "0 10px 32px rgb(16 20 28 / 16%)",
    xl: "0 18px 48px rgb(16 20 28 / 20%)",
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
  // By name, not by `extend`: that would bring each of them into the first bundle.
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    NumberInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm", autosize: true, minRows: 2 } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right" } },
    MultiSelect: { defaultProps: { size: "sm", checkIconPosition: "right" } },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: "sm", fz: "sm" } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 }, transitionProps: { duration: 120 } },
    },
    Drawer: { defaultProps: { overlayProps: { backgroundOpacity: 0.45 }, transitionProps: { duration: 150 } } },
    // A header outside of the page's content would count as the page's.
    ModalHeader: { defaultProps: { role: "presentation" } },
    DrawerHeader: { defaultProps: { role: "presentation" } },
    Popover: { defaultProps: { shadow: "md", withinPortal: true } },
    Menu: { defaultProps: { shadow: "md", withinPortal: true } },
    Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Card: { defaultProps: { withBorder: true, padding: "md", radius: "md" } },
    Paper: { defaultProps: { radius: "md" } },
    Anchor: { defaultProps: { underline: "hover" } },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none" } },
    // Its colour is in its surface and icon; as a text on that surface it would be too faint.
    Alert: {
      defaultProps: { variant: "light", radius: "md" },
      styles: { title: { color: "var(--mantine-color-text)" } },
    },
  },
});

/** What both schemes name differently, besides what early.css needs before any script has run. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--sunken": "#f3f4f7",
    "--row-hover": "#f3f5f9",
    "--row-active": "#eef0ff",
    "--focus": "#4353c9",
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--muted)",
    "--mantine-color-placeholder": "#6b7482",
    "--mantine-color-default-border": "#d1d6de",
    "--mantine-color-anchor": "#3845a6",
    "--mantine-color-error": "#b42318",
    // White on it, as on the button for what can't be undone, is legible.
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--series-1": "#4353c9",
    "--series-2": "#b45309",
    "--series-3": "#0f766e",
    "--series-4": "#a21caf",
    "--series-5": "#475569",
    "--series-6": "#be123c",
  },
  dark: {
    "--sunken": "#0a0c0f",
    "--row-hover": "#191e25",
    "--row-active": "#1f2543",
    "--focus": "#98a4f6",
    "--mantine-color-body": "var(--surface)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--muted)",
    "--mantine-color-placeholder": "#8b94a3",
    "--mantine-color-default-border": "#3b424e",
    "--mantine-color-anchor": "#98a4f6",
    "--mantine-color-error": "#ff8a80",
    // White on it, as on the button for what can't be undone, is legible.
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
    "--series-1": "#98a4f6",
    "--series-2": "#f0b35a",
    "--series-3": "#4fd1c0",
    "--series-4": "#e58af0",
    "--series-5": "#b0b7c3",
    "--series-6": "#ff8fa3",
  },
});

/** The key is that of public/theme.js, which sets the scheme before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: "herald-colour-scheme" });

/** The page's nonce: styles that Mantine makes at run time are allowed by it, and others aren't. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
