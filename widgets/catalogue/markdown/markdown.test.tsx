import { expect, renderView, screen, test } from "~/testing/render-view.tsx";
import example from "./example.json";

test("links open elsewhere and tell nobody where from", async () => {
  renderView(example);
  const link = await screen.findByRole("link", { name: "manual" });
  expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  expect(link.getAttribute("target")).toBe("_blank");
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![x](https://evil.example/pixel.png)",
  "[x](javascript:alert(1))",
  "<iframe src=https://evil.example></iframe>",
  "<style>*{display:none}</style>",
  '<a href="https://example.com" onclick="alert(1)">x</a>',
])("%s does nothing", async (note) => {
  const { container } = renderView({ ...example, state: { note: `${note}\n\nend` } });
  await screen.findByText("end");
  expect(
    container.querySelector(
      "script, img, iframe, style, [onerror], [onclick], [href^='javascript']",
    ),
  ).toBeNull();
});
