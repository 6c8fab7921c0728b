/** Said quietly, where something was typed before the app locked. */
export function TypedIsBack() {
  return (
    <p className="quiet" role="status">
      What you had typed is back.
    </p>
  )
}
