import { Screen } from '../../components/screen.tsx'
import { goBack, goToInstance } from '../../state/navigation.ts'
import { AddInstanceForm } from './add-instance-form.tsx'

/** *Add an instance* inside the shell. */
export function AddInstanceScreen() {
  return (
    <Screen title="Add an instance" lead="A server that Curfew shall administer.">
      <AddInstanceForm onCancel={goBack} onAdded={goToInstance} />
    </Screen>
  )
}
