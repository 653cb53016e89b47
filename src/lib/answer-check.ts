/** Holds every schema of the contract, so it is fetched only when an answer is in doubt: see `answer.ts`. */
import { routes, type RouteName } from '#contract/routes'

/** The answer as the contract has it. @throws ZodError when it is something else. */
export function checkAnswer(name: RouteName, answer: unknown): unknown {
  const route = routes[name]
  return 'response' in route ? route.response.parse(answer) : undefined
}
