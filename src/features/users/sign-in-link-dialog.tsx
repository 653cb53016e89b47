import type { User } from '#contract/session'
import { formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { ProblemNote } from '@/ui/problem-note'
import { SecretBox } from '@/ui/secret-box'
import { useCreateSignInLink } from './users.mutations'

/** A link that signs somebody in once; it is shown here and nowhere else. */
export function SignInLinkDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const create = useCreateSignInLink(user.id)
  const link = create.data
  return (
    <Dialog
      title={`Sign-in link for ${user.name}`}
      onClose={onClose}
      footer={
        link ? (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" isPending={create.isPending} onClick={() => create.mutate()}>
              Make the link
            </Button>
          </>
        )
      }
    >
      <div className="space-y-3">
        {link ? (
          <SecretBox label="Sign-in link" secret={link.url}>
            It works once, until {formatInstant(link.expiresAt)}, and is shown only now. Whoever opens it
            first is signed in as {user.email}.
          </SecretBox>
        ) : (
          <p>
            The link signs its first user in as {user.email}, without a password, within an hour. Send it by a
            way that only they can read.
          </p>
        )}
        <ProblemNote error={create.error} />
      </div>
    </Dialog>
  )
}
