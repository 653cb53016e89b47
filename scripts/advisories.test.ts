import { expect, test } from 'vitest'
import { accepted, judgeAudit } from './advisories.ts'

const today = new Date('2026-06-01')
const url = 'https://github.com/advisories/GHSA-xxxx'
const reportOf = (severity: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      leaf: { severity, via: [{ source: 1, name: 'leaf', title: 'Prototype pollution', url, severity }] },
      parent: { severity, via: ['leaf'] },
    },
  })

test('no advisory, and one that is not grave, pass', () => {
  expect(judgeAudit('{"vulnerabilities":{}}', [], today)).toMatchObject({ passed: 1, failed: 0 })
  expect(judgeAudit(reportOf('moderate'), [], today)).toMatchObject({ passed: 1, failed: 0 })
})

test.each(['high', 'critical'])('one that is %s fails once, by its name', (severity) => {
  expect(judgeAudit(reportOf(severity), [], today)).toMatchObject({
    passed: 0,
    failed: 1,
    failures: [{ name: 'leaf: Prototype pollution', message: `${severity}, ${url}` }],
  })
})

test('one that is accepted with its reason passes until its day', () => {
  const known = [{ url, reason: 'only in a parser that we do not call', until: '2026-07-01' }]
  expect(judgeAudit(reportOf('high'), known, today)).toMatchObject({ passed: 1, failed: 0 })
  const late = judgeAudit(reportOf('high'), known, new Date('2026-07-02'))
  expect(late.failures[0]?.message).toContain('accepted until 2026-07-01: only in a parser')
})

test.each([
  ['{"message":"request to https://registry failed","error":{"summary":"","detail":""}}', 'request to https'],
  [
    '{"error":{"code":"ENOAUDIT","summary":"Your configured registry does not support audit requests."}}',
    'audit',
  ],
  ['no JSON at all', 'gave no report'],
  ['', 'gave no report'],
])('where the service cannot be asked it is skipped by name with the reason: %s', (said, reason) => {
  const { passed, failed, skipped } = judgeAudit(said, [], today)
  expect([passed, failed]).toEqual([0, 0])
  expect(skipped).toEqual([
    {
      name: 'advisories of dependencies',
      reason: expect.stringContaining(reason) as string,
      isExcused: true,
    },
  ])
})

test('what is accepted has a reason and a day', () => {
  for (const { reason, until } of accepted) {
    expect(reason).not.toBe('')
    expect(new Date(until).getTime()).not.toBeNaN()
  }
})
