import type { RouteName } from '#contract/routes'
import { CONTRACT_VERSION } from '#contract/version'
import { createPart, preloadPart } from './part'

const check = createPart(() => import('./answer-check'))

/** Ahead of the day when the gateway is updated under an open page and no longer has this page's files. */
export const preloadAnswerCheck = () => preloadPart(check)

/**
 * The body of an answer, known to be what the contract says. The gateway checks every answer before it leaves; one that
 * keeps the very contract this page was built with needs no second look, any other is checked here.
 * @param itsVersion the contract that the answer says it keeps (`x-wheelhouse-contract`); null: it says nothing.
 * @param ownVersion the contract this page was built with; null: run from source, so everything is checked.
 * @throws Error when it is no JSON, is something else than the contract says, or cannot be checked.
 */
export async function readAnswer(
  name: RouteName,
  text: string,
  itsVersion: string | null,
  ownVersion: string | null = CONTRACT_VERSION,
): Promise<unknown> {
  const body: unknown = JSON.parse(text)
  if (ownVersion !== null && itsVersion === ownVersion) return body
  const { checkAnswer } = check.get() ?? (await check.load())
  return checkAnswer(name, body)
}
