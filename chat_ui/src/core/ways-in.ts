/** What the sign-in screen asks of the server: fetched with it, since most people are signed in already. */
import type { Actor } from "~/protocol/wire.gen.ts";
import type { Api } from "./api.ts";

/** How people can come in. */
export interface WaysIn {
  /** What the button to the identity provider says, if there is one. */
  singleSignOn: string | null;
  /** Whether a forgotten password can be reset by mail. */
  mail: boolean;
}

/** What an invitation is for. */
export interface Welcome {
  workspace: string;
  email: string;
  invitedBy: string;
}

/** How people can come in here. */
export function waysIn(api: Api): Promise<WaysIn> {
  return api.call("GET", "/v1/auth");
}

/** A session for who knows the password. */
export function signInByPassword(api: Api, email: string, password: string): Promise<Actor> {
  return api.call("POST", "/v1/auth/sign-in", { email, password });
}

/** Where the identity provider is asked. */
export function providerUrl(api: Api): string {
  return `${api.base}/v1/auth/oidc`;
}

/** Sends a link to set a new password, if the address is known; nothing tells which. */
export function askReset(api: Api, email: string): Promise<void> {
  return api.call("POST", "/v1/auth/reset", { email });
}

/** Sets a new password by the code of a link, and signs in. */
export function renewPassword(api: Api, code: string, password: string): Promise<Actor> {
  return api.call("POST", "/v1/auth/password", { code, password });
}

/** What an invitation is for. */
export function lookAtInvitation(api: Api, code: string): Promise<Welcome> {
  return api.call("POST", "/v1/auth/invitation", { code });
}

/** Joins by an invitation, and signs in. */
export function accept(api: Api, code: string, name: string, password: string): Promise<Actor> {
  return api.call("POST", "/v1/auth/accept", { code, name, password });
}
