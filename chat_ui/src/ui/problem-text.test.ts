/** Errors in the reader's words. */
import { describe, expect, it } from "vitest";
import { ApiProblem } from "~/core/api.ts";
import { CommandFailure } from "~/core/session.ts";
import { loadCatalogue, textOf } from "./i18n.tsx";
import { problemText } from "./problem-text.ts";

const german = textOf(await loadCatalogue("de"), "de");

describe("an error", () => {
  it("is told by its code, whichever door it came through", () => {
    const words = german("error.session_ended");
    expect(problemText(new CommandFailure("session_ended", "x"), german)).toBe(words);
    expect(problemText({ code: "session_ended", message: "x" }, german)).toBe(words);
  });

  it("fills in what the server says beside it", () => {
    const error = new ApiProblem(413, "file_too_large", "x", { limit: 5_000_000 });
    expect(problemText(error, german)).toBe("Eine Datei darf höchstens 5.000.000 Bytes haben.");
  });

  it("without words of its own says what the server says, with the code to quote", () => {
    const error = new ApiProblem(409, "brand_new", "this is new");
    expect(problemText(error, german)).toBe("This is new. (brand_new)");
    expect(problemText(new Error("no code at all"), german)).toBe("No code at all.");
  });
});
