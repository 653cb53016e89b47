import { PlugZap } from 'lucide-react'
import type { SourceCheck } from '#contract/source'
import { useMayEverywhere } from '@/lib/permission'
import { Button } from '@/ui/button'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { Status } from '@/ui/status'
import { stepStates, stepWords } from './source-words'
import { useTestSource } from './source.mutations'

function Result({ check }: { check: SourceCheck }) {
  return (
    <div className="space-y-3">
      <ol aria-label="What the test found" className="space-y-1.5">
        {check.steps.map((step) => (
          <li key={step.name} className="grid gap-x-4 sm:grid-cols-[12rem_7rem_minmax(0,1fr)]">
            <span className="font-medium">{stepWords[step.name]}</span>
            <Status tone={stepStates[step.state].tone} className="self-start">
              {stepStates[step.state].label}
            </Status>
            <span className="text-ink-soft break-words">{step.sentence}</span>
          </li>
        ))}
      </ol>
      <FactList
        facts={[
          { name: 'Version', value: check.version ?? <span className="text-ink-muted">not told</span> },
          {
            name: 'The token acts as',
            value:
              check.actor === null ? (
                <span className="text-ink-muted">not told</span>
              ) : (
                <bdi>{check.actor}</bdi>
              ),
          },
        ]}
      />
    </div>
  )
}

/** Tries the connection when asked, step by step: address, certificate, as whom the token acts, and its rights. */
export function ConnectionTest() {
  const mayTest = useMayEverywhere('admin')
  const test = useTestSource()
  const told = test.data?.isOk === true ? 'The connection works.' : 'The connection does not work.'
  return (
    <Panel
      title="Connection"
      hint="The test changes nothing. It says which version answers, as whom the token acts, and what that may do."
      actions={
        mayTest && (
          <Button
            icon={<PlugZap className="size-4" aria-hidden />}
            isPending={test.isPending}
            onClick={() => test.mutate()}
          >
            Test the connection
          </Button>
        )
      }
    >
      <div className="space-y-3">
        <p role="status" className={test.data ? 'font-medium' : 'text-ink-muted'}>
          {test.isPending
            ? 'Trying the connection…'
            : test.data
              ? told
              : mayTest
                ? 'Not tested since this page was opened.'
                : 'An administrator of all fleets can test it.'}
        </p>
        <ProblemNote error={test.error} />
        {test.data && <Result check={test.data} />}
      </div>
    </Panel>
  )
}
