/**
 * The list of reasons in docs/health.md is made from the gateway's own texts; a test compares the two. To write it anew:
 *
 *     npm run docs:health
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { healthThresholds, layers } from '#contract/health'
import { ruleTexts } from '../server/modules/health/rule-texts.ts'

export const healthFile = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../docs/health.md')

const FROM = '<!-- from here on made by npm run docs:health -->'
const TO = '<!-- to here -->'
const layerNames = {
  hardware: 'Hardware',
  network: 'Network',
  'host-os': 'Host OS',
  engine: 'Engine',
  supervisor: 'Supervisor',
  service: 'Services',
}
const defaults = healthThresholds.parse({})
/** What Markdown would take for emphasis or a tag. */
const plain = (text: string) => text.replace(/[_*<>]/g, '\\$&')

function reason({ code, title, rule, limits, source, meaning, help }: (typeof ruleTexts)[number]): string {
  const settings = limits.map((key) => `\`${key}\` ${defaults[key]}`).join(', ')
  return `#### ${title} (\`${code}\`)

- **Rule:** ${plain(rule(defaults))}${settings === '' ? '' : ` Limits: ${settings}.`}
- **Read from:** ${plain(source)}
- **Means:** ${plain(meaning)}
- **Helps:** ${plain(help.join(' '))}`
}

function reasons(): string {
  return layers
    .flatMap((layer) => {
      const own = ruleTexts.filter((text) => text.layer === layer)
      return own.length === 0 ? [] : [`### ${layerNames[layer]}`, ...own.map(reason)]
    })
    .join('\n\n')
}

/** The page with its list of reasons as the gateway's texts say it. */
export function healthPage(written: string): string {
  const from = written.indexOf(FROM)
  const to = written.indexOf(TO)
  if (from === -1 || to < from) throw new Error(`docs/health.md has lost its marks: ${FROM} … ${TO}`)
  return `${written.slice(0, from)}${FROM}\n\n${reasons()}\n\n${written.slice(to)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(healthFile, healthPage(readFileSync(healthFile, 'utf8')))
  process.stdout.write('docs/health.md\n')
}
