import { Button } from '@mantine/core'
import { useState } from 'react'
import type { InstanceId } from '../../../domain/instance.ts'
import { clipboardSeconds } from '../../../domain/lock.ts'
import type { Problem } from '../../../domain/problem.ts'
import { ProblemNotice } from '../../components/problem-notice.tsx'
import { main } from '../../state/calls.ts'
import { useClipboard } from '../../state/clipboard.ts'
import { classesIn } from '../../styles/css.ts'
import styles from './settings.module.css'

const css = classesIn(styles)

/** What the sample people of the built-in service sign in with: made by Curfew, known to nobody else, shown on request. */
export function DemoPassword({ instance }: { readonly instance: InstanceId }) {
  const [password, setPassword] = useState<string>()
  const [copied, setCopied] = useState(false)
  const stillThere = useClipboard(({ ours }) => ours)
  const [problem, setProblem] = useState<Problem>()

  const read = async (use: (password: string) => void) => {
    setProblem(undefined)
    const outcome = await main().instances.demoPassword({ instance })
    if (outcome.ok) use(outcome.value)
    else setProblem(outcome.problem)
  }
  const copy = async (text: string) => {
    const outcome = await main().clipboard.copy({ text })
    if (outcome.ok) setCopied(true)
    else setProblem(outcome.problem)
  }
  return (
    <div className={css('more')}>
      <p className="quiet">
        Its sample people, such as <strong>member</strong>, sign in on its page with{' '}
        {password === undefined ? (
          'a password of their own.'
        ) : (
          <code className={css('secret')}>{password}</code>
        )}
      </p>
      <div className={css('act')}>
        <Button
          variant="default"
          onClick={() => (password === undefined ? void read(setPassword) : setPassword(undefined))}
        >
          {password === undefined ? 'Show password' : 'Hide password'}
        </Button>
        <Button variant="default" onClick={() => void read((text) => void copy(text))}>
          Copy password
        </Button>
        <p className={css('saved')} role="status">
          {copied && stillThere
            ? `Copied. It is cleared from the clipboard in ${clipboardSeconds} seconds.`
            : ''}
        </p>
      </div>
      {problem && <ProblemNotice problem={problem} />}
    </div>
  )
}
