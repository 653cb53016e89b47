/** The gateway, restarted at every change, and Vite's page before it; one Ctrl-C stops both. */
import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = (name: string) => path.join(root, 'node_modules/.bin', name)
const gatewayUrl = `http://127.0.0.1:${process.env.PORT ?? '8080'}`

const start = (command: string, args: string[], extra: Record<string, string> = {}): ChildProcess =>
  spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...extra },
    shell: process.platform === 'win32',
  })

const children = [
  start(bin('tsx'), ['watch', '--clear-screen=false', 'server/main.ts']),
  start(bin('vite'), ['dev', '--clearScreen', 'false'], { WHEELHOUSE_URL: gatewayUrl }),
]

let isStopping = false
function stop(): void {
  if (isStopping) return
  isStopping = true
  for (const child of children) if (child.exitCode === null) child.kill('SIGTERM')
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
for (const child of children) {
  // One without the other is of no use.
  child.on('exit', (code) => {
    if (!isStopping) process.exitCode = code ?? 1
    stop()
  })
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
    stop()
  })
}
