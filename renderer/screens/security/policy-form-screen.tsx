import { Button } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import type { InstanceState } from '../../../domain/instance.ts'
import { keepMine, type PolicyReading, policyDifference, policyOf } from '../../../domain/policy.ts'
import { checkPolicy } from '../../../domain/policy-check.ts'
import type { Preview } from '../../../domain/preview.ts'
import { may } from '../../../domain/rights.ts'
import { nameOf } from '../../../domain/user.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { PreviewLine } from '../../components/preview-line.tsx'
import { Screen } from '../../components/screen.tsx'
import { TypedIsBack } from '../../components/typed-is-back.tsx'
import { classesIn } from '../../styles/css.ts'
import { ConfirmOwnSignOut } from './confirm-own-sign-out.tsx'
import { ConflictPanel } from './conflict-panel.tsx'
import { acceptAsStored, discard, edit, save, undo, usePolicyEditor } from './policy-editor.ts'
import { evaluateForm, faultsOfServer, formOf, type PolicyForm } from './policy-form.ts'
import { PolicySections } from './policy-sections.tsx'
import { ChangedElsewhere, Overtaken, SavedPolicyLine, SaveProblem } from './save-outcome.tsx'
import styles from './security.module.css'
import { askPolicyPreview, usePolicyPreview } from './use-policy.ts'

const css = classesIn(styles)

interface PolicyFormScreenProps {
  readonly current: InstanceState
  readonly reading: PolicyReading
}

