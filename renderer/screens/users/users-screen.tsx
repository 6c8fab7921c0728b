import type { InstanceState } from '../../../domain/instance.ts'
import { Screen } from '../../components/screen.tsx'

/** *Users*: who is signed in, and signing people out (O4, O5). */
export function UsersScreen({ current }: { readonly current: InstanceState }) {
  return <Screen title="Users">{current.instance.name}</Screen>
}
