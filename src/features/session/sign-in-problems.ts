import type { SignInProblem } from '#contract/session'

/** Why somebody came back from the provider without being signed in; `name`: what the provider is called here. */
const words: Record<SignInProblem, (name: string) => string> = {
  stale: (name) =>
    `That sign-in with ${name} was begun in another browser, took longer than ten minutes, or was used already. Begin it once more.`,
  denied: (name) => `${name} did not let you sign in, or it was called off there.`,
  untrusted: (name) =>
    `The answer of ${name} does not fit what was asked, so it was not believed. Try again; if it stays so, an administrator finds the reason in the gateway’s log.`,
  unavailable: (name) => `${name} does not answer now. Try again shortly, or sign in another way.`,
  'no-role': (name) =>
    `${name} knows you, but nothing it says of you opens anything here. Ask an administrator which group you need.`,
  disabled: () => 'Your account is disabled here. Ask an administrator to enable it.',
  'too-many': () => 'Too many sign-ins from your address have failed. Try again in a quarter of an hour.',
  failed: () => 'The gateway could not end the sign-in. Try again; its log has the reason.',
}

const isKnown = (code: string): code is SignInProblem => Object.hasOwn(words, code)

/** The problem that the address names, in words; null where it names none that there is. */
export const signInProblemText = (code: string | null, providerName: string): string | null =>
  code !== null && isKnown(code) ? words[code](providerName) : null
