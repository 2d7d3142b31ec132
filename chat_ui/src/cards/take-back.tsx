/** Taking a request back: rare, so it stands in a menu, and asks a second time. */
import { useState, type JSX } from "react";
import type { Interrupt } from "~/core/view.ts";
import { useText } from "~/ui/i18n.tsx";
import { Undo2 } from "~/ui/icons.ts";
import { Menu } from "~/ui/menu.tsx";
import type { CardActions } from "./actions.ts";
import { ProblemBanner } from "./problem-banner.tsx";
import { type Problem, problemOf } from "./problem.ts";
import { SecondStep } from "./second-step.tsx";

/** The menu for the head of a card, and the question for its body. */
export interface TakeBack {
  menu: JSX.Element;
  question: JSX.Element | null;
}

/** The request is cancelled, and its run with it; what it guards never happens. */
export function useTakeBack(interrupt: Interrupt, actions: CardActions): TakeBack {
  const text = useText();
  const [step, setStep] = useState<"idle" | "asking" | "sending">("idle");
  const [problem, setProblem] = useState<Problem | null>(null);
  const withdraw = async (): Promise<void> => {
    setStep("sending");
    setProblem(null);
    try {
      await actions.withdraw(interrupt.interruptId);
    } catch (error) {
      setProblem(problemOf(error, text));
      setStep("idle");
    }
  };
  const label = text("card.takeBack");
  return {
    menu: (
      <Menu
        label={text("card.more", { title: interrupt.title })}
        size="small"
        items={[{ label, icon: Undo2, onSelect: () => setStep("asking") }]}
      />
    ),
    question:
      step === "idle" ? (
        problem && <ProblemBanner problem={problem} />
      ) : (
        <SecondStep
          question={text("card.takeBackSure")}
          label={label}
          state={step === "sending" ? "busy" : "ready"}
          onBack={() => setStep("idle")}
          onConfirm={() => void withdraw()}
        />
      ),
  };
}
