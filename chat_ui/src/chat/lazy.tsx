/** Parts that the first paint can do without: fetched when they are first shown. */
import { type ComponentType, type JSX, lazy, Suspense } from "react";
import type { EditMessage as EditMessageType } from "./edit-message.tsx";
import type { ActionBar as ActionBarType } from "./action-bar.tsx";
import type { FeedbackDialog as FeedbackDialogType } from "./feedback-dialog.tsx";
import type { Greeting as GreetingType } from "./greeting.tsx";
import type { Home as HomeType } from "./home.tsx";
import type { MessageQueue as MessageQueueType } from "./message-queue.tsx";
import type { Sidebar as SidebarType } from "./sidebar.tsx";
import type { SignIn as SignInType } from "./sign-in.tsx";
import type { Start as StartType } from "./start.tsx";
import type { OutcomeLink as OutcomeLinkType } from "~/work/outcome-link.tsx";
import type { ToolCallGroup as ToolCallGroupType } from "~/work/tool-call-group.tsx";

type Props<Component> = Component extends (props: infer P) => JSX.Element | null ? P : never;

function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  const Part = lazy(async () => ({ default: await load() })) as unknown as ComponentType<P>;
  return (props) => (
    <Suspense fallback={null}>
      <Part {...props} />
    </Suspense>
  );
}

/** See `edit-message.tsx`. */
export const EditMessage: (props: Props<typeof EditMessageType>) => JSX.Element = later(
  async () => (await import("./edit-message.tsx")).EditMessage,
);
/** See `action-bar.tsx`. */
export const ActionBar: (props: Props<typeof ActionBarType>) => JSX.Element = later(
  async () =>
    (await import("./action-bar.tsx")).ActionBar as ComponentType<Props<typeof ActionBarType>>,
);
/** See `feedback-dialog.tsx`. */
export const FeedbackDialog: (props: Props<typeof FeedbackDialogType>) => JSX.Element = later(
  async () => (await import("./feedback-dialog.tsx")).FeedbackDialog,
);
/** See `greeting.tsx`. */
export const Greeting: (props: Props<typeof GreetingType>) => JSX.Element = later(
  async () =>
    (await import("./greeting.tsx")).Greeting as ComponentType<Props<typeof GreetingType>>,
);
/** See `home.tsx`: the conversations, for whoever is signed in. */
export const Home: (props: Props<typeof HomeType>) => JSX.Element = later(
  async () => (await import("./home.tsx")).Home,
);
/** See `message-queue.tsx`. */
export const MessageQueue: (props: Props<typeof MessageQueueType>) => JSX.Element = later(
  async () =>
    (await import("./message-queue.tsx")).MessageQueue as ComponentType<
      Props<typeof MessageQueueType>
    >,
);
/** See `outcome-link.tsx`. */
export const OutcomeLink: (props: Props<typeof OutcomeLinkType>) => JSX.Element = later(
  async () => (await import("~/work/outcome-link.tsx")).OutcomeLink,
);
/** See `sidebar.tsx`. */
export const Sidebar: (props: Props<typeof SidebarType>) => JSX.Element = later(
  async () => (await import("./sidebar.tsx")).Sidebar,
);
/** See `sign-in.tsx`. */
export const SignIn: (props: Props<typeof SignInType>) => JSX.Element = later(
  async () => (await import("./sign-in.tsx")).SignIn,
);
/** See `start.tsx`. */
export const Start: (props: Props<typeof StartType>) => JSX.Element = later(
  async () => (await import("./start.tsx")).Start,
);
/** See `tool-call-group.tsx`. */
export const ToolCallGroup: (props: Props<typeof ToolCallGroupType>) => JSX.Element = later(
  async () =>
    (await import("~/work/tool-call-group.tsx")).ToolCallGroup as ComponentType<
      Props<typeof ToolCallGroupType>
    >,
);
