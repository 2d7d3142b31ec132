#!/bin/sh
# Every way to run a flow from another program, with curl alone. The bodies are those of the published API.
#
#   BASE=http://127.0.0.1:8400 TOKEN=<your token> sh examples/from_curl/requests.sh
#
# TOKEN is a bearer token of somebody who may make flows. Nothing is cleaned up: look at the flows and runs afterwards.
set -eu
: "${BASE:?}" "${TOKEN:?}"

# --- Small words for what follows -------------------------------------------------------------------------------------

JSON='Content-Type: application/json'
person() { curl --silent --show-error --fail-with-body -H "Authorization: Bearer $TOKEN" -H "$JSON" "$@"; }
program() { curl --silent --show-error --fail-with-body -H "x-api-key: $KEY" -H "$JSON" "$@"; }
visitor() { curl --silent --show-error --fail-with-body -H "$JSON" "$@"; }
# One field of the JSON on standard input, such as `waitState.executionId`.
field() { python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, name: value[name], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"; }
step() { printf '\n# %s\n' "$*"; }
# Says what came, and stops if it is something else than what should.
expect() {
  printf '%s\n' "$2"
  [ "$2" = "$1" ] || { printf 'expected: %s\n' "$1" >&2; exit 1; }
}

# --- A flow, published and deployed -----------------------------------------------------------------------------------

step "A flow that sums up: it is made, deployed, and gets a key"
FLOW=$(person "$BASE/v1/flow" -d '{"definition": {
  "name": "Summary",
  "description": "Says what a customer wrote about",
  "triggers": [{"type": "api"}, {"type": "form"}, {"type": "schedule"}],
  "inputs": {"type": "object", "properties": {"customerId": {"type": "string"}, "topic": {"type": "string"}},
             "required": ["customerId", "topic"]},
  "start": "done",
  "steps": [{"id": "done", "type": "final", "config": {"output": {"summary": "{{ customerId }} about {{ topic }}"}}}]
}}' | field id)
person "$BASE/v1/flow/$FLOW/deploy" -d '{}' > /dev/null
KEY=$(person "$BASE/v1/flow/$FLOW/api-key" -d '{"name": "curl"}' | field key)

# --- People: the dashboard's route ------------------------------------------------------------------------------------

step "POST /v1/flow/execute/:flowId, the output alone"
RESULT=$(person "$BASE/v1/flow/execute/$FLOW" \
  -d '{"inputs": {"customerId": "C-1", "topic": "invoice"}, "returnExecutionMetadata": false}')
expect '{"summary":"C-1 about invoice"}' "$RESULT"

step "The same with metadata: status, appRunId, output"
RESULT=$(person "$BASE/v1/flow/execute/$FLOW" \
  -d '{"inputs": {"customerId": "C-1", "topic": "invoice"}, "returnExecutionMetadata": true}')
RUN=$(printf %s "$RESULT" | field appRunId)
expect "{\"status\":\"completed\",\"appRunId\":\"$RUN\",\"output\":{\"summary\":\"C-1 about invoice\"}}" "$RESULT"

step "The run in eight views"
for VIEW in poll details inputs outputs errorDetails steps context credit-details; do
  printf '%s: ' "$VIEW"
  person "$BASE/v1/flowrun/$VIEW/$RUN" | cut -c 1-100
done
expect '{"customerId":"C-1","topic":"invoice"}' "$(person "$BASE/v1/flowrun/inputs/$RUN")"

# --- Programs: client routes and their key ----------------------------------------------------------------------------

step "POST /v1/client/flow/:flowId/execute, the inputs are the body"
RESULT=$(program "$BASE/v1/client/flow/$FLOW/execute" -d '{"customerId": "C-2", "topic": "delivery"}')
expect '{"summary":"C-2 about delivery"}' "$RESULT"

step "One version, and the newest one"
RESULT=$(program "$BASE/v1/client/flow/$FLOW/execute?version=1" -d '{"customerId": "C-2", "topic": "delivery"}')
expect '{"summary":"C-2 about delivery"}' "$RESULT"
RESULT=$(program "$BASE/v1/client/flow/$FLOW/execute?version=latest" -d '{"customerId": "C-2", "topic": "delivery"}')
expect '{"summary":"C-2 about delivery"}' "$RESULT"

step "POST …/async answers at once; poll for the result"
RUN=$(program "$BASE/v1/client/flow/$FLOW/async" -H 'Idempotency-Key: order-17' \
  -d '{"customerId": "C-3", "topic": "refund"}' | field appRunId)
until program "$BASE/v1/flowrun/poll/$RUN" | grep -q '"status":"completed"'; do sleep 0.1; done
expect '{"summary":"C-3 about refund"}' "$(program "$BASE/v1/flowrun/outputs/$RUN")"

