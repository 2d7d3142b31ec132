/** Moves the focus to a control once it is drawn. */
import { type RefObject, useCallback, useEffect, useState } from "react";

const controls = "input, select, textarea, button";

/** Answers a function that gives the focus to the element with an id inside `box`, or to the first control in it. */
export function useFocus(box: RefObject<HTMLElement | null>): (id: string) => void {
  const [wanted, setWanted] = useState<{ id: string } | null>(null);
  useEffect(() => {
    if (wanted === null) return;
    const found = [...(box.current?.querySelectorAll<HTMLElement>("[id]") ?? [])].find(
      ({ id }) => id === wanted.id,
    );
    const isControl = found?.matches(`${controls}, [id$="-steps"]`) ?? false;
    const target = isControl ? found : (found?.querySelector<HTMLElement>(controls) ?? found);
    target?.focus();
  }, [wanted, box]);
  return useCallback((id: string) => setWanted({ id }), []);
}
