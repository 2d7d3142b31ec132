/** A list of values: each with the buttons that move and remove it, and one that adds another. */
import type { ArrayFieldItemTemplateProps, ArrayFieldTemplateProps } from "@rjsf/utils";
import type { JSX } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import { ArrowDown, ArrowUp, Plus, X } from "~/ui/icons.ts";

/** The list. */
export function ListFrame(props: ArrayFieldTemplateProps): JSX.Element {
  const { fieldPathId, title, items, canAdd, onAddClick, schema, uiSchema, disabled } = props;
  const text = useText();
  const description = uiSchema?.["ui:description"] ?? schema.description;
  return (
    <fieldset className="field-group" id={fieldPathId.$id} tabIndex={-1}>
      {title && <legend className="field-label">{title}</legend>}
      {description && <div className="field-help">{description}</div>}
      <div className="fields">{items}</div>
      {canAdd && (
        <div>
          <Button
            size="small"
            icon={Plus}
            state={disabled ? "inert" : "ready"}
            onClick={(event) => onAddClick(event)}
          >
            {text("form.add")}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** One value of the list. */
export function ListItem({
  children,
  buttonsProps,
  hasToolbar,
  index,
}: ArrayFieldItemTemplateProps): JSX.Element {
  const text = useText();
  const { hasMoveUp, hasMoveDown, hasRemove, onMoveUpItem, onMoveDownItem, onRemoveItem } =
    buttonsProps;
  const number = index + 1;
  return (
    <div className="list-item">
      <div className="list-item-value">{children}</div>
      {hasToolbar && (
        <div className="list-item-tools">
          {hasMoveUp && (
            <IconButton
              icon={ArrowUp}
              label={text("form.moveUp", { number })}
              onClick={onMoveUpItem}
            />
          )}
          {hasMoveDown && (
            <IconButton
              icon={ArrowDown}
              label={text("form.moveDown", { number })}
              onClick={onMoveDownItem}
            />
          )}
          {hasRemove && (
            <IconButton icon={X} label={text("form.remove", { number })} onClick={onRemoveItem} />
          )}
        </div>
      )}
    </div>
  );
}
