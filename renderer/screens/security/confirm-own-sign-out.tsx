import type { Preview } from '../../../domain/preview.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { previewWords } from '../../components/preview-words.ts'

interface ConfirmOwnSignOutProps {
  readonly opened: boolean
  readonly instanceName: string
  readonly preview: Preview
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Before a change that ends Curfew's own session as well. */
export function ConfirmOwnSignOut(props: ConfirmOwnSignOutProps) {
  return (
    <ConfirmDialog
      opened={props.opened}
      title="This ends your own session too"
      confirm="Update and sign me out"
      onConfirm={props.onConfirm}
      onCancel={props.onCancel}
    >
      <p>
        On {props.instanceName}: {previewWords(props.preview)}
      </p>
      <p className="quiet">Curfew will have to sign in to {props.instanceName} again.</p>
    </ConfirmDialog>
  )
}
