import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { Problem } from '../../platform/problem.ts'

/** zxcvbn's score, 0 to 4: from 3 on more than some 10^8 guesses are needed, each of which costs an argon2 here. */
const LEAST_SCORE = 3
/** So much is judged: what is longer is no easier to guess, and would only take time. */
const JUDGED_CHARACTERS = 72
/** What everybody tries first here, besides lists of leaked passwords. */
const OWN_WORDS = ['wheelhouse', 'fleet', 'device', 'gateway', 'balena', 'dashboard']

/** Read when the first password is chosen: its word lists take some megabytes, and most starts need none of them. */
let judge: Promise<ZxcvbnFactory> | null = null

async function loadJudge(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  return new ZxcvbnFactory({
    translations: english.translations,
    graphs: common.adjacencyGraphs,
    dictionary: { ...common.dictionary, ...english.dictionary },
  })
}

/**
 * Refuses a new password that is easy to guess: a known one, a pattern, or made of the person's own name or e-mail. `field` is
 * where it came in, such as `body.password`.
 */
export async function mustBeStrong(
  field: string,
  password: string,
  person: { name: string; email: string },
): Promise<void> {
  const { score, feedback } = (await (judge ??= loadJudge())).check(password.slice(0, JUDGED_CHARACTERS), [
    ...person.name.split(/\s+/),
    person.name.replaceAll(/\s/g, ''),
    person.email,
    person.email.split('@')[0] ?? '',
    ...OWN_WORDS,
  ])
  if (score >= LEAST_SCORE) return
  const why = feedback.warning ? ` (${feedback.warning.replace(/\.$/, '')})` : ''
  throw Problem.invalid(field, `is easy to guess${why}; several words that do not belong together are not`)
}
