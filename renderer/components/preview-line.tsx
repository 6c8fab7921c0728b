import { Loader } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { Preview } from '../../domain/preview.ts'
import { problemOf } from '../state/calls.ts'
import { classesIn } from '../styles/css.ts'
import styles from './preview-line.module.css'
import { previewWords } from './preview-words.ts'

const css = classesIn(styles)

interface PreviewLineProps {
  readonly supported: boolean
  readonly connected: boolean
  readonly preview: {
    readonly data: Preview | undefined
    readonly error: Error | null
    readonly isFetching: boolean
  }
}

/** B1, beside what saves a change: what it would end now. */
export function PreviewLine({ supported, connected, preview }: PreviewLineProps) {
  const { data, error, isFetching } = preview
  const Icon = data?.endsYours ? IconAlertTriangle : IconInfoCircle
  return (
    <p className={css('line')} data-yours={data?.endsYours || undefined} role="status">
      {isFetching && !data ? (
        <Loader size={12} color="gray" aria-hidden />
      ) : (
        <Icon size={16} stroke={1.75} aria-hidden />
      )}
      <span>{words()}</span>
    </p>
  )

  function words(): string {
    if (!connected) return 'What this would end can’t be counted while the instance is not connected.'
    if (!supported) return 'This server can’t say beforehand what a change would end.'
    if (error) return `What this would end can’t be counted now. ${problemOf(error).message}`
    if (!data) return 'Counting the sessions this would end…'
    return previewWords(data)
  }
}
