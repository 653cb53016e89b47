import { describe, expect, it } from 'vitest'
import { deviceReport } from '#contract/device-protocol'
import { advance, type Conditions } from '../engine/apply.ts'
import { emptyEngine, preload } from '../engine/engine.ts'
import type { DesiredRelease } from '../engine/target.ts'
import { diffReport, isMetricsOnly, reportApps } from './report.ts'

const release = (version: string): DesiredRelease => ({
  appUuid: 'app',
  commit: `commit-${version}`,
  services: [
    {
      name: 'main',
      serviceId: 7,
      image: `registry.example/main:${version}`,
      reference: `registry.example/main:${version}`,
      strategy: 'download-then-kill',
      handoverMs: 0,
      config: version,
      isRunning: true,
      fault: null,
    },
  ],
})
const conditions: Conditions = {
  hasNetwork: true,
  bytesPerSecond: 2_000_000,
  isDeltaEnabled: false,
  isLocked: false,
  faultOf: () => null,
}

describe('the apps of a report', () => {
  it('goes through the statuses of an update in upstream’s order', () => {
    const engine = emptyEngine()
    preload(engine, release('1.0.0'))
    advance(engine, release('1.0.0'), conditions, 60_000)
    const next = release('1.1.0')
    const seen: string[] = []
    for (let step = 0; step < 5_000 && seen.at(-1) !== 'done Running'; step++) {
      advance(engine, next, conditions, 100)
      const apps = reportApps(engine, next, ['app'])
      expect(deviceReport.parse({ apps }).apps).toEqual(apps)
      const { update_status: update, services } = apps['app']!.releases![next.commit]!
      const status = `${update} ${services['main']!.status}`
      if (seen.at(-1) !== status) seen.push(status)
      // The release is named only once it is applied whole.
      expect(apps['app']!.release_uuid === next.commit).toBe(engine.appliedCommit === next.commit)
    }
    expect(seen).toEqual([
      'downloading Downloading',
      'downloaded Downloaded',
      'applying changes Installing',
      'applying changes Installed',
      'done Starting',
      'done Running',
    ])
  })

  it('tells 0 percent before a download begins, and names only what the target names', () => {
    const apps = reportApps(emptyEngine(), release('1.0.0'), ['app', 'empty'])
    expect(apps).toEqual({
      app: {
        releases: {
          'commit-1.0.0': {
            update_status: 'downloading',
            services: {
              main: { image: 'registry.example/main:1.0.0', status: 'Downloading', download_progress: 0 },
            },
          },
        },
      },
      empty: { releases: {} },
    })
  })
})

describe('the difference to what was told', () => {
  it('is everything at first and nothing when nothing changed', () => {
    const now = { status: 'Idle', cpu_usage: 12, apps: { app: { releases: {} } } }
    expect(diffReport({}, now)).toEqual(now)
    expect(diffReport(now, structuredClone(now))).toBeNull()
  })

  it('sends a changed field whole', () => {
    const told = { status: 'Idle', apps: { a: { releases: {} }, b: { releases: {} } } }
    const now = { status: 'Idle', apps: { a: { releases: {} }, b: { release_uuid: 'x', releases: {} } } }
    expect(diffReport(told, now)).toEqual({ apps: now.apps })
  })

  it('lets a figure pass only when it crosses into another bucket', () => {
    expect(diffReport({ cpu_usage: 21, cpu_temp: 52 }, { cpu_usage: 39, cpu_temp: 54 })).toBeNull()
    expect(diffReport({ cpu_usage: 19 }, { cpu_usage: 20 })).toEqual({ cpu_usage: 20 })
    expect(diffReport({ cpu_temp: 54 }, { cpu_temp: 55 })).toEqual({ cpu_temp: 55 })
    expect(diffReport({ memory_usage: 100 }, { memory_usage: 109 })).toBeNull()
    expect(diffReport({ storage_usage: 100 }, { storage_usage: 101 })).toEqual({ storage_usage: 101 })
  })

  it('knows metrics from news: undervoltage is news', () => {
    expect(isMetricsOnly({ cpu_usage: 20, storage_usage: 3 })).toBe(true)
    expect(isMetricsOnly({ cpu_usage: 20, is_undervolted: true })).toBe(false)
  })
})
