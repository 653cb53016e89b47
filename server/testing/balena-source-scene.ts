import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRecordingProxy } from '../../scripts/recording-proxy.ts'
import { balenaSource } from '../sources/balena/balena-source.ts'
import { BalenaBackend } from './balena-backend.ts'
import { startReplay } from './replay-source.ts'
import { sourceFacts, type SourceScene } from './source-scene.ts'
import { TestClock } from './test-app.ts'

const recording = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  '../sources/balena/recordings/open-balena-api.jsonl',
)
const nothing = () => Promise.resolve()

/** A source that asks at this address, by a clock that only the scene moves: nothing it asks for depends on when. */
function sourceAt(url: string, token: string) {
  const clock = new TestClock()
  const end = new AbortController()
  const source = balenaSource({
    url: new URL(url),
    token,
    fetch,
    signal: end.signal,
    perMinute: 10_000,
    pageSize: 2,
    nowMs: () => clock.now().getTime(),
    wait: async (ms) => clock.advance(ms),
    random: () => 0,
  })
  return { source, passTime: () => clock.advance(60_000), end: () => end.abort() }
}

/** The source on what was recorded of a real backend; offline. */
export async function openRecordedScene(): Promise<SourceScene> {
  const replay = await startReplay(recording)
  const { source, passTime, end } = sourceAt(replay.url, 'any')
  return {
    source,
    facts: sourceFacts.parse(replay.head.scene),
    ...{ poll: nothing, report: nothing, log: nothing, pinElsewhere: nothing },
    ...{ describeRelease: nothing, removeDevice: nothing },
    passTime,
    lookEveryMs: 1,
    expectNothingUnexpected: replay.expectNothingUnexpected,
    close: async () => {
      end()
      await replay.close()
    },
  }
}

/** The source on a real backend; what the two say is recorded. */
export async function openRecordingScene(of: {
  target: string
  token: string
  version: string
}): Promise<SourceScene> {
  const backend = new BalenaBackend(of.target, of.token)
  const facts = await backend.makeScene()
  const recordedAt = new Date().toISOString()
  const head = { product: 'open-balena-api', version: of.version, recordedAt, scene: facts }
  const proxy = await startRecordingProxy({ target: of.target, file: recording, head })
  const { source, passTime, end } = sourceAt(proxy.url, of.token)
  return {
    source,
    facts,
    poll: (uuid) => backend.poll(uuid),
    report: (uuid, report) => backend.report(uuid, report),
    log: (uuid, line) => backend.log(uuid, line),
    pinElsewhere: (uuid, commit) => backend.pin(uuid, commit),
    describeRelease: (commit, notes) => backend.describeRelease(commit, notes),
    removeDevice: (uuid) => backend.remove(uuid),
    passTime,
    // Each look is in the recording.
    lookEveryMs: 1_000,
    expectNothingUnexpected: () => undefined,
    close: async () => {
      end()
      await proxy.close()
    },
  }
}
