import { AuditList } from '@/features/audit/audit-list'
import { useMay } from '@/lib/permission'
import { NotAllowed } from '@/ui/not-allowed'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  const maySee = useMay('release-manager')
  return (
    <>
      <PageHeader title="Audit log">Who changed what, newest first. Entries are never altered.</PageHeader>
      {maySee ? (
        <AuditList />
      ) : (
        <NotAllowed title="Your role does not open the audit log">
          It needs the role release manager. An administrator can change your role in Settings, Users.
        </NotAllowed>
      )}
    </>
  )
}
