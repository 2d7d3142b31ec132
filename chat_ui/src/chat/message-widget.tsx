/** A widget inside a message; fetched, with its renderer, with the first one. */
import type { JSX } from "react";
import type { WidgetState } from "~/core/view.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import { useI18n } from "~/ui/i18n.tsx";
import { WidgetView } from "~/widgets/widget-view.tsx";
import { useClient } from "./client.tsx";

/** Sends what is done in it to the server, with the revision that was seen. */
export function MessageWidget({
  widget,
  isOver,
}: {
  readonly widget: WidgetState;
  readonly isOver: boolean;
}): JSX.Element {
  const { api, session } = useClient();
  const { locale, text } = useI18n();
  return (
    <WidgetView
      widget={{ name: widget.name, view: widget.view }}
      state={widget.state}
      rev={widget.rev}
      actions={widget.actions}
      locale={locale}
      fileUrl={(id) => api.fileUrl(id)}
      {...(isOver && widget.actions.length > 0 ? { inertReason: text("widget.sessionOver") } : {})}
      onAction={async ({ name, payload, rev }) => {
        const { messageWidgetId } = widget;
        await session.request({
          type: "widget.action",
          messageWidgetId,
          name,
          payload: payload as Json,
          rev,
        });
      }}
    />
  );
}
