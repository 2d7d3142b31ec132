/** Short notices that say what was done and let it be undone. */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  type Context,
  type JSX,
  type ReactNode,
} from "react";
import { Button, IconButton } from "./button.tsx";
import { X } from "./icons.ts";
import { useText } from "./i18n.tsx";

/** `action` is what undoes it; the toast goes by itself after `durationMs`, but not under the pointer or the focus. */
export type Toast = {
  readonly text: string;
  readonly action?: { readonly label: string; readonly onAction: () => void };
  readonly durationMs?: number;
};

/** Shows a toast. */
export type ShowToast = (toast: Toast) => void;

const ToastContext: Context<ShowToast> = createContext<ShowToast>(() => {
  throw new Error("useToast needs a ToastProvider above it");
});

/** The function that shows a toast; raises when called without a provider. */
export function useToast(): ShowToast {
  return useContext(ToastContext);
}

type Shown = Toast & { readonly key: number };

/** Holds the toasts of everything below it. */
export function ToastProvider({ children }: { readonly children: ReactNode }): JSX.Element {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const count = useRef(0);
  const show = useCallback<ShowToast>((toast) => {
    count.current += 1;
    const key = count.current;
    setShown((before) => [...before.slice(-2), { ...toast, key }]);
  }, []);
  const drop = useCallback(
    (key: number) => setShown((before) => before.filter((one) => one.key !== key)),
    [],
  );
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div className="toasts root" role="status" aria-live="polite">
        {shown.map((toast) => (
          <ToastRow key={toast.key} toast={toast} onDone={drop} />
        ))}
      </div>
    </ToastContext.Provider>
  );
}

function ToastRow({
  toast,
  onDone,
}: {
  readonly toast: Shown;
  readonly onDone: (key: number) => void;
}): JSX.Element {
  const text = useText();
  const [held, setHeld] = useState(false);
  const { key, action, durationMs = action ? 10_000 : 5_000 } = toast;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onDone(key), durationMs);
    return () => clearTimeout(timer);
  }, [held, durationMs, key, onDone]);
  return (
    <div
      className="toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="toast-text">{toast.text}</span>
      {action && (
        <Button
          kind="quiet"
          onClick={() => {
            onDone(key);
            action.onAction();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon={X} label={text("toast.dismiss")} onClick={() => onDone(key)} />
    </div>
  );
}
