/** The list of shortcuts: what each key does, other keys for it, and the switch that turns them off. */
import { useState, type JSX, type KeyboardEvent } from "react";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { useText, type MessageKey } from "~/ui/i18n.tsx";
import { useStyles } from "~/ui/styles.tsx";
import { useStore } from "./client.tsx";
import {
  keysOf,
  readable,
  resetShortcuts,
  setShortcuts,
  shortcuts,
  takenBy,
  type ShortcutId,
} from "./shortcuts.ts";
import sheet from "./shortcuts.css?inline";

const changeable: readonly (readonly [ShortcutId, MessageKey])[] = [
  ["list", "shortcuts.list"],
  ["new", "sidebar.new"],
  ["search", "sidebar.search"],
  ["find", "find.open"],
  ["newest", "shortcuts.newest"],
];
const fixed: readonly (readonly [string, MessageKey])[] = [
  ["enter", "composer.send"],
  ["shift+enter", "shortcuts.newLine"],
  ["arrowup", "shortcuts.recall"],
  ["esc", "shortcuts.stop"],
  ["arrowup arrowdown", "shortcuts.walk"],
];

/** A modal list. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const text = useText();
  useStyles(sheet);
  const { areOn, keys } = useStore(shortcuts);
  const [taken, setTaken] = useState("");
  const change = (id: ShortcutId, next: string): void => {
    const other = changeable.find(([one]) => one === takenBy(next, id));
    setTaken(
      other === undefined
        ? ""
        : text("shortcuts.taken", { keys: readable(next), name: text(other[1]) }),
    );
    if (other === undefined) setShortcuts({ areOn, keys: { ...keys, [id]: next } });
  };
  return (
    <Dialog
      open
      title={text("shortcuts.title")}
      onClose={onClose}
      actions={<Button onClick={resetShortcuts}>{text("shortcuts.reset")}</Button>}
    >
      <label className="shortcuts-switch">
        <input
          type="checkbox"
          checked={areOn}
          onChange={(event) => setShortcuts({ areOn: event.currentTarget.checked, keys })}
        />
        {text("shortcuts.on")}
      </label>
      <dl className="shortcuts">
        {changeable.map(([id, name]) => (
          <div key={id} className="shortcut" data-off={!areOn && id !== "list"}>
            <dt>{text(name)}</dt>
            <dd>
              <KeysButton name={text(name)} keys={keys[id]} onChange={(next) => change(id, next)} />
            </dd>
          </div>
        ))}
        {fixed.map(([pressed, name]) => (
          <div key={name} className="shortcut">
            <dt>{text(name)}</dt>
            <dd>
              {pressed.split(" ").map((one) => (
                <kbd key={one}>{readable(one)}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="shortcuts-taken bad" role="status">
        {taken}
      </p>
    </Dialog>
  );
}

function KeysButton({
  name,
  keys,
  onChange,
}: {
  readonly name: string;
  readonly keys: string;
  readonly onChange: (keys: string) => void;
}): JSX.Element {
  const text = useText();
  const [isAsking, setAsking] = useState(false);
  const press = (event: KeyboardEvent<HTMLButtonElement>): void => {
    if (!isAsking) return;
    const pressed = keysOf(event.nativeEvent ?? (event as unknown as globalThis.KeyboardEvent));
    if (pressed === null || pressed === "tab" || pressed === "shift+tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (pressed !== "escape" && /^(mod|alt)\+/.test(pressed)) onChange(pressed); // single letters are for writing
    setAsking(false);
  };
  return (
    <Button
      size="small"
      aria-label={text("shortcuts.change", { name, keys: readable(keys) })}
      onClick={() => setAsking(true)}
      onBlur={() => setAsking(false)}
      onKeyDown={press}
    >
      <kbd>{isAsking ? text("shortcuts.press") : readable(keys)}</kbd>
    </Button>
  );
}
