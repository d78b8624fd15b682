import { createLink, type LinkComponent } from "@tanstack/react-router";
import { Button as AriaButton, type ButtonProps, Link as AriaLink, type LinkProps } from "react-aria-components";

type Variant = "primary" | "plain" | "quiet" | "danger";
type Size = "normal" | "icon" | "round";

const VARIANTS: Record<Variant, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover data-pressed:bg-accent-hover shadow-sm",
  plain: "border border-line bg-raised text-ink hover:border-line-strong",
  quiet: "text-muted hover:bg-sunken hover:text-ink",
  danger: "border border-line bg-raised text-danger hover:border-danger",
};
const SIZES: Record<Size, string> = {
  normal: "rounded-xl min-h-11 px-4 py-2",
  icon: "rounded-xl size-11",
  round: "rounded-full size-11",
};

function classNames(variant: Variant, size: Size, extra: string): string {
  return `inline-flex items-center justify-center gap-2 text-[0.95rem] font-medium transition-colors
    disabled:opacity-50 data-disabled:opacity-50 data-pending:opacity-70 ${VARIANTS[variant]} ${SIZES[size]} ${extra}`;
}

interface StyleProps {
  variant?: Variant;
  size?: Size;
  className?: string;
}

export function Button({
  variant = "plain",
  size = "normal",
  className = "",
  ...props
}: Omit<ButtonProps, "className"> & StyleProps) {
  return <AriaButton {...props} className={classNames(variant, size, className)} />;
}

type ButtonLinkProps = Omit<LinkProps, "className" | "href"> & StyleProps;

function LinkAsButton({ variant = "plain", size = "normal", className = "", ...props }: ButtonLinkProps) {
  return <AriaLink {...props} className={classNames(variant, size, className)} />;
}

const RoutedLink = createLink(LinkAsButton);

export const ButtonLink: LinkComponent<typeof LinkAsButton> = (props) => <RoutedLink preload="intent" {...props} />;
