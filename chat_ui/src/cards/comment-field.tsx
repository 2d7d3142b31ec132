/** Why it was decided so. Optional ones stay out of the way until wanted. */
import { useEffect, useRef, useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { Field } from "~/ui/field.tsx";
import { useText } from "~/ui/i18n.tsx";
import { MessageSquare } from "~/ui/icons.ts";

/** `isMissing` marks it and gives it the focus: the chosen decision cannot go without one. */
export function CommentField({
  value,
  onChange,
  isRequired,
  isMissing,
}: {
  readonly value: string;
  readonly onChange: (comment: string) => void;
  readonly isRequired: boolean;
  readonly isMissing: boolean;
}): JSX.Element {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const isShown = isOpen || isRequired || isMissing || value !== "";
  useEffect(() => {
    if (isMissing || isOpen) area.current?.focus();
  }, [isMissing, isOpen]);
  if (!isShown) {
    return (
      <div>
        <Button kind="quiet" size="small" icon={MessageSquare} onClick={() => setOpen(true)}>
          {text("card.addComment")}
        </Button>
      </div>
    );
  }
  return (
    <Field
      label={text("card.comment")}
      required={isRequired || isMissing}
      error={isMissing ? text("card.commentNeeded") : undefined}
    >
      {(control) => (
        <textarea
          {...control}
          ref={area}
          rows={2}
          maxLength={2000}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
