import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { type Policy, type PolicyReading, policyOf } from '../../../domain/policy.ts'
import { comparePolicies } from '../../../domain/policy-words.ts'
import { formatInstant } from '../../components/connection-words.ts'
import { Notice } from '../../components/notice.tsx'
import { classesIn } from '../../styles/css.ts'
import styles from './security.module.css'

const css = classesIn(styles)

interface ConflictPanelProps {
  readonly instanceName: string
  readonly was: PolicyReading
  /** `undefined` while a field can't be read. */
  readonly yours: Policy | undefined
  readonly theirs: PolicyReading
  readonly fault: string | undefined
  readonly saving: boolean
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
}

/** B9: two people changed the same rules. Nothing is overwritten unseen, and nothing typed is lost. */
export function ConflictPanel(props: ConflictPanelProps) {
  const { instanceName, was, yours, theirs, fault, saving } = props
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    void panel.current?.scrollIntoView({ block: 'start' })
  }, [])
  const lines = yours ? comparePolicies(policyOf(was.fields), yours, theirs.fields) : []
  const who = theirs.updatedBy ?? 'Somebody else'
  const when = theirs.updatedAt ? ` at ${formatInstant(theirs.updatedAt)}` : ''
  return (
    <section ref={panel} className={css('conflict')} aria-label="Changed by somebody else meanwhile">
      <Notice tone="warning" title={`${who} changed this meanwhile`} role="alert">
        <p>
          {who} saved other rules on {instanceName}
          {when}, after you opened them. What you typed is still here and nothing of it was saved.
        </p>
      </Notice>
      {lines.length > 0 && (
        <table className={css('comparison')}>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">When you opened it</th>
              <th scope="col">Yours</th>
              <th scope="col">Theirs, stored now</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.label}>
                <th scope="row">{line.label}</th>
                <td>{line.was}</td>
                <td data-differs={line.differs || undefined}>{line.yours}</td>
                <td data-differs={line.differs || undefined}>{line.theirs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {fault && (
        <p className={css('fault')} role="alert">
          The two can’t be joined: {fault}
        </p>
      )}
      <p className="quiet">
        “Keep mine” saves what you changed and leaves everything else as {who} stored it.
      </p>
      <div className={css('buttons')}>
        <Button variant="default" onClick={props.onTakeTheirs} disabled={saving}>
          Take theirs
        </Button>
        <Button onClick={props.onKeepMine} loading={saving} disabled={!yours || fault !== undefined}>
          Keep mine
        </Button>
      </div>
    </section>
  )
}
