import { type ItemOutcome, isUnfinished, type Job, type JobState } from '../../../domain/job.ts'
import { countOfPeople, countOfSessions } from '../../components/count-words.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { classesIn } from '../../styles/css.ts'
import styles from './revoke-dialog.module.css'

const css = classesIn(styles)

/** How many sessions a job has ended so far. */
export function endedBy({ items }: Job): number {
  return items.reduce((sum, { outcome }) => sum + (outcome.what === 'revoked' ? outcome.sessions : 0), 0)
}

/** What became of each person's sessions. */
export function RevokeReport({ report }: { readonly report: Job }) {
  const { items, state } = report
  const revoked = items.filter(({ outcome }) => outcome.what === 'revoked')
  const without = items.filter(({ outcome }) => outcome.what === 'had-no-session')
  const others = items.filter((item) => isUnfinished(item) || item.outcome.what === 'gone')
  return (
    <div className={css('report')}>
      {state.status === 'stopped' && state.why === 'failed' && <ProblemNotice problem={state.problem} />}
      <p role="status">
        Ended {countOfSessions(endedBy(report))} of {countOfPeople(revoked.length)}.
        {without.length > 0 && ` ${countOfPeople(without.length)} had no session.`}
        {whyStopped(state)}
        {others.length > 0 && ` Not done for ${countOfPeople(others.length)}:`}
      </p>
      {others.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard.
        <ul className={css('failed')} aria-label="Not revoked" tabIndex={0}>
          {others.map(({ id, name, outcome }) => (
            <li key={id}>
              <span>{name}</span>
              <span className="quiet">{outcomeWords(outcome)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function whyStopped(state: JobState): string {
  if (state.status === 'cancelled') return ' It was stopped before the end.'
  if (state.status !== 'stopped' || state.why === 'failed') return ''
  return state.why === 'locked' ? ' Curfew locked before the end.' : ' Curfew was closed before the end.'
}

function outcomeWords(outcome: ItemOutcome): string {
  switch (outcome.what) {
    case 'waiting':
      return 'Not begun'
    case 'sent':
      return 'Asked for; what the server did is not known'
    case 'gone':
      return 'No longer there'
    case 'forbidden':
      return 'Not allowed for this account'
    case 'failed':
      return outcome.message
    case 'revoked':
    case 'had-no-session':
      return 'Done'
  }
}
