/** What the payload of a request holds, by kind. The server closes these shapes; everything optional may be absent. */
import type { Json } from "~/protocol/wire.gen.ts";
import type { JsonObject } from "./actions.ts";

/** One line of what a decision rests on. */
export interface ShownFact {
  label: string;
  value: Json;
}

/** One button of an approval. A `danger` one asks a second time. */
export interface Decision {
  name: string;
  label: string;
  style?: "primary" | "plain" | "danger";
  needsComment?: boolean;
}

/** Fields with a schema, hints and first values. */
export interface FieldSet {
  schema: JsonObject;
  uiSchema?: JsonObject;
  values?: JsonObject;
}

/** A place where two JSON values differ; absent is null. */
export interface Difference {
  path: string;
  before: Json;
  after: Json;
}

/** Asks for a decision. */
export interface ApprovalPayload {
  title: string;
  message?: string;
  facts?: ShownFact[];
  decisions?: Decision[];
  editable?: FieldSet;
  form?: FieldSet;
  comment?: "none" | "optional" | "required";
  /** What is different from the card that was shown before. */
  changed?: Difference[];
}

/** One page of a form: the top-level fields on it. */
export interface FormPage {
  title: string;
  fields: string[];
}

/** Asks for values. */
export interface FormPayload {
  title: string;
  message?: string;
  schema: JsonObject;
  uiSchema?: JsonObject;
  values?: JsonObject;
  pages?: FormPage[];
  /** Messages of the flow by JSON Pointer, when it sent the form back. */
  errors?: Record<string, string>;
  submitLabel?: string;
  attempt?: number;
  cancellable?: boolean;
}

/** Asks a browser to do something. */
export interface ClientToolPayload {
  toolName: string;
  parameters?: Json;
  message?: string;
}

/** What was answered, as the log keeps it. */
export interface Resolution {
  decision?: string;
  comment?: string;
  edits?: JsonObject;
  formData?: JsonObject;
  toolResult?: { success?: boolean; output?: Json; error?: Json };
  cancel?: boolean;
  reason?: string;
}

const usual: readonly Decision[] = [
  { name: "approve", label: "", style: "primary" },
  { name: "reject", label: "", style: "danger" },
];

/** The buttons of an approval; an empty label means the usual word. */
export function decisionsOf(payload: ApprovalPayload): readonly Decision[] {
  return payload.decisions === undefined || payload.decisions.length === 0
    ? usual
    : payload.decisions;
}
