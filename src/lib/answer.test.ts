import { expect, test } from 'vitest'
import { ZodError } from 'zod'
import { readAnswer } from './answer'

const wrong = JSON.stringify({ isNeeded: 'perhaps' })
const setup = { isNeeded: true, hasPasswords: true, openId: null }
const more = JSON.stringify({ ...setup, added: 1 })

test('a gateway of the same contract has checked its answer already', async () => {
  await expect(readAnswer('getSetup', wrong, 'one', 'one')).resolves.toEqual({ isNeeded: 'perhaps' })
})

test('the answer of any other gateway is checked', async () => {
  for (const [other, own] of [
    ['two', 'one'],
    [null, 'one'],
    ['one', null],
    [null, null],
  ] as const) {
    await expect(readAnswer('getSetup', wrong, other, own)).rejects.toBeInstanceOf(ZodError)
    await expect(readAnswer('getSetup', more, other, own)).resolves.toEqual(setup)
  }
})

test('what is no JSON is no answer, whoever says it', async () => {
  await expect(readAnswer('getSetup', '<!doctype html>', 'one', 'one')).rejects.toBeInstanceOf(SyntaxError)
})
