import { afterAll, beforeAll } from 'vitest'
import type { Database } from '../platform/db/database.ts'
import { deviceCalls, type DeviceCalls } from './device-calls.ts'
import { startTestApp, TestClock, type TestApp } from './test-app.ts'

/** Two gateways on one store, for one suite. What one does the other only learns from the store. */
export class TwoGateways {
  database!: Database
  readonly clock = new TestClock()
  one!: TestApp
  other!: TestApp
  /** Where they listen. */
  oneUrl!: string
  otherUrl!: string
  /** As devices that speak to `one`, and to `other`. */
  calls!: DeviceCalls
  otherCalls!: DeviceCalls
}

export function twoGateways(open: () => Promise<Database>): TwoGateways {
  const on = new TwoGateways()
  beforeAll(async () => {
    on.database = await open()
    const { database, clock } = on
    on.one = await startTestApp({ database, clock })
    on.other = await startTestApp({ database, clock })
    on.oneUrl = await on.one.listen()
    on.otherUrl = await on.other.listen()
    on.calls = deviceCalls(on.oneUrl)
    on.otherCalls = deviceCalls(on.otherUrl)
  })
  afterAll(async () => {
    await on.one.close()
    await on.other.close()
    await on.database.close()
  })
  return on
}
