import { nameOf, type User } from '../../../domain/user.ts'
import { countOfPeople, countOfSessions } from '../../components/count-words.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { classesIn } from '../../styles/css.ts'
import styles from './revoke-dialog.module.css'
import type { RevocationResult, RevocationRun } from './revoke-many.ts'

const css = classesIn(styles)

const outcomes: Readonly<Record<Exclude<RevocationResult['outcome'], 'revoked'>, string>> = {
  gone: 'No running session',
  forbidden: 'Not allowed for this account',
  'not-done': 'Not done',
  'not-known': 'Not known',
}

interface RevokeReportProps {
  readonly users: readonly User[]
  readonly run: RevocationRun
  readonly ended: number
}

/** What became of each person's sessions. */
export function RevokeReport({ users, run, ended }: RevokeReportProps) {
  const names = new Map(users.map((user) => [user.id, nameOf(user)]))
  const revoked = run.results.filter(({ outcome }) => outcome === 'revoked')
  const others = run.results.filter(({ outcome }) => outcome !== 'revoked')
  return (
    <div className={css('report')}>
      {run.problem && <ProblemNotice problem={run.problem} />}
      <p role="status">
        Ended {countOfSessions(ended)} of {countOfPeople(revoked.length)}.
        {run.stopped && ' It was stopped before the end.'}
        {others.length > 0 && ` Not done for ${countOfPeople(others.length)}:`}
      </p>
      {others.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
        <ul className={css('failed')} aria-label="Not revoked" tabIndex={0}>
          {others.map(({ id, outcome }) => (
            <li key={id}>
              <span>{names.get(id) ?? id}</span>
              <span className="quiet">{outcome !== 'revoked' && outcomes[outcome]}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
