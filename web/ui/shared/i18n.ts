import { ref } from 'vue'

/** Languages of the front end, the first is the default. */
export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]
type Facts = Record<string, string | number>

const STORED = 'gongche.locale'
const known = (value: string | null): Locale => LOCALES.find((one) => one === value) ?? 'zh-CN'

/** The language now shown; every catalog follows it. */
export const locale = ref<Locale>(known(localStorage.getItem(STORED)))

/** Show another language, and remember it on this device. */
export function setLocale(next: Locale): void {
  locale.value = next
  localStorage.setItem(STORED, next)
  document.documentElement.lang = next
}

/**
 * A typed translator over one catalog, each text in Chinese and in English: a key that is not in it does not
 * compile. `{name}` in a text is replaced by the fact of that name.
 */
export function catalog<Key extends string>(texts: Record<Key, readonly [zh: string, en: string]>) {
  return (key: Key, facts: Facts = {}): string =>
    texts[key][locale.value === 'en' ? 1 : 0].replace(/\{(\w+)\}/g, (hole, name: string) => String(facts[name] ?? hole))
}
