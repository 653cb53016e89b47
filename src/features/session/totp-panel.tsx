import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatNoun } from '@/lib/format'
import { createPart, usePart } from '@/lib/part'
import { Button } from '@/ui/button'
import { PART_MISSING } from '@/ui/hanging'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { Status } from '@/ui/status'
import { toast } from '@/ui/toast.store'
import { ownTotpQuery } from './totp.queries'

/** Fetched when codes are about to be switched on or off: most people do neither. */
const dialogPart = createPart(() => import('./totp-dialogs'))
const FEW_CODES = 3

/** Whether signing in asks for a code of an authenticator app as well. */
export function TotpPanel() {
  const query = useQuery(ownTotpQuery())
  const [asked, setAsked] = useState<'on' | 'renew' | 'off' | null>(null)
  const close = () => setAsked(null)
  const isOn = query.data?.isOn
  const dialogs = usePart(dialogPart, asked !== null, () => {
    close()
    toast('critical', PART_MISSING)
  })
  return (
    <Panel
      title="Second step"
      hint="A code of an authenticator app, asked for besides your password or a one-time link."
      actions={
        isOn !== undefined && (
          <>
            {isOn && <Button onClick={() => setAsked('renew')}>New recovery codes</Button>}
            {!(isOn && query.data?.isRequired) && (
              <Button onClick={() => setAsked(isOn ? 'off' : 'on')}>
                {isOn ? 'Switch off' : 'Switch on'}
              </Button>
            )}
          </>
        )
      }
    >
      <QueryView query={query} what="your second step">
        {({ recoveryCodesLeft, isRequired }) =>
          isOn === true ? (
            <div className="space-y-1">
              <Status tone="ok">
                Signing in asks for a code{isRequired && ', as it does for everybody here'}
              </Status>
              <p className={recoveryCodesLeft < FEW_CODES ? 'text-attention' : 'text-ink-muted'}>
                {formatNoun(recoveryCodesLeft, 'recovery code')} left
                {recoveryCodesLeft < FEW_CODES && '. Make new ones before they run out.'}
              </p>
            </div>
          ) : (
            <p>Your password, or a one-time link, is enough to sign in.</p>
          )
        }
      </QueryView>
      {dialogs && asked === 'on' && <dialogs.SwitchOnDialog onClose={close} />}
      {dialogs && asked === 'renew' && <dialogs.RenewCodesDialog onClose={close} />}
      {dialogs && asked === 'off' && <dialogs.SwitchOffDialog onClose={close} />}
    </Panel>
  )
}
