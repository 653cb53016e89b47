import axe from 'axe-core'
import { expect } from 'vitest'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** A part of a page alone has neither landmarks nor a first heading. */
const wholePageRules = ['region', 'page-has-heading-one', 'landmark-one-main']

/** Fails with the rule, the reason and the element of everything axe finds in the page. */
export async function expectAccessible(element: Element = document.body): Promise<void> {
  // Half-way between two colours nothing has the contrast it will have.
  const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition)
  await Promise.allSettled(transitions.map((transition) => transition.finished))
  const { violations } = await axe.run(element, {
    runOnly: { type: 'tag', values: standards },
    rules: Object.fromEntries(wholePageRules.map((rule) => [rule, { enabled: false }])),
  })
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary ?? ''}`),
  )
  expect(told.join('\n')).toBe('')
}
