/** What the sign-in screen is told before anybody is signed in. */

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
