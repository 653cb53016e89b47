import { expect, test } from 'vitest'
import { ZodError } from 'zod'
import { CONTRACT_HEADER } from '#contract/version'
import { readAnswer } from './answer'

const from = (version: string | null, body: unknown) =>
  new Response(JSON.stringify(body), { headers: version === null ? {} : { [CONTRACT_HEADER]: version } })
const wrong = { isNeeded: 'perhaps' }

test('a gateway of the same contract has checked its answer already', async () => {
  await expect(readAnswer('getSetup', from('one', wrong), 'one')).resolves.toEqual(wrong)
})

test('the answer of any other gateway is checked', async () => {
  for (const [other, own] of [
    ['two', 'one'],
    [null, 'one'],
    ['one', null],
    [null, null],
  ] as const) {
    await expect(readAnswer('getSetup', from(other, wrong), own)).rejects.toBeInstanceOf(ZodError)
    await expect(readAnswer('getSetup', from(other, { isNeeded: true, added: 1 }), own)).resolves.toEqual({
      isNeeded: true,
    })
  }
})

test('what is no JSON is no answer, whoever says it', async () => {
  const page = new Response('<!doctype html>', { headers: { [CONTRACT_HEADER]: 'one' } })
  await expect(readAnswer('getSetup', page, 'one')).rejects.toBeInstanceOf(SyntaxError)
})
