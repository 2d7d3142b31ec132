/** Draws Table. */
import { useState, type JSX } from "react";
import { Button } from "~/ui/button.tsx";
import { useText } from "~/ui/i18n.tsx";
import type { Table as TableNode } from "~/widgets/catalogue.gen.ts";
import { pointerOf } from "~/widgets/dynamic.ts";
import { rowsOf, useDynamicText, useScope } from "~/widgets/scope.tsx";
import { hasActions, TableBody } from "~/widgets/table/body.tsx";
import { columnsOf } from "~/widgets/table/columns.ts";
import { TableHead } from "~/widgets/table/head.tsx";
import { nextSort, sorted, type Sort } from "~/widgets/table/sort.ts";

/**
 * Rows that can be sorted and acted on. It shows a page of rows and offers the rest.
 * On a narrow screen each row becomes a block; the roles are spelled out because that takes them from the elements.
 */
export function Table({ node }: { readonly node: TableNode }): JSX.Element {
  const scope = useScope();
  const text = useText();
  const caption = useDynamicText(node.caption);
  const empty = useDynamicText(node.empty);
  const [sort, setSort] = useState<Sort>();
  const { sortable = true, pageSize = 10 } = node;
  const [pages, setPages] = useState(1);
  const rows = rowsOf(node.rows, scope);
  const shown = sorted(rows, sort, scope.locale).slice(0, pages * pageSize);
  const rest = rows.length - shown.length;
  const body = { rows: shown, node, pointer: pointerOf(node.rows as never, scope) };
  return (
    <div className="w-table-frame">
      {caption && <p className="w-table-caption">{caption}</p>}
      {rows.length === 0 ? (
        <p className="w-empty">{empty || text("widget.empty")}</p>
      ) : (
        <div
          className="w-scroll"
          role="region"
          aria-label={caption || text("widget.table")}
          tabIndex={0}
        >
          <table role="table" className="w-table" data-stacks="true">
            <TableHead
              columns={columnsOf(node.columns, scope)}
              acts={hasActions(body, scope)}
              sort={sort}
              {...(sortable ? { onSort: (key: string) => setSort(nextSort(sort, key)) } : {})}
            />
            <TableBody {...body} />
          </table>
        </div>
      )}
      {rest > 0 && (
        <Button kind="quiet" size="small" onClick={() => setPages(pages + 1)}>
          {text("table.more", { count: rest })}
        </Button>
      )}
    </div>
  );
}
