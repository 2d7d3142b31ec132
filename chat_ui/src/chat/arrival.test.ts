import { describe, expect, it } from "vitest";
import { arrivalOf } from "./arrival.ts";

describe("what a link brings", () => {
  it.each([
    ["#/sign-in=psl_a-b_c", { kind: "sign-in", code: "psl_a-b_c" }],
    ["#sign-in/psl_1", { kind: "sign-in", code: "psl_1" }],
    ["#/sign-in-failed=oidc_state", { kind: "sign-in-failed", code: "oidc_state" }],
    ["#/invitation=psi_1", { kind: "invitation", code: "psi_1" }],
    ["#/password=psr_1", { kind: "password", code: "psr_1" }],
    ["#/visit=psq_1", { kind: "visit", code: "psq_1" }],
  ])("%s is read", (fragment, arrival) => expect(arrivalOf(fragment)).toEqual(arrival));

  it.each(["", "#/", "#/c/c1", "#/invitation=", "#/other=1"])("%s brings nothing", (fragment) =>
    expect(arrivalOf(fragment)).toBeUndefined(),
  );
});
