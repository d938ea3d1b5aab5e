import { onBeforeUnmount, onMounted } from 'vue'

/** What a key does; true when it was taken. Keys in a field belong to the field, except Escape. */
export type OnKey = (key: string) => boolean

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select') || target.isContentEditable)
const inDialog = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest('[role="dialog"]') !== null

/** Listen to keys while the component lives. */
export function useKeys(onKey: OnKey): void {
  const listen = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inDialog(event.target)) return
    if (inField(event.target)) {
      if (event.key === 'Escape') (event.target as HTMLElement).blur()
      return
    }
    // Enter on a button is a press of that button.
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.matches('button, a, [role="option"]:not([data-keys])')
      && !event.target.closest('[data-test="candidates"]')) return
    if (onKey(event.key)) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', listen))
  onBeforeUnmount(() => window.removeEventListener('keydown', listen))
}
