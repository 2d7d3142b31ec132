/** What the sign-in screen asks of the server: fetched with it, since most people are signed in already. */
import type { WaysAnswer, WelcomeAnswer } from "~/protocol/api.gen.ts";
import type { Actor } from "~/protocol/wire.gen.ts";
import type { Api } from "./api.ts";

/** How people can come in. */
export type WaysIn = WaysAnswer;

/** What an invitation is for. */
export type Welcome = WelcomeAnswer;

/** How people can come in here. */
export function waysIn(api: Api): Promise<WaysIn> {
  return api.call("GET /v1/auth");
}

/** A session for who knows the password. */
export function signInByPassword(api: Api, email: string, password: string): Promise<Actor> {
  return api.call("POST /v1/auth/sign-in", { body: { email, password } });
}

/** A session for the owner whose token the settings fix. */
export function signInByOwnerToken(api: Api, token: string): Promise<Actor> {
  return api.call("POST /v1/auth/sign-in", { body: { token } });
}

/** Where the identity provider is asked. */
export function providerUrl(api: Api): string {
  return `${api.base}/v1/auth/oidc`;
}

/** Sends a link to set a new password, if the address is known; nothing tells which. */
export async function askReset(api: Api, email: string): Promise<void> {
  await api.call("POST /v1/auth/reset", { body: { email } });
}

/** Sets a new password by the code of a link, and signs in. */
export function renewPassword(api: Api, code: string, password: string): Promise<Actor> {
  return api.call("POST /v1/auth/password", { body: { code, password } });
}

/** What an invitation is for. */
export function lookAtInvitation(api: Api, code: string): Promise<Welcome> {
  return api.call("POST /v1/auth/invitation", { body: { code } });
}

/** Joins by an invitation, and signs in. */
export function accept(api: Api, code: string, name: string, password: string): Promise<Actor> {
  return api.call("POST /v1/auth/accept", { body: { code, name, password } });
}
