/** Flows that people start themselves: a button each, with a form first if the flow needs inputs. */
import { lazy, Suspense, useState, type JSX } from "react";
import type { PeerAbility } from "~/core/api.ts";
import type { Json } from "~/protocol/wire.gen.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Skeleton } from "~/ui/feedback.tsx";
import { Play } from "~/ui/icons.ts";
import { persistently } from "~/ui/later.tsx";
import { useProblemText } from "~/ui/problem-text.ts";
import { useToast } from "~/ui/toast.tsx";
import { useClient } from "./client.tsx";
import { useStyles } from "~/ui/styles.tsx";
import asides from "./asides.css?inline";

const SchemaForm = lazy(() => persistently(() => import("~/forms/schema-form.tsx")));

/** Nothing while the Peer offers no actions. */
export function ActionBar({
  conversationId,
  actions,
}: {
  readonly conversationId: string;
  readonly actions: readonly PeerAbility[];
}): JSX.Element | null {
  useStyles(asides);
  const { session } = useClient();
  const showToast = useToast();
  const told = useProblemText();
  const [asking, setAsking] = useState<PeerAbility | null>(null);
  if (actions.length === 0) return null;
  const run = async (action: PeerAbility, inputs: { [name: string]: Json }): Promise<void> => {
    setAsking(null);
    try {
      await session.request({
        type: "action.run",
        conversationId,
        attachmentId: action.id,
        inputs,
      });
    } catch (error) {
      showToast({ text: told(error) });
    }
  };
  return (
    <div className="action-bar">
      {actions.map((action) => (
        <Button
          key={action.id}
          size="small"
          icon={Play}
          onClick={() => (needsInput(action) ? setAsking(action) : void run(action, {}))}
        >
          {action.description || action.name}
        </Button>
      ))}
      {asking !== null && (
        <Dialog open title={asking.description || asking.name} onClose={() => setAsking(null)}>
          <Suspense fallback={<Skeleton lines={3} />}>
            <SchemaForm
              schema={asking.inputs}
              submitLabel={asking.description || asking.name}
              onSubmit={(values) => void run(asking, values)}
            />
          </Suspense>
        </Dialog>
      )}
    </div>
  );
}

function needsInput(action: PeerAbility): boolean {
  const properties = action.inputs["properties"];
  return (
    properties !== null && typeof properties === "object" && Object.keys(properties).length > 0
  );
}
