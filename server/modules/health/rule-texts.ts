import { healthThresholds, type HealthCode, type HealthRule } from '#contract/health'
import type { RuleText } from './rule-text.ts'
import { connectionTexts } from './rule-texts-connection.ts'
import { groundTexts } from './rule-texts-ground.ts'
import { softwareTexts } from './rule-texts-software.ts'

/** Every reason a device can show; docs/health.md lists them (`npm run docs:health`). */
export const ruleTexts: readonly RuleText[] = [...connectionTexts, ...groundTexts, ...softwareTexts]

const byCode = new Map(ruleTexts.map((text) => [text.code, text]))
export function ruleTextOf(code: HealthCode): RuleText {
  const text = byCode.get(code)
  if (!text) throw new Error(`the rule ${code} has no text`)
  return text
}

const defaults = healthThresholds.parse({})

/** The rules as the API lists them, with the limits that hold unless a fleet has its own. */
export const listedRules = (): HealthRule[] =>
  ruleTexts.map(({ code, layer, title, rule, source, meaning, help }) => ({
    code,
    layer,
    title,
    explanation: `${rule(defaults)} ${meaning}`,
    source,
    help: help.join(' '),
  }))
