import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), '../main.ts')

/** Starts the gateway as its own process and waits for its end; answers its exit code and what it wrote to the terminal. */
export function startToEnd(
  environment: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', main], {
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', PORT: '0', ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}
