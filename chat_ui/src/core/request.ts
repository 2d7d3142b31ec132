/** What a request of the HTTP API takes and answers, from the generated types. */
import type { Operations } from "~/protocol/api.gen.ts";
import type { Json } from "~/protocol/wire.gen.ts";

/** An operation: its method and path, as the OpenAPI document names them. */
export type Operation = keyof Operations;

/** What an operation answers. */
export type Answer<O extends Operation> = Operations[O]["answer"];

type Parts<O extends Operation> = Omit<Operations[O], "answer">;

/** The parts of a request as one more argument, which may be left out where nothing is needed. */
export type Sent<O extends Operation> =
  Record<never, never> extends Parts<O> ? [parts?: Parts<O>] : [parts: Parts<O>];

/** The same, whatever the operation. */
export interface AnyParts {
  path?: { [name: string]: string };
  query?: { [name: string]: string };
  body?: Json;
}
