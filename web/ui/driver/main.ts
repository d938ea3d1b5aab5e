import { createApp } from 'vue'
import '@/shared/base.css'
import './driver.css'
import { locale } from '@/shared/i18n'
import App from './App.vue'

document.documentElement.lang = locale.value
createApp(App).mount('#app')
// The app works without: some in-app browsers have no service worker, and plain http has none.
if ('serviceWorker' in navigator && import.meta.env.PROD) void navigator.serviceWorker.register('/driver/sw.js', { scope: '/driver/' })
