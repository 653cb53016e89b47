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
    sockets: new Gauge({ name: 'wheelhouse_live_sockets', help: 'Open sockets of pages', registers }),
    topics: new Gauge({ name: 'wheelhouse_live_topics', help: 'Topics watched', registers }),
  }
}
export type Metrics = ReturnType<typeof makeMetrics>
