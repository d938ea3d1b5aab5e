import { ElMessage } from 'element-plus'
import { ref } from 'vue'
import 'element-plus/es/components/message/style/css'
import { ApiError, signIn } from '@/shared/api'

/** Say what went wrong in the server's words; a lost session goes to the sign-in page. Bugs are not swallowed. */
export function complain(error: unknown): void {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) return signIn()
  ElMessage({ type: 'error', message: error.message, duration: 6000, showClose: true })
}

export const done = (message: string): void => { ElMessage({ type: 'success', message, duration: 3500 }) }

/** Something that a button does: `busy` while it is done, and a refusal is said in the server's words. */
export function useDeed(refused: (error: unknown) => void = () => undefined) {
  const busy = ref(false)
  async function deed(act: () => Promise<void>): Promise<void> {
    busy.value = true
    try {
      await act()
    } catch (error) {
      refused(error)
      complain(error)
    } finally {
      busy.value = false
    }
  }
  return { busy, deed }
}
