import { expect, test } from 'vitest'
import type { BulkOperation, BulkResult } from '#contract/device'
import { confirmLabel, doneText, offlineText, wordToType } from './bulk-operations'

const result = (applied: number, own: Partial<BulkResult> = {}): BulkResult => ({
  matched: applied,
  applied,
  offline: 0,
  refused: [],
  batchId: null,
  ...own,
})
const action = (kind: 'reboot' | 'purge' | 'identify' | 'restart-application'): BulkOperation => ({
  kind: 'action',
  action: kind,
  force: false,
})

test('the button says what it does to how many', () => {
  expect(confirmLabel({ kind: 'pin', releaseId: 1 }, result(1200))).toBe('Pin 1,200 devices')
  expect(confirmLabel(action('restart-application'), result(1))).toBe('Restart services on 1 device')
  expect(confirmLabel(action('reboot'), undefined)).toBe('Reboot')
})

test('what interrupts or loses much must be typed, and only for what is really touched', () => {
  expect(wordToType(action('reboot'), result(40))).toBe('40')
  expect(wordToType(action('reboot'), result(1))).toBeUndefined()
  expect(wordToType(action('purge'), result(1))).toBe('1')
  expect(wordToType(action('identify'), result(40))).toBeUndefined()
  expect(wordToType({ kind: 'move', fleetId: 2 }, result(3))).toBe('3')
  expect(wordToType(action('purge'), result(0))).toBeUndefined()
})

test('devices that cannot be heard are told of by what it means for them', () => {
  expect(offlineText({ kind: 'unpin' }, 2)).toContain('will follow when they return')
  expect(offlineText(action('reboot'), 1)).toContain('expires')
  expect(offlineText({ kind: 'tag', key: 'a', value: '' }, 1)).toContain('change at once')
})

test('what was refused is not kept back afterwards', () => {
  const refused = [{ reason: 'Is not pinned', count: 3, examples: ['a'] }]
  expect(doneText({ kind: 'unpin' }, result(2, { refused }))).toBe('2 devices unpinned; 3 refused')
})
