/** One step of `npm test`: a command, how long it took, and how many tests it counts for. */
import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import path from 'node:path'
import { endOf, type Totals } from './test-report.ts'

export interface Step {
  name: string
  /** A program of node_modules/.bin, or npm, and its arguments. */
  command: string[]
  /** Reads the report that the command wrote; null when there is none. Without it the step counts as one test. */
  readTotals?: () => Totals | null
}

export interface StepResult {
  name: string
  isPassed: boolean
  seconds: number
  totals: Totals
}

/**
 * Runs a step. `grouped` holds its output back until it ends, so that steps at the same time do not mix theirs.
 * `priority` as of `os.setPriority`: 19 takes what others leave.
 */
export async function runStep(
  root: string,
  step: Step,
  output: 'streamed' | 'grouped',
  priority?: number,
): Promise<StepResult> {
  const startedMs = performance.now()
  const title = `\n> ${step.name}: ${step.command.join(' ')}\n`
  if (output === 'streamed') process.stdout.write(title)
  const [program = '', ...args] = step.command
  const chunks: Buffer[] = []
  const exitCode = await new Promise<number>((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: {
        ...process.env,
        PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (output === 'streamed') process.stdout.write(chunk)
      })
    }
    child.on('error', (error) => {
      process.stdout.write(`${program} cannot be started: ${error.message}\n`)
      resolve(1)
    })
    child.on('close', (code) => {
      resolve(code ?? 1)
    })
  })
  const said = Buffer.concat(chunks).toString('utf8')
  if (output === 'grouped') process.stdout.write(`${title}${said}`)
  return {
    name: step.name,
    isPassed: exitCode === 0,
    seconds: (performance.now() - startedMs) / 1000,
    totals: count(step, exitCode === 0, said),
  }
}

/** `said`: what the command printed, whose end stands for a failure that no test tells of. */
function count(step: Step, isPassed: boolean, said: string): Totals {
  const unnamed = { failed: 1, failures: [{ name: 'the end of its output', message: endOf(said) }] }
  if (!step.readTotals) {
    const own = { passed: 1, failed: 0, skipped: [], failures: [] }
    return isPassed ? own : { ...own, passed: 0, ...unnamed }
  }
  const totals = step.readTotals()
  if (totals === null) return { passed: 0, skipped: [], ...unnamed }
  // A run can fail although no test did: an error outside of tests, a file that does not load.
  return !isPassed && totals.failed === 0 ? { ...totals, ...unnamed } : totals
}
