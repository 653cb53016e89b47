import { useRef, useState } from 'react'
import type { ComposeProblem, ReleaseDetail } from '#contract/release'
import { ApiError } from '@/lib/api'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Field, TextArea, TextInput } from '@/ui/field'
import { Panel } from '@/ui/panel'
import { ProblemNote } from '@/ui/problem-note'
import { toast } from '@/ui/toast.store'
import { ComposePanel } from './compose-panel'
import { splitRefusals } from './compose-problems'
import { DeviceTypeChoice, type DeviceTypeOption } from './device-type-choice'
import { FoundServices } from './found-services'
import { parseImageSizes } from './image-sizes'
import { ReleaseStatusChoice } from './release-status-choice'
import { useCreateRelease } from './releases.mutations'
import { useComposeCheck } from './use-compose-check'

export type ReleaseFormFleet = { id: number; name: string; deviceCount: number; tracksLatest: boolean }
type ReleaseFormProps = {
  fleet: ReleaseFormFleet
  deviceTypes: readonly DeviceTypeOption[]
  onCreated: (release: ReleaseDetail) => void
}

const SIZES_EXAMPLE =
  '{ "main": { "sizeBytes": 84000000, "layers": [{ "digest": "sha256:…", "sizeBytes": 84000000 }] } }'

/** Makes a release from a compose file; what is wrong is said beside its field, or at its line. */
export function ReleaseForm({ fleet, deviceTypes, onCreated }: ReleaseFormProps) {
  const [values, setValues] = useState({
    semver: '',
    composeYaml: '',
    notes: '',
    imagesJson: '',
    // Final would reach every device of such a fleet at once, so that must be asked for.
    isDraft: fleet.tracksLatest,
    deviceTypes: [] as string[],
  })
  const [refusedText, setRefusedText] = useState<string | null>(null)
  const [isConfirming, setConfirming] = useState(false)
  const textRef = useRef<HTMLTextAreaElement>(null)
  const mayCreate = useMay('release-manager')
  const check = useComposeCheck(fleet.id, values.composeYaml)
  const create = useCreateRelease(fleet.id)
  const sizes = parseImageSizes(values.imagesJson)
  const refusals = splitRefusals(create.error instanceof ApiError ? create.error.fields : [])
  const fieldError = (field: string) => refusals.byField.get(field)
  // What the gateway said of the file when it refused it holds for that text only.
  const problems: ComposeProblem[] =
    refusals.problems.length > 0 && refusedText === values.composeYaml ? refusals.problems : check.problems
  const set = <K extends keyof typeof values>(key: K, value: (typeof values)[K]) =>
    setValues((held) => ({ ...held, [key]: value }))
  const isComplete = values.semver.trim() !== '' && check.isValid && sizes.images !== null
  const reachesAll = !values.isDraft && fleet.tracksLatest
  const submit = () =>
    create.mutate(
      {
        semver: values.semver.trim(),
        composeYaml: values.composeYaml,
        notes: values.notes,
        isDraft: values.isDraft,
        deviceTypes: values.deviceTypes,
        images: sizes.images ?? {},
      },
      {
        onSuccess: (release) => {
          toast('ok', `${release.semver} is made.`)
          onCreated(release)
        },
        onError: () => {
          setRefusedText(values.composeYaml)
          setConfirming(false)
        },
      },
    )
  return (
    <form
      noValidate
      className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(20rem,2fr)]"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isComplete || create.isPending) return
        if (reachesAll) setConfirming(true)
        else submit()
      }}
    >
      <div className="min-w-0 space-y-4">
        <ComposePanel
          value={values.composeYaml}
          onChange={(text) => set('composeYaml', text)}
          problems={problems}
          state={check.state}
          failure={check.failure}
          error={fieldError('composeYaml')}
          textRef={textRef}
        />
        <FoundServices services={check.services} images={sizes.images ?? {}} />
      </div>
      <div className="min-w-0 space-y-4">
        <Panel title="Release">
          <div className="space-y-4">
            <Field label="Version" hint="A semantic version, such as 2.4.0." error={fieldError('semver')}>
              {(field) => (
                <TextInput
                  {...field}
                  value={values.semver}
                  maxLength={60}
                  autoComplete="off"
                  onChange={(event) => set('semver', event.target.value)}
                />
              )}
            </Field>
            <ReleaseStatusChoice
              fleet={fleet}
              isDraft={values.isDraft}
              onChange={(isDraft) => set('isDraft', isDraft)}
            />
            <Field label="Notes" hint="Plain text; can be changed later." error={fieldError('notes')}>
              {(field) => (
                <TextArea
                  {...field}
                  rows={4}
                  maxLength={20_000}
                  value={values.notes}
                  onChange={(event) => set('notes', event.target.value)}
                />
              )}
            </Field>
            <DeviceTypeChoice
              options={deviceTypes}
              selected={values.deviceTypes}
              error={fieldError('deviceTypes')}
              onChange={(chosen) => set('deviceTypes', chosen)}
            />
            <Field
              label="Image sizes (optional)"
              hint={
                <>
                  By service, as the registry says. With them an update’s bytes are known before it is sent:{' '}
                  <span className="font-mono break-all">{SIZES_EXAMPLE}</span>
                </>
              }
              error={sizes.error ?? fieldError('images')}
            >
              {(field) => (
                <TextArea
                  {...field}
                  rows={3}
                  spellCheck={false}
                  className="font-mono text-[13px]"
                  value={values.imagesJson}
                  onChange={(event) => set('imagesJson', event.target.value)}
                />
              )}
            </Field>
          </div>
        </Panel>
        <ProblemNote error={create.error} />
        <div className="flex flex-wrap items-center justify-end gap-3">
          <span className="text-ink-muted text-[13px]" role="status">
            {mayCreate ? missing(values, check.state, check.isValid) : 'Needs the role release manager'}
          </span>
          <Button
            type="submit"
            variant="primary"
            disabled={!isComplete || !mayCreate}
            isPending={create.isPending}
          >
            {values.isDraft ? 'Make draft' : 'Make final release'}
          </Button>
        </div>
      </div>
      {isConfirming && (
        <ConfirmDialog
          title={`Make ${values.semver.trim()} final`}
          confirmLabel="Make it final"
          isDangerous
          isPending={create.isPending}
          error={null}
          onClose={() => setConfirming(false)}
          onConfirm={submit}
        >
          <p>
            {fleet.name} tracks the latest final release:{' '}
            <strong>all {formatNoun(fleet.deviceCount, 'device')} that are not pinned get it at once</strong>,
            without a rollout. Make it a draft to send it by a rollout instead.
          </p>
        </ConfirmDialog>
      )}
    </form>
  )
}

/** What keeps the button from working, in words. */
function missing(values: { semver: string }, state: string, isValid: boolean): string {
  if (state === 'empty') return 'Paste or upload a compose file'
  if (state === 'checked' && !isValid) return 'The compose file has errors'
  if (values.semver.trim() === '') return 'Give it a version'
  return ''
}
