import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Prometheus metrics of one gateway; a registry of its own, so that tests can build several gateways. */
export function makeMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requests: new Histogram({
      name: 'wheelhouse_http_request_seconds',
      help: 'Time to answer by route and status',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    reports: new Counter({
      name: 'wheelhouse_device_reports_total',
      help: 'Device reports by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    logLines: new Counter({
      name: 'wheelhouse_log_lines_total',
      help: 'Log lines by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    jobFailures: new Counter({
      name: 'wheelhouse_job_failures_total',
      help: 'Failed turns of background jobs',
      labelNames: ['job'],
      registers,
    }),
    /** Gauges that are read when somebody asks for the metrics. */
    watch(live: {
      sockets: () => number
      topics: () => number
      rememberedDevices: () => number
      isRemembering: () => boolean
    }): void {
      gauge('wheelhouse_live_sockets', 'Open sockets of pages and device channels', live.sockets)
      gauge('wheelhouse_live_topics', 'Topics watched', live.topics)
      gauge(
        'wheelhouse_remembered_devices',
        'Devices whose next report reads nothing',
        live.rememberedDevices,
      )
      gauge('wheelhouse_remembering_devices', '1 while devices are read after a start, else 0', () =>
        Number(live.isRemembering()),
      )
    },
  }
  function gauge(name: string, help: string, read: () => number) {
    return new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
}
