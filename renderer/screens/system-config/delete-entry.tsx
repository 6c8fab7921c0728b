import { useState } from 'react'
import type { ConfigReading, ListedEntry } from '../../../domain/config.ts'
import { formatAmount } from '../../../domain/duration.ts'
import type { InstanceState } from '../../../domain/instance.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { PreviewLine } from '../../components/preview-line.tsx'
import { remove } from './entry-editor.ts'
import { knownKey, labelOf } from './entry-form.ts'
import { useConfigPreview } from './use-config.ts'

interface DeleteEntryProps {
  readonly current: InstanceState
  readonly reading: ConfigReading
  readonly entry: ListedEntry
  readonly onClose: (deleted: boolean) => void
}

/** Before a row is deleted: what holds from then on, and whether there is a way back. */
export function DeleteEntry({ current, reading, entry, onClose }: DeleteEntryProps) {
  const { instance, connection } = current
  const [busy, setBusy] = useState(false)
  const connected = connection.status === 'connected' ? connection : undefined
  const known = knownKey(entry, reading)
  const counts = known !== undefined && (connected?.capabilities.includes('config.preview') ?? false)
  const preview = useConfigPreview(
    instance.id,
    counts && known ? { type: entry.type, key: entry.key, value: String(known.default) } : undefined,
  )
  const confirm = async () => {
    setBusy(true)
    const deleted = await remove(instance.id, entry)
    setBusy(false)
    onClose(deleted)
  }
  return (
    <ConfirmDialog
      opened
      title={`Delete ${labelOf(entry, reading)}?`}
      confirm="Delete entry"
      busy={busy}
      disabled={connected === undefined}
      onConfirm={() => void confirm()}
      onCancel={() => onClose(false)}
    >
      <p>
        On {instance.name} the entry <bdi>{entry.key}</bdi> of type <bdi>{entry.type}</bdi> is removed.
      </p>
      {known && <p>From then on its default holds again: {formatAmount(known.default, known.unit)}.</p>}
      {known && <PreviewLine supported={counts} connected={connected !== undefined} preview={preview} />}
      {entry.value === null && <p>Its value is not kept by Curfew, so this can’t be undone.</p>}
    </ConfirmDialog>
  )
}
