/** A card asks something of a person; settled, it folds to one line. */
import { useId, type JSX, type ReactNode } from "react";
import { Icon } from "./icon.tsx";
import { ChevronDown, type IconNode } from "./icons.ts";

/** `folding` makes the first line a button that opens and folds the rest. */
export type CardProps = {
  readonly icon?: IconNode;
  readonly title: ReactNode;
  /** Beside the title: a badge, a time. */
  readonly state?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
  readonly folding?: { readonly open: boolean; readonly onToggle: () => void };
  readonly className?: string;
  readonly id?: string;
};

/** First line icon, title, state; then the facts; then the actions at the end side. */
export function Card({
  icon,
  title,
  state,
  actions,
  children,
  folding,
  className = "",
  id,
}: CardProps): JSX.Element {
  const titleId = useId();
  const open = folding?.open ?? true;
  const line = (
    <>
      {icon && <Icon of={icon} />}
      <span className="card-title" id={titleId}>
        {title}
      </span>
      {state}
    </>
  );
  return (
    <article
      className={`card ${className}`}
      data-folded={!open}
      aria-labelledby={titleId}
      id={id}
      tabIndex={-1}
    >
      {folding ? (
        <button type="button" className="card-head" aria-expanded={open} onClick={folding.onToggle}>
          {line}
          <Icon of={ChevronDown} className="card-chevron" />
        </button>
      ) : (
        <div className="card-head">{line}</div>
      )}
      {open && children != null && <div className="card-body">{children}</div>}
      {open && actions != null && <div className="card-actions">{actions}</div>}
    </article>
  );
}

/** One line of a definition list. Values are plain text or elements of ours, never markup from outside. */
export type Fact = { readonly label: string; readonly value: ReactNode };

/** What a decision rests on, label by value. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl className="facts">
      {facts.map((fact) => [
        <dt key={`${fact.label}-label`}>{fact.label}</dt>,
        <dd key={fact.label}>{fact.value}</dd>,
      ])}
    </dl>
  );
}
