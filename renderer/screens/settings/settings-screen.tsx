import { Screen } from '../../components/screen.tsx'

/** *Settings*: the app's own. */
export function SettingsScreen() {
  return <Screen title="Settings">…</Screen>
}