step "The same request under the same key is the same run"
AGAIN=$(program "$BASE/v1/client/flow/$FLOW/async" -H 'Idempotency-Key: order-17' \
  -d '{"customerId": "C-3", "topic": "refund"}' | field appRunId)
expect "$RUN" "$AGAIN"

# --- Visitors: a share link -------------------------------------------------------------------------------------------

step "GET /v1/flow/share/:token describes, POST /v1/flow/share/execute/:token runs, without any sign-in"
SHARE=$(person "$BASE/v1/flow/$FLOW/share" -d '{"name": "Web site"}' | field token)
expect 'Summary' "$(visitor "$BASE/v1/flow/share/$SHARE" | field name)"
RESULT=$(visitor "$BASE/v1/flow/share/execute/$SHARE" -d '{"customerId": "C-4", "topic": "praise"}')
expect '{"summary":"C-4 about praise"}' "$RESULT"

step "POST /v1/flow/share/file/:token and POST /v1/flow/file upload files"
printf 'hello' > "${TMPDIR:-/tmp}/hello.$$"
for DOOR in "v1/flow/share/file/$SHARE" v1/flow/file; do
  NAME=$(curl --silent --show-error --fail-with-body -H "Authorization: Bearer $TOKEN" \
    -F "file=@${TMPDIR:-/tmp}/hello.$$;filename=hello.txt" "$BASE/$DOOR" | field name)
  expect 'hello.txt' "$NAME"
done
rm "${TMPDIR:-/tmp}/hello.$$"

# --- Runs that wait ---------------------------------------------------------------------------------------------------

step "A flow that asks a person and a browser"
ASKING=$(person "$BASE/v1/flow" -d '{"definition": {
  "name": "Asks first",
  "triggers": [{"type": "api"}],
  "start": "ask",
  "steps": [
    {"id": "ask", "type": "user-approval", "config": {"message": "Go on?", "title": "Go on?"}, "output": "approval",
     "next": {"approve": "where", "reject": "no"}},
    {"id": "where", "type": "client-tool", "config": {"toolName": "getLocation", "parameters": {}}, "output": "place",
     "next": {"ok": "yes"}},
    {"id": "yes", "type": "final", "config": {"output": {"city": "{{ place.city }}"}}},
    {"id": "no", "type": "final", "config": {"output": {"city": null}}}
  ]
}}' | field id)
person "$BASE/v1/flow/$ASKING/deploy" -d '{}' > /dev/null
KEY=$(person "$BASE/v1/flow/$ASKING/api-key" -d '{"name": "curl"}' | field key)
WAITING=$(program "$BASE/v1/client/flow/$ASKING/execute" -d '{}')
RUN=$(printf %s "$WAITING" | field appRunId)
expect 'waiting user-approval' "$(printf %s "$WAITING" | field status) $(printf %s "$WAITING" | field waitState.type)"

step "POST /v1/flowrun/resume/:appRunId with a decision"
WAITING=$(program "$BASE/v1/flowrun/resume/$RUN" -d '{"decision":"approve"}')
EXECUTION=$(printf %s "$WAITING" | field waitState.executionId)
expect 'client-tool' "$(printf %s "$WAITING" | field waitState.type)"

step "POST /v1/flowrun/resume/:appRunId with the result of a client tool"
RESULT=$(program "$BASE/v1/flowrun/resume/$RUN" \
  -d "{\"toolResult\":{\"executionId\":\"$EXECUTION\",\"success\":true,\"output\":{\"city\":\"Bonn\"}}}")
expect '{"city":"Bonn"}' "$RESULT"

# --- By the clock, and around a flow ----------------------------------------------------------------------------------

step "POST /v1/flow/:flowId/schedule, GET, and schedule-cancel"
person "$BASE/v1/flow/$FLOW/schedule" \
  -d '{"cron": "0 9 * * 1", "data": {"inputs": {"customerId": "C-5", "topic": "week"}}}' > /dev/null
expect '0 9 * * 1' "$(person "$BASE/v1/flow/$FLOW/schedule" | field cron)"
person -X POST "$BASE/v1/flow/$FLOW/schedule-cancel" > /dev/null

step "GET /v1/flow/:flowId/logs and POST …/clone"
person "$BASE/v1/flow/$FLOW/logs?limit=2" | cut -c 1-100
expect 'Summary (copy)' "$(person -X POST "$BASE/v1/flow/$FLOW/clone" | field name)"

step "GET /v1/flow/:flowId/export and POST /v1/flow/import"
person "$BASE/v1/flow/$FLOW/export" > "${TMPDIR:-/tmp}/flow.$$"
expect 'Summary' "$(person "$BASE/v1/flow/import" -d "@${TMPDIR:-/tmp}/flow.$$" | field name)"
rm "${TMPDIR:-/tmp}/flow.$$"

printf '\nEverything was answered as it should be.\n'
