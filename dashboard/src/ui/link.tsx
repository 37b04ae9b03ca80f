import { Anchor, type AnchorProps } from "@mantine/core";
import { Link as RouterLink, type LinkProps as RouterLinkProps } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode, Ref } from "react";

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  /** A path of the dashboard: `/leads/lead_01h...`. */
  to: string;
  /** Its search parameters, as texts. */
  search?: Record<string, string | undefined>;
  ref?: Ref<HTMLAnchorElement>;
  children?: ReactNode;
}

/** A link to a page of the dashboard, without looks; for `component={Link}`: `<Button component={Link} to="/leads">`. */
export function Link({ to, search, ...rest }: LinkProps) {
  const target = { to, search } as unknown as RouterLinkProps;
  return <RouterLink {...target} {...rest} />;
}

/** A link in a text. */
export function TextLink(props: LinkProps & AnchorProps) {
  return <Anchor component={Link} {...props} />;
}
