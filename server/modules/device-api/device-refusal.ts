import type { FastifyReply } from 'fastify'
import type { z } from 'zod'

const MAX_REASONS = 5

/** Answers 400 with what is wrong, field by field, as the plain text that supervisors write to their journal. */
export function refuse(reply: FastifyReply, error: z.ZodError): FastifyReply {
  const reasons = error.issues.slice(0, MAX_REASONS).map((issue) => {
    const field = issue.path.map(String).join('.')
    return field === '' ? issue.message : `${field}: ${issue.message}`
  })
  return reply.code(400).type('text/plain; charset=utf-8').send(reasons.join('; '))
}