/** The form of the Security screen. Nothing changes anywhere before *Update* (K4). */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one form with its state and its markup; not split yet.
export function PolicyFormScreen({ current, reading }: PolicyFormScreenProps) {
  const { instance, connection } = current
  const { draft, saving, problem, overtaken, saved, restored } = usePolicyEditor(instance.id)
  const [checking, setChecking] = useState(false)
  const [asking, setAsking] = useState(false)
  const [ends, setEnds] = useState<Preview>()
  const form = draft?.form ?? formOf(reading)
  const basis = draft?.basis ?? reading
  const evaluation = evaluateForm(form, basis)
  const moved = reading.revision !== basis.revision
  const touched = JSON.stringify(form) !== JSON.stringify(formOf(basis))
  /** Comparing is asked for by who was typing; whoever comes back to what they had typed finds it open. */
  const [comparing, setComparing] = useState(moved ? basis.revision : undefined)

  const now = policyOf(reading.fields)
  const merged =
    moved && evaluation.policy ? keepMine(policyOf(basis.fields), evaluation.policy, now) : undefined
  const change = merged ? policyDifference(now, merged) : evaluation.change
  const mergeFault = merged && checkPolicy(merged, reading.fields)[0]?.message
  const serverFaults = problem?.code === 'invalid' ? faultsOfServer(problem.errors, form) : {}
  const faults = { ...serverFaults, ...evaluation.faults }

  /** A conflict with oneself, or with somebody who wanted the same, is none. */
  const isStored =
    moved &&
    !saving &&
    evaluation.policy !== undefined &&
    Object.keys(policyDifference(evaluation.policy, now)).length === 0
  useEffect(() => {
    if (isStored && draft) acceptAsStored(instance.id, draft.basis, reading)
  }, [isStored, draft, instance.id, reading])
  /** What was typed and taken back is no change that others could be in conflict with. */
  const isEmpty = moved && draft !== undefined && !touched && !saving
  useEffect(() => {
    if (isEmpty) discard(instance.id)
  }, [isEmpty, instance.id])
  const conflict =
    moved && draft && touched && !isStored
      ? overtaken || comparing === basis.revision
        ? 'compared'
        : 'marked'
      : undefined

  const connected = connection.status === 'connected' ? connection : undefined
  const fixed = connected && whyFixed(connected)
  const writable = fixed === undefined
  const previewable = connected?.capabilities.includes('policy.preview') ?? false
  const ready = writable && evaluation.ready && !mergeFault && Object.keys(change).length > 0
  const preview = usePolicyPreview(instance.id, reading.revision, change, previewable && ready)

  const onEdit = (next: PolicyForm) => edit(instance.id, { form: next, basis })
  const write = () => {
    setAsking(false)
    void save(instance.id, change, reading)
  }
  /** Never ends one's own session unasked, however fast Update is pressed after typing. */
  const update = async () => {
    setChecking(true)
    const found =
      preview.data ??
      (previewable ? await askPolicyPreview(instance.id, reading.revision, change) : undefined)
    setChecking(false)
    setEnds(found)
    if (found?.endsYours) setAsking(true)
    else write()
  }

  return (
    <form
      className={css('formScreen')}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (ready && !saving && !checking && !moved) void update()
      }}
    >
      <Screen
        title="Security"
        lead={changedBy(reading)}
        footer={
          <Footer
            problem={
              conflict === 'marked'
                ? !saving && (
                    <ChangedElsewhere theirs={reading} onCompare={() => setComparing(basis.revision)} />
                  )
                : !moved &&
                  (problem ? (
                    <SaveProblem instanceName={instance.name} problem={problem} />
                  ) : (
                    overtaken && <Overtaken instanceName={instance.name} />
                  ))
            }
            said={
              ready && (moved || !problem) ? (
                <PreviewLine supported={previewable} connected={connected !== undefined} preview={preview} />
              ) : (
                saved &&
                !draft &&
                !problem &&
                !overtaken && (
                  <SavedPolicyLine
                    instanceName={instance.name}
                    saved={saved}
                    busy={saving}
                    onUndo={() => void undo(instance.id, saved)}
                  />
                )
              )
            }
          >
            <Button
              variant="default"
              onClick={() => discard(instance.id)}
              disabled={(!touched && !problem && !overtaken) || saving}
            >
              Discard changes
            </Button>
            <Button type="submit" disabled={!ready || moved} loading={saving || checking}>
              Update
            </Button>
          </Footer>
        }
      >
        <div className={css('form')}>
          {conflict === 'compared' && (
            <ConflictPanel
              instanceName={instance.name}
              was={basis}
              yours={evaluation.policy}
              theirs={reading}
              fault={mergeFault}
              saving={saving}
              onKeepMine={() => void update()}
              onTakeTheirs={() => discard(instance.id)}
            />
          )}
          {restored && (
            <div className={css('back')}>
              <TypedIsBack />
            </div>
          )}
          {fixed && <p className="quiet">{fixed}</p>}
          <PolicySections form={form} basis={basis} evaluation={evaluation} faults={faults} onEdit={onEdit} />
          {faults.form && (
            <p className={css('fault')} role="alert">
              {faults.form}
            </p>
          )}
        </div>
      </Screen>
      {ends && (
        <ConfirmOwnSignOut
          opened={asking}
          instanceName={instance.name}
          preview={ends}
          onConfirm={write}
          onCancel={() => setAsking(false)}
        />
      )}
    </form>
  )
}

/** Why the rules can be read and not changed; `undefined` where they can. */
function whyFixed({ capabilities, me }: Extract<InstanceState['connection'], { status: 'connected' }>) {
  if (!capabilities.includes('policy.write')) return 'This server lets the rules be read, not changed.'
  return may(me, 'policy.write') ? undefined : `${nameOf(me)} may read the rules here, not change them.`
}

function changedBy({ updatedAt, updatedBy }: PolicyReading): string | undefined {
  if (!updatedAt) return undefined
  return `Last changed ${updatedBy ? `by ${updatedBy}, ` : ''}${formatInstant(updatedAt)}`
}

function Footer(props: {
  readonly problem: ReactNode
  readonly said: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div className={css('footer')}>
      {props.problem}
      <div className={css('footerLine')}>
        <div className={css('said')}>{props.said}</div>
        <div className={css('buttons')}>{props.children}</div>
      </div>
    </div>
  )
}
