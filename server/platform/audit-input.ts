/** What a module tells the audit log of one change; the audit module stores it. */
export type AuditInput = {
  actor: { name: string; kind: 'user' | 'api-token' | 'device' | 'system'; address?: string }
  action: string
  subjectKind: string
  subjectId: string
  fleetId?: number | null
  summary: string
  data?: Record<string, unknown>
}
