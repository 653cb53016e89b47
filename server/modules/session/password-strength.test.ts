import { expect, test } from 'vitest'
import { Problem } from '../../platform/problem.ts'
import { mustBeStrong } from './password-strength.ts'

const person = { name: 'Grace Hopper', email: 'grace.hopper@harbour.example' }
/** Why a password is refused; null: it is not. */
const refusal = (password: string) =>
  mustBeStrong('body.password', password, person).then(
    () => null,
    (problem: unknown) =>
      problem instanceof Problem ? { status: problem.status, ...problem.errors?.[0] } : problem,
  )

test.each([
  ['leaked many times', 'password12345'],
  ['a row of keys', 'qwertyuiop123'],
  ['one letter', 'aaaaaaaaaaaaaaaa'],
  ['the own name', 'gracehopper123'],
  ['the own e-mail', 'grace.hopper@harbour.example'],
  ['what it is for', 'wheelhouse2026'],
  ['the same again', 'abcabcabcabcabc'],
])('refused: %s', async (_what, password) => {
  expect(await refusal(password)).toEqual({
    status: 400,
    field: 'body.password',
    reason: expect.stringMatching(/^is easy to guess( \(.+\))?; several words/) as unknown,
  })
})

test.each(['correct horse battery staple', 'Vq8#tLw2!zXp', 'salty lantern under seven bridges'.repeat(6)])(
  'taken: %s',
  async (password) => {
    expect(await refusal(password)).toBeNull()
  },
)
