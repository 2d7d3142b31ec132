/** rjsf in our own clothes. */
import type { RegistryWidgetsType, TemplatesType } from "@rjsf/utils";
import { CheckBox, CheckBoxes, Radios, Select } from "./choices.tsx";
import { Description, FieldFrame, ObjectFrame, Title } from "./field-frame.tsx";
import { FileInput } from "./file-input.tsx";
import { LineInput, TextArea } from "./inputs.tsx";
import { ListFrame, ListItem } from "./list-frame.tsx";

const nothing = (): null => null;

/** Templates; errors and help are drawn by the field's frame, buttons by the form. */
export const templates: Partial<Omit<TemplatesType, "ButtonTemplates">> = {
  FieldTemplate: FieldFrame,
  ObjectFieldTemplate: ObjectFrame,
  ArrayFieldTemplate: ListFrame,
  ArrayFieldItemTemplate: ListItem,
  BaseInputTemplate: LineInput,
  TitleFieldTemplate: Title,
  DescriptionFieldTemplate: Description,
  FieldErrorTemplate: nothing,
  FieldHelpTemplate: nothing,
  ErrorListTemplate: nothing,
};

/** Widgets that are not one line of text. */
export const widgets: RegistryWidgetsType = {
  CheckboxWidget: CheckBox,
  CheckboxesWidget: CheckBoxes,
  RadioWidget: Radios,
  SelectWidget: Select,
  TextareaWidget: TextArea,
  FileWidget: FileInput,
};
