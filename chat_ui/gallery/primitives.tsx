/** The primitives in all their states. */
import { useState, type JSX } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { Card, Facts } from "~/ui/card.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Banner } from "~/ui/banner.tsx";
import { Badge, Skeleton } from "~/ui/feedback.tsx";
import { Field } from "~/ui/field.tsx";
import { Archive, Check, Copy, Pencil, ShieldCheck, Trash2, WifiOff } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import { Spinner } from "~/ui/spinner.tsx";
import { useToast } from "~/ui/toast.tsx";
import { Shelf } from "./shelf.tsx";

const facts = [
  { label: "Order", value: "A-1042" },
  { label: "Amount", value: "250.00 €" },
  { label: "Reason", value: "The filter arrived broken; a photo is attached to the conversation." },
];

/** Everything in `src/ui`. */
export function Primitives(): JSX.Element {
  return (
    <div className="gallery-grid">
      <Buttons />
      <Cards />
      <Fields />
      <Feedback />
      <Floating />
    </div>
  );
}

function Buttons(): JSX.Element {
  return (
    <Shelf name="Button">
      {(["ready", "busy", "inert"] as const).map((state) => (
        <div key={state} className="gallery-line">
          <Button kind="primary" state={state}>
            Approve refund
          </Button>
          <Button state={state}>Reject</Button>
          <Button kind="danger" icon={Trash2} state={state}>
            Delete
          </Button>
          <Button kind="quiet" state={state}>
            Later
          </Button>
        </div>
      ))}
      <div className="gallery-line">
        <Button size="small">Small</Button>
        <IconButton icon={Copy} label="Copy" />
        <IconButton icon={Check} label="Kept" aria-pressed />
        <IconButton icon={Pencil} label="Edit" size="small" />
      </div>
    </Shelf>
  );
}

function Cards(): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <Shelf name="Card">
      <Card
        icon={ShieldCheck}
        title="Refund 250 € to Ada?"
        state={<Badge tone="warn">Waits for you</Badge>}
        actions={
          <>
            <Button>Reject</Button>
            <Button kind="primary">Approve refund of 250 €</Button>
          </>
        }
      >
        <Facts facts={facts} />
      </Card>
      <Card
        icon={Check}
        title="Refund approved by Grace"
        state={<Badge tone="ok">2 min ago</Badge>}
        folding={{ open, onToggle: () => setOpen(!open) }}
      >
        <Facts facts={facts} />
      </Card>
    </Shelf>
  );
}

function Fields(): JSX.Element {
  return (
    <Shelf name="Field">
      <Field label="Name" required help="As on the invoice.">
        {(control) => <input {...control} defaultValue="Ada" />}
      </Field>
      <Field label="IBAN" error="This number is too short: 18 of 22 characters." required>
        {(control) => <input {...control} defaultValue="DE89 3704 0044 0532" />}
      </Field>
      <Field label="Comment">
        {(control) => <textarea {...control} placeholder="What happened?" />}
      </Field>
      <Field label="Country">
        {(control) => (
          <select {...control}>
            <option>Germany</option>
            <option>Türkiye</option>
          </select>
        )}
      </Field>
      <label className="choice">
        <input type="checkbox" defaultChecked /> Send me a copy
      </label>
    </Shelf>
  );
}

function Feedback(): JSX.Element {
  return (
    <Shelf name="Feedback">
      <div className="gallery-line">
        {(["plain", "info", "ok", "warn", "bad"] as const).map((tone) => (
          <Badge key={tone} tone={tone} icon={Check}>
            {tone}
          </Badge>
        ))}
        <Spinner label="Working" />
      </div>
      {(["info", "ok", "warn", "bad"] as const).map((tone) => (
        <Banner key={tone} tone={tone}>
          The address was saved.
        </Banner>
      ))}
      <Banner tone="warn" icon={WifiOff} action={<Button size="small">Retry now</Button>}>
        The connection is lost. What you wrote is kept.
      </Banner>
      <Skeleton lines={3} />
    </Shelf>
  );
}

function Floating(): JSX.Element {
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const items = [
    { label: "Rename", icon: Pencil, onSelect: () => {} },
    { label: "Archive", icon: Archive, onSelect: () => {}, inert: true },
    {
      label: "Delete",
      icon: Trash2,
      tone: "bad" as const,
      onSelect: () =>
        toast({ text: "Conversation deleted", action: { label: "Undo", onAction: () => {} } }),
    },
  ];
  return (
    <Shelf name="Menu, Dialog, Toast, Tooltip">
      <div className="gallery-line">
        <Menu label="More" items={items} align="start" />
        <Button onClick={() => setOpen(true)}>Open the dialog</Button>
        <Button
          onClick={() =>
            toast({ text: "Conversation archived", action: { label: "Undo", onAction: () => {} } })
          }
        >
          Show a toast
        </Button>
      </div>
      <Dialog
        open={open}
        title="Delete this conversation?"
        onClose={() => setOpen(false)}
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button kind="danger" onClick={() => setOpen(false)}>
              Delete conversation
            </Button>
          </>
        }
      >
        <p>Messages, answers and files are removed after 30 days.</p>
      </Dialog>
    </Shelf>
  );
}
