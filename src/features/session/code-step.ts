import { ApiError } from '@/lib/api'

const codeOf = (error: unknown) => (error instanceof ApiError ? error.problem?.code : undefined)

/** Whether a sign-in went well so far and waits for a code: no failure, but one more step. */
export const isCodeNeeded = (error: unknown): boolean => codeOf(error) === 'code-needed'

/** Whether what is to be mended is the code alone. */
export const isCodeStep = (error: unknown): boolean => isCodeNeeded(error) || codeOf(error) === 'wrong-code'
