import { t } from '../text'

/** An age in words: seconds, minutes, hours. */
export function ageText(seconds: number): string {
  if (seconds < 60) return t('vehicle.ageSeconds', { n: Math.round(seconds) })
  if (seconds < 5400) return t('vehicle.ageMinutes', { n: Math.round(seconds / 60) })
  return t('vehicle.ageHours', { n: Math.round(seconds / 3600) })
}
