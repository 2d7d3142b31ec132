/** Draws Metric. */
import type { JSX } from "react";
import { Icon } from "~/ui/icon.tsx";
import { ArrowDown, ArrowUp } from "~/ui/icons.ts";
import type { Metric as MetricNode } from "~/widgets/catalogue.gen.ts";
import { valueOf } from "~/widgets/dynamic.ts";
import { useDynamicText, useScope } from "~/widgets/scope.tsx";
import { Weighted } from "~/widgets/weighted.tsx";
import { writeValue } from "~/widgets/write-value.ts";

/** A figure, what it is, and how it moved: the arrow says the direction, the colour whether that is good. */
export function Metric({ node }: { readonly node: MetricNode }): JSX.Element {
  const scope = useScope();
  const label = useDynamicText(node.label);
  const changeLabel = useDynamicText(node.changeLabel);
  const goodWhen = useDynamicText(node.goodWhen) || "up";
  const { format = "number", currency, unit } = node;
  const value = writeValue(valueOf(node.value, scope), {
    format,
    currency,
    unit,
    locale: scope.locale,
  });
  const change = valueOf(node.change, scope);
  return (
    <Weighted of={node} className="w-metric">
      <span className="w-metric-label" dir="auto">
        {label}
      </span>
      <strong className="w-metric-value">{value || "–"}</strong>
      {typeof change === "number" && (
        <Change
          share={change}
          good={change > 0 === (goodWhen === "up")}
          label={changeLabel}
          locale={scope.locale}
        />
      )}
    </Weighted>
  );
}

type ChangeProps = {
  readonly share: number;
  readonly good: boolean;
  readonly label: string;
  readonly locale: string;
};

function Change({ share, good, label, locale }: ChangeProps): JSX.Element {
  const written = new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }).format(share);
  return (
    <span className="w-metric-change" data-tone={share === 0 ? "plain" : good ? "ok" : "bad"}>
      {share !== 0 && <Icon of={share > 0 ? ArrowUp : ArrowDown} size={14} />}
      {written} <span className="w-metric-against">{label}</span>
    </span>
  );
}
