import { describe, expect, test } from "vitest";
import { languageOf, loadCatalogue, textOf } from "./i18n.tsx";
import { format } from "./messages.ts";

function namesIn(pattern: string): string[] {
  return [
    ...new Set([...pattern.matchAll(/\{(\w+)[,}]/g)].map((match) => match[1] ?? "")),
  ].toSorted();
}

describe("catalogues", () => {
  const files = import.meta.glob<Record<string, string>>("./locales/*.json", {
    eager: true,
    import: "default",
  });
  const first = files["./locales/en.json"] ?? {};
  const rest = files["./locales/en.later.json"] ?? {};
  const english = { ...first, ...rest };

  test("no message of the first paint is told again later", () => {
    expect(Object.keys(english)).toHaveLength(Object.keys(first).length + Object.keys(rest).length);
  });

  test.each(Object.entries(files))(
    "%s has every key of English, and fills the same names",
    (name, catalogue) => {
      const same = name.endsWith(".later.json") ? rest : first;
      expect(Object.keys(catalogue).toSorted()).toEqual(Object.keys(same).toSorted());
      for (const [key, pattern] of Object.entries(catalogue)) {
        expect(pattern, key).not.toBe("");
        expect(namesIn(pattern), key).toEqual(namesIn(english[key] ?? ""));
      }
    },
  );

  test("a catalogue is loaded by language", async () => {
    const german = textOf(await loadCatalogue("de"), "de");
    expect(german("toast.undo")).toBe("Rückgängig");
  });

  test.each([
    ["de-AT", "de"],
    ["tr", "tr"],
    ["fr-FR", "en"],
  ] as const)("%s reads %s", (locale, language) => {
    expect(languageOf(locale)).toBe(language);
  });
});

describe("patterns", () => {
  const pattern = "{count, plural, =0 {No files} one {# file} other {# files}} in {place}";

  test.each([
    [0, "No files in Inbox"],
    [1, "1 file in Inbox"],
    [1200, "1,200 files in Inbox"],
  ])("%i picks its plural", (count, expected) => {
    expect(format(pattern, { count, place: "Inbox" }, "en")).toBe(expected);
  });

  test("numbers are written in the manner of the locale", () => {
    expect(format(pattern, { count: 1200, place: "Inbox" }, "de")).toBe("1.200 files in Inbox");
  });

  test("a missing value stays visible", () => {
    expect(format("Hello {name}", {}, "en")).toBe("Hello {name}");
  });
});
