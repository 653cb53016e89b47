/**
 * Records what a client and a backend of fleets say to each other, for tests that replay it: stands between the two, on
 * loopback, until it is told to stop.
 *
 *   npm run record:source -- --target http://127.0.0.1:8080 --out recording.jsonl --product open-balena-api --version 49.0.12
 */
import { parseArgs } from 'node:util'
import { startRecordingProxy } from './recording-proxy.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    out: { type: 'string' },
    product: { type: 'string' },
    version: { type: 'string' },
    port: { type: 'string', default: '0' },
  },
})
const { target, out, product, version } = values
if (target === undefined || out === undefined || product === undefined || version === undefined) {
  console.error('Say what is recorded and where to: --target URL --out FILE --product NAME --version VERSION')
  process.exit(1)
}
const proxy = await startRecordingProxy({
  target,
  file: out,
  port: Number(values.port),
  head: { product, version, recordedAt: new Date().toISOString(), scene: null },
})
console.log(
  `Point the client at ${proxy.url}. What passes is written to ${out}, without secrets; end with Ctrl-C.`,
)
process.once('SIGINT', () => void proxy.close())
process.once('SIGTERM', () => void proxy.close())
