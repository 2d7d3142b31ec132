/** The icon of the tab, drawn rather than loaded, so that it can carry a mark. */

/** Draws it; with a red mark while something waits. */
export function drawIcon(waiting: number): void {
  const link = document.head.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return; // an embedding page keeps its own icon
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.fillStyle = "#3a55c8";
  pen.beginPath();
  pen.roundRect(4, 6, 56, 44, 14);
  pen.fill();
  pen.fillRect(14, 46, 12, 12);
  if (waiting > 0) {
    pen.fillStyle = "#b3261e";
    pen.beginPath();
    pen.arc(48, 16, 16, 0, 2 * Math.PI);
    pen.fill();
  }
  link.href = canvas.toDataURL("image/png");
}
