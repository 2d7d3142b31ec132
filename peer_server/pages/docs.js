/** Draws the API reference from /openapi.json, as text only: nothing of the document is ever markup. */

const routes = document.getElementById("routes");
const search = document.getElementById("search");

function element(name, text = "", ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

/** The schema with its references replaced, down to a few levels. */
function resolved(schema, document, depth = 6) {
  if (depth === 0 || schema === null || typeof schema !== "object") return schema;
  if (Array.isArray(schema)) return schema.map((item) => resolved(item, document, depth - 1));
  if (schema.$ref) return resolved(document.components.schemas[schema.$ref.split("/").pop()], document, depth - 1);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, document, depth - 1)]));
}

function block(title, value, document) {
  return [element("h4", title), element("pre", JSON.stringify(resolved(value, document), null, 2))];
}

function routeOf(method, path, operation, document) {
  const summary = element("summary", "", element("b", method.toUpperCase()));
  summary.append(`${path}  ${operation.summary ?? ""}`);
  const box = element("details", "", summary, element("p", operation.description ?? ""));
  if (operation.parameters) box.append(...block("Parameters", operation.parameters, document));
  const body = operation.requestBody?.content;
  if (body) box.append(...block("Body", Object.values(body)[0].schema, document));
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const schema = response.content && Object.values(response.content)[0].schema;
    if (schema && status !== "422") box.append(...block(`Answer ${status}`, schema, document));
  }
  box.dataset.text = `${method} ${path} ${operation.summary} ${operation.description}`.toLowerCase();
  return box;
}

function draw(document) {
  const groups = new Map();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, element("section", "", element("h2", tag)));
      groups.get(tag).append(routeOf(method, path, operation, document));
    }
  }
  routes.replaceChildren(...groups.values());
}

search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  for (const box of routes.querySelectorAll("details")) box.hidden = !box.dataset.text.includes(wanted);
});

fetch("/openapi.json")
  .then((response) => response.json())
  .then(draw)
  .catch((error) => {
    routes.textContent = `The document could not be loaded: ${error.message}`;
  });
