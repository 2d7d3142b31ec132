/** Parts that the first paint can do without: fetched when they are first shown. Each is described in its own file. */
import { atFirst, later, type Later } from "~/ui/later.tsx";

/** See `account-menu.tsx`. */
export const AccountMenu: Later<typeof import("./account-menu.tsx").AccountMenu> = later(
  async () => (await import("./account-menu.tsx")).AccountMenu,
);
/** See `action-bar.tsx`. */
export const ActionBar: Later<typeof import("./action-bar.tsx").ActionBar> = later(
  async () => (await import("./action-bar.tsx")).ActionBar,
);
/** See `announcer.tsx`. */
export const Announcer: Later<typeof import("./announcer.tsx").Announcer> = later(
  async () => (await import("./announcer.tsx")).Announcer,
);
/** See `conversation-menu.tsx`. */
export const ConversationMenu: Later<typeof import("./conversation-menu.tsx").ConversationMenu> =
  later(async () => (await import("./conversation-menu.tsx")).ConversationMenu);
/** See `conversation-pane.tsx`. */
export const ConversationPane: Later<typeof import("./conversation-pane.tsx").ConversationPane> =
  atFirst(async () => (await import("./conversation-pane.tsx")).ConversationPane);
/** See `dictation.tsx`. */
export const Dictation: Later<typeof import("./dictation.tsx").Dictation> = later(
  async () => (await import("./dictation.tsx")).Dictation,
);
/** See `edit-message.tsx`. */
export const EditMessage: Later<typeof import("./edit-message.tsx").EditMessage> = later(
  async () => (await import("./edit-message.tsx")).EditMessage,
);
/** See `ended.tsx`. */
export const Ended: Later<typeof import("./ended.tsx").Ended> = later(
  async () => (await import("./ended.tsx")).Ended,
);
/** See `feedback-dialog.tsx`. */
export const FeedbackDialog: Later<typeof import("./feedback-dialog.tsx").FeedbackDialog> = later(
  async () => (await import("./feedback-dialog.tsx")).FeedbackDialog,
);
/** See `file-chips.tsx`. */
export const FileChips: Later<typeof import("./file-chips.tsx").FileChips> = later(
  async () => (await import("./file-chips.tsx")).FileChips,
);
/** See `file-list.tsx`. */
export const FileList: Later<typeof import("./file-list.tsx").FileList> = later(
  async () => (await import("./file-list.tsx")).FileList,
);
/** See `find-bar.tsx`. */
export const FindBar: Later<typeof import("./find-bar.tsx").FindBar> = later(
  async () => (await import("./find-bar.tsx")).FindBar,
);
/** See `greeting.tsx`. */
export const Greeting: Later<typeof import("./greeting.tsx").Greeting> = later(
  async () => (await import("./greeting.tsx")).Greeting,
);
/** See `home.tsx`. */
export const Home: Later<typeof import("./home.tsx").Home> = atFirst(
  async () => (await import("./home.tsx")).Home,
);
/** See `message-actions.tsx`; its row is kept free, so that nothing moves when it comes. */
export const MessageActions: Later<typeof import("./message-actions.tsx").MessageActions> = later(
  async () => (await import("./message-actions.tsx")).MessageActions,
  <div className="message-actions" />,
);
/** See `message-origin.tsx`. */
export const MessageOrigin: Later<typeof import("./message-origin.tsx").MessageOrigin> = later(
  async () => (await import("./message-origin.tsx")).MessageOrigin,
);
/** See `message-outcome.tsx`. */
export const MessageOutcome: Later<typeof import("./message-outcome.tsx").MessageOutcome> = later(
  async () => (await import("./message-outcome.tsx")).MessageOutcome,
);
/** See `message-queue.tsx`. */
export const MessageQueue: Later<typeof import("./message-queue.tsx").MessageQueue> = later(
  async () => (await import("./message-queue.tsx")).MessageQueue,
);
/** See `message-widget.tsx`. */
export const MessageWidget: Later<typeof import("./message-widget.tsx").MessageWidget> = later(
  async () => (await import("./message-widget.tsx")).MessageWidget,
  <div className="skeleton" data-shape="block" aria-hidden="true">
    <span />
  </div>,
);
/** See `missing.tsx`. */
export const Missing: Later<typeof import("./missing.tsx").Missing> = later(
  async () => (await import("./missing.tsx")).Missing,
);
/** See `outcome-link.tsx`. */
export const OutcomeLink: Later<typeof import("~/work/outcome-link.tsx").OutcomeLink> = later(
  async () => (await import("~/work/outcome-link.tsx")).OutcomeLink,
);
/** See `report-dialog.tsx`. */
export const ReportDialog: Later<typeof import("./report-dialog.tsx").ReportDialog> = later(
  async () => (await import("./report-dialog.tsx")).ReportDialog,
);
/** See `request-tray.tsx`. */
export const RequestTray: Later<typeof import("~/cards/request-tray.tsx").RequestTray> = later(
  async () => (await import("~/cards/request-tray.tsx")).RequestTray,
);
/** See `shortcuts-dialog.tsx`. */
export const ShortcutsDialog: Later<typeof import("./shortcuts-dialog.tsx").ShortcutsDialog> =
  later(async () => (await import("./shortcuts-dialog.tsx")).ShortcutsDialog);
/** See `sidebar.tsx`. */
export const Sidebar: Later<typeof import("./sidebar.tsx").Sidebar> = atFirst(
  async () => (await import("./sidebar.tsx")).Sidebar,
);
/** See `sign-in.tsx`. */
export const SignIn: Later<typeof import("./sign-in.tsx").SignIn> = atFirst(
  async () => (await import("./sign-in.tsx")).SignIn,
);
/** See `start.tsx`. */
export const Start: Later<typeof import("./start.tsx").Start> = atFirst(
  async () => (await import("./start.tsx")).Start,
);
/** See `title-field.tsx`. */
export const TitleField: Later<typeof import("./title-field.tsx").TitleField> = later(
  async () => (await import("./title-field.tsx")).TitleField,
);
/** See `to-end.tsx`. */
export const ToEnd: Later<typeof import("./to-end.tsx").ToEnd> = later(
  async () => (await import("./to-end.tsx")).ToEnd,
);
/** See `tool-call-group.tsx`. */
export const ToolCallGroup: Later<typeof import("~/work/tool-call-group.tsx").ToolCallGroup> =
  later(async () => (await import("~/work/tool-call-group.tsx")).ToolCallGroup);
